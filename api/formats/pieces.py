"""A file in memory, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

_PIECE = 1 << 20


def pieces(stream: BytesIO) -> Iterator[bytes]:
    """Give what was written to a stream, in pieces of a mebibyte."""
    with stream.getbuffer() as view:
        for start in range(0, len(view), _PIECE):
            yield bytes(view[start : start + _PIECE])
