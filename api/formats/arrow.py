"""Arrow's IPC stream."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import polars as pl

from .pieces import pieces
from .table import Table


def write_arrow(table: Table) -> Iterator[bytes]:
    """Write a table as an Arrow IPC stream, in pieces.

    Text is written as `large_string`, which every reader of Arrow knows, not as Polars' own string views.
    """
    stream = BytesIO()
    table.frame.write_ipc_stream(stream, compat_level=pl.CompatLevel.oldest())
    yield from pieces(stream)
