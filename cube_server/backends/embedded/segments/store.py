"""Where the segments of a table lie, and what is done where they are missing, damaged or cannot be written."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.segments.files import FORMAT, DamagedError, Segment, open_segment, write_segment
from cube_server.warehouse.layout import Layout
from cube_server.warehouse.snapshot import StoredTable

FEWEST_ROWS = 1 << 16
"""Smaller tables are encoded in memory whenever they are opened: that takes a millisecond."""

_LOG = logging.getLogger(__name__)
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class SegmentFolder:
    """The encoded columns of one table with one content.

    Attributes:
        path: The folder; it need not exist. None keeps the columns in memory.
    """

    path: Path | None

    def column(self, name: str, key: str, build: Callable[[], Segment]) -> Segment:
        """Open a column, or build and keep it.

        Args:
            name: For people, in the log.
            key: Tells all that the column depends on, beside the table's content; names the file.
            build: Encodes the column.
        """
        if self.path is None:
            return build()
        path = self.path / f"{key}.seg"
        try:
            return open_segment(path, key)
        except FileNotFoundError:
            pass
        except (DamagedError, OSError, KeyError, TypeError, ValueError):
            _LOG.warning("The segment %s of column %s is damaged or foreign: it is built anew.", path, name)
        return _kept(path, key, build())


def folder_of(table: StoredTable) -> SegmentFolder:
    """Find the folder of a table's segments."""
    if table.rows < FEWEST_ROWS:
        return SegmentFolder(None)
    return SegmentFolder(Layout(table.root).segments / content_key(table))


def content_key(table: StoredTable) -> str:
    """Name the content of a table: its files, in order."""
    return digest([table.name, *(file.sha256 for file in table.manifest.files)])


def digest(parts: Iterable[str | npt.NDArray[Any]]) -> str:
    """Hash texts and arrays, in order."""
    found = hashlib.blake2b(f"{FORMAT}".encode(), digest_size=_DIGEST_BYTES)
    for part in parts:
        bytes_ = part.encode() if isinstance(part, str) else np.ascontiguousarray(part).view(np.uint8).data
        found.update(len(bytes_).to_bytes(8, "little"))
        found.update(bytes_)
    return found.hexdigest()


def _kept(path: Path, key: str, segment: Segment) -> Segment:
    try:
        write_segment(path, key, segment)
        return open_segment(path, key)
    except (OSError, DamagedError) as error:
        _LOG.warning("Cannot keep %s (%s): this process has the column in its own memory.", path, error)
        return segment
