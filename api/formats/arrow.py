"""Arrow's IPC stream."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import polars as pl

from .table import Table

_PIECE = 1 << 20


def write_arrow(table: Table) -> Iterator[bytes]:
    """Write a table as an Arrow IPC stream, in pieces of a mebibyte.

    Text is written as `large_string`, which every reader of Arrow knows, not as Polars' own string views.
    """
    stream = BytesIO()
    table.frame.write_ipc_stream(stream, compat_level=pl.CompatLevel.oldest())
    with stream.getbuffer() as view:
        for start in range(0, len(view), _PIECE):
            yield bytes(view[start : start + _PIECE])
