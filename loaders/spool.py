"""Rows set aside while a load is at work: in memory while they are few, then in files beside the warehouse's data."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

ROWS_IN_MEMORY = 1 << 20
"""How many rows a spool keeps in memory."""


class Spool:
    """Frames in the order in which they were put in, to be read any number of times.

    Args:
        folder: Where files go once there are many rows; the next load removes what a load that dies leaves there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[pl.DataFrame] = []
        self._files: list[Path] = []
        self._names: list[str] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Put a frame behind the others."""
        self._names = frame.columns
        self._waiting.append(frame)
        if sum(waiting.height for waiting in self._waiting) > ROWS_IN_MEMORY:
            self._files += map(self._written, self._waiting)
            self._waiting = []

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Go through the frames; those in files are mapped, not read."""
        for path in self._files:
            # Numbered while in the file: where Arrow hands frames over, a name ends at a NUL.
            yield _mapped(path).rename(dict(zip(_numbered(self._names), self._names, strict=True)))
        yield from self._waiting

    def clear(self) -> None:
        """Forget all frames."""
        for path in self._files:
            path.unlink()
        self._files, self._waiting = [], []

    def _written(self, frame: pl.DataFrame) -> Path:
        path = self._folder / f"{uuid.uuid4().hex}.arrow"
        frame.rename(dict(zip(frame.columns, _numbered(frame.columns), strict=True))).write_ipc(path)
        return path


def _mapped(path: Path) -> pl.DataFrame:
    # Not polars' own reader: it takes some characters of a path, which is the warehouse's, for a pattern.
    frame = pl.from_arrow(pa.ipc.open_file(pa.memory_map(str(path))).read_all())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _numbered(names: list[str]) -> list[str]:
    return [str(number) for number, _ in enumerate(names)]
