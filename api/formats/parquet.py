"""Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO

from .pieces import pieces
from .table import Table


def write_parquet(table: Table, known: Mapping[str, str]) -> Iterator[bytes]:
    """Write a table as a Parquet file, in pieces.

    Args:
        table: The table.
        known: What its metadata says: cube, query, snapshot.
    """
    stream = BytesIO()
    table.whole().write_parquet(stream, metadata=dict(known))
    yield from pieces(stream)
