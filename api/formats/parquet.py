"""Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from .about import About
from .pieces import pieces
from .table import Table


def write_parquet(table: Table, about: About) -> Iterator[bytes]:
    """Write a table as a Parquet file, in pieces; its metadata names cube, query and snapshot."""
    stream = BytesIO()
    known = {"cube": about.cube, "query": about.query, "snapshot": about.snapshot}
    table.frame.write_parquet(stream, metadata=known)
    yield from pieces(stream)
