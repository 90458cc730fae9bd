"""Reading Parquet, a run of rows after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from cube_server.model.tables import Table

from ..mistakes import Mistakes
from ..origins import Origin, Part
from .base import ROWS_PER_PART, add_missing_columns, add_untyped_columns
from .types import untyped

_HINT = "Write what you need of it as a column of its own, or leave it out of the model."


def read_parquet(path: Path, name: str, table: Table, mistakes: Mistakes) -> Iterator[Part]:
    """Read the model's columns of a Parquet file; nothing more of it once that fails."""
    try:
        yield from read_scan(pl.scan_parquet(path, glob=False, hive_partitioning=False), name, table, mistakes)
    except PolarsError as error:
        mistakes.add(name, f"The file is no readable Parquet file: {str(error).splitlines()[0]}.")


def read_scan(scan: pl.LazyFrame, name: str, table: Table, mistakes: Mistakes) -> Iterator[Part]:
    """Read the model's columns of what polars can scan; PolarsError if that fails."""
    schema = scan.collect_schema()
    if add_missing_columns(name, table, schema, mistakes) or add_untyped_columns(
        name, table, untyped(schema), mistakes, _HINT
    ):
        return
    wanted = scan.select(column.name for column in table.columns)
    first = 0
    for frame in wanted.collect_batches(chunk_size=ROWS_PER_PART, maintain_order=True):
        yield Part(frame, Origin(name=name, first=first))
        first += frame.height
    if first == 0:
        yield Part(wanted.collect_schema().to_frame(), Origin(name=name))
