"""The retail panel as a star schema: from the wheel's Parquet files to one Parquet file per table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from cube_server.errors import SourceError, nearest
from cube_server.progress import SILENT, Progress, counted

from . import panel_calendar, panel_dimensions, panel_facts, panel_households
from .panel_checks import Total, Value, checked_totals
from .panel_source import Panel

TABLES: Mapping[str, Callable[[Panel], pl.LazyFrame]] = {
    "dim_date": lambda _: panel_calendar.dates(),
    "dim_hour": lambda _: panel_calendar.hours(),
    "dim_campaign": panel_dimensions.campaigns,
    "dim_store": panel_dimensions.stores,
    "dim_display": panel_dimensions.displays,
    "dim_mailer": panel_dimensions.mailers,
    "dim_product": panel_dimensions.products,
    "dim_household": panel_households.households,
    "bridge_coupon_product": panel_facts.coupon_products,
    "fact_redemption": panel_facts.redemptions,
    "fact_campaign_contact": panel_facts.campaign_contacts,
    "fact_sales": panel_facts.sales,
    "fact_promotion": panel_facts.promotions,
}
"""How each table is made of the published files."""

ALL_TABLES = tuple(TABLES)
CORE_TABLES = tuple(table for table in ALL_TABLES if table != "fact_promotion")
"""All but the promotions, which have fourteen times the rows of the sales."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StarReport:
    """What `build_star` wrote.

    Attributes:
        folder: Holds a `<table>.parquet` for each table.
        totals: The checked totals of each table; each has one named "rows".
    """

    folder: Path
    totals: tuple[Total, ...]

    def value(self, table: str, name: str = "rows") -> Value:
        """Give one total, such as `report.value("fact_sales", "baskets")`, or raise KeyError."""
        return {(total.table, total.name): total.value for total in self.totals}[table, name]


def build_star(
    parquet_folder: Path,
    target: Path,
    *,
    tables: Collection[str] = ALL_TABLES,
    progress: Progress = SILENT,
) -> StarReport:
    """Write the asked tables of the panel's star schema, and check that they add up.

    A table's file appears in `target` whole and checked, or not at all.

    Example:
        report = build_star(download(cache), star, tables=CORE_TABLES)
        assert report.value("fact_sales", "baskets") == 155_848

    Args:
        parquet_folder: The unpacked files of the wheel, as `download` gives them.
        target: Is made if it does not exist; files of the same names are replaced.
        tables: Names out of `ALL_TABLES`.
        progress: Told of each table.

    Raises:
        SourceError: A table does not exist, a published file is missing, or a total is not the published one.
    """
    _refuse_unknown(tables)
    target.mkdir(parents=True, exist_ok=True)
    panel = Panel(folder=parquet_folder)
    totals: list[Total] = []
    progress.start("build the retail star", total=len(tables), unit="tables")
    for table in tables:
        totals.extend(_build(table, panel, target))
        progress.advance()
    progress.finish(counted(len(tables), "table"))
    return StarReport(folder=target, totals=tuple(totals))


def _build(table: str, panel: Panel, target: Path) -> tuple[Total, ...]:
    file = f"{table}.parquet"
    # Beside its place and not in the system's: a rename is atomic within one file system only.
    with TemporaryDirectory(dir=target, prefix=".building-") as unfinished:
        part = Path(unfinished) / file
        TABLES[table](panel).sink_parquet(part)
        totals = checked_totals(table, part)
        part.replace(target / file)
    return totals


def _refuse_unknown(tables: Collection[str]) -> None:
    for table in tables:
        if table not in TABLES:
            raise SourceError(f"The retail panel has no table {table!r}.", hint=nearest(table, ALL_TABLES))
