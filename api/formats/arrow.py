"""Arrow's IPC stream."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import polars as pl
import pyarrow as pa

from .table import Table


def write_arrow(table: Table) -> Iterator[bytes]:
    """Write a table as an Arrow IPC stream, a batch of rows at a time.

    Text is written as `large_string`, which every reader of Arrow knows, not as Polars' own string views.
    """
    stream = BytesIO()
    schema = table.head.to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    with pa.ipc.new_stream(stream, schema) as writer:
        for chunk in table.chunks():
            writer.write_table(chunk.to_arrow(compat_level=pl.CompatLevel.oldest()))
            yield _taken(stream)
    yield _taken(stream)


def _taken(stream: BytesIO) -> bytes:
    """Take what was written out of a stream."""
    written = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return written
