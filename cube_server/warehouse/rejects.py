"""The rows that loads rejected: a Parquet file beside each snapshot whose load rejected any."""

from __future__ import annotations

from pathlib import Path

import polars as pl

SCHEMA = pl.Schema(
    {
        "table": pl.String,
        "source": pl.String,
        "row": pl.Int64,
        "line": pl.Int64,
        "rule": pl.String,
        "column": pl.String,
        "value": pl.String,
    }
)
"""The table of the model; the file or SQL table, the row in it (from 1) and the line of a CSV file where it starts; the
rule that the row breaks, the column that it is about, and the value that stands there."""

REFUSED = "refused"
"""In place of a snapshot: the last load that was refused."""

UNCHANGED = "unchanged"
"""In place of a snapshot: the last load that made none, as nothing had changed."""


def rejects_path(root: Path, snapshot: str) -> Path:
    """Give the path of the rejects of a snapshot's load, or of `REFUSED`."""
    return root / "rejects" / f"{snapshot}.parquet"


def read_rejects(root: Path, snapshot: str) -> pl.DataFrame:
    """Read the rejects of a snapshot's load, or of `REFUSED`; no rows if there are none.

    Args:
        root: The warehouse's folder.
        snapshot: The snapshot's id.
    """
    path = rejects_path(root, snapshot)
    if not path.is_file():
        return pl.DataFrame(schema=SCHEMA)
    with path.open("rb") as file:
        return pl.read_parquet(file)
