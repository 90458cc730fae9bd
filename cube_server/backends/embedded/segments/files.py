"""A file of arrays: written once, whole or not at all, and opened by memory map, shared by all processes that do.

A file is a mark, the length of the header, the header (JSON: format, key, numbers, and each array's name, type and
size), the arrays, each at a multiple of 64 bytes, and the mark again. Nothing in it is worth repairing: whoever finds
another format, another key or another size builds the file anew.
"""

from __future__ import annotations

import json
import mmap
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FORMAT = 3
"""Belongs to the header and to every key: a new one finds no old files."""

_MARK = b"CUBESEG\n"
_LENGTH = 8
_ALIGNED = 64

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Arrays that belong together, and a few whole numbers about them."""

    arrays: Mapping[str, Array]
    numbers: Mapping[str, int]


class DamagedError(Exception):
    """A file is no segment, is one of another format or of something else, or is not whole; stays in the package."""


def write_segment(path: Path, key: str, segment: Segment) -> None:
    """Write a file; where two do it at once, one's file stays, and they are the same.

    Raises:
        OSError: The folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{uuid.uuid4().hex}")
    try:
        with staged.open("wb") as file:
            for part in _parts(key, segment):
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def open_segment(path: Path, key: str) -> Segment:
    """Map a file into memory; no array is read.

    Raises:
        FileNotFoundError: There is none.
        DamagedError: It is not what was written under this key.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(len(_MARK) + _LENGTH)
        if size < 2 * len(_MARK) + _LENGTH or head[: len(_MARK)] != _MARK:
            raise DamagedError
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = len(_MARK) + _LENGTH
    end = begin + int.from_bytes(head[len(_MARK) :], "little")
    header = _header(mapped[begin:end])
    if header.get("format") != FORMAT or header.get("key") != key or mapped[-len(_MARK) :] != _MARK:
        raise DamagedError
    return _opened(mapped, end, header)


def _parts(key: str, segment: Segment) -> list[bytes | memoryview]:
    arrays = {name: np.ascontiguousarray(array) for name, array in segment.arrays.items()}
    described = [[name, array.dtype.str, array.size] for name, array in arrays.items()]
    header = json.dumps({"format": FORMAT, "key": key, "numbers": dict(segment.numbers), "arrays": described}).encode()
    parts: list[bytes | memoryview] = [_MARK, len(header).to_bytes(_LENGTH, "little"), header]
    place = len(_MARK) + _LENGTH + len(header)
    for array in arrays.values():
        parts += [bytes(-place % _ALIGNED), array.view(np.uint8).data]
        place += -place % _ALIGNED + array.nbytes
    return [*parts, _MARK]


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except ValueError as error:
        raise DamagedError from error
    if not isinstance(header, dict):
        raise DamagedError
    return header


def _opened(mapped: mmap.mmap, place: int, header: Mapping[str, Any]) -> Segment:
    arrays: dict[str, Array] = {}
    for name, kind, size in header["arrays"]:
        place += -place % _ALIGNED
        dtype = np.dtype(kind)
        if place + size * dtype.itemsize > len(mapped):
            raise DamagedError
        arrays[name] = np.frombuffer(mapped, dtype, size, place)
        place += size * dtype.itemsize
    if place + len(_MARK) != len(mapped):
        raise DamagedError
    return Segment(arrays=arrays, numbers=header["numbers"])
