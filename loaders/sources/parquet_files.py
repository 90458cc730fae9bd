"""Reading one Parquet file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from cube_server.model.tables import Table

from ..mistakes import Mistakes
from ..origins import Origin, Part
from .base import add_missing_columns


def read_parquet(path: Path, name: str, table: Table, mistakes: Mistakes) -> Part | None:
    """Read the model's columns of a Parquet file; None if that fails."""
    try:
        if add_missing_columns(name, table, pl.read_parquet_schema(path), mistakes):
            return None
        columns = [column.name for column in table.columns]
        frame = pl.read_parquet(path, columns=columns, glob=False, hive_partitioning=False)
    except PolarsError as error:
        mistakes.add(name, f"The file is no readable Parquet file: {str(error).splitlines()[0]}.")
        return None
    return Part(frame, Origin(name=name))
