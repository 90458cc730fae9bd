"""Rollups on disk: beside the warehouse, derived from it, and disposable: what is missing or damaged is built again.

`rollups/TABLE/KEY/NAME/` has a manifest and one NumPy file a column, which are opened by memory map. The key is the
hash of all that a rollup follows from: the model, and the files of the facts and of their dimensions. A rollup is
written beside its place and renamed, so that it is there whole or not at all, whoever else writes it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.levels import Codes
from cube_server.backends.embedded.rollups.kept import Kept
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.backends.rollups.definition import Definition
from cube_server.model.elements import Cube
from cube_server.warehouse.manifest import Manifest, level_table, versions_table

FORMAT = 1
"""The version of what is written here; another one is built again."""

_MANIFEST = "manifest.json"
_UNUSED = 24 * 3600
"""After so many seconds what no snapshot that is served rests on is removed."""

_log = logging.getLogger(__name__)
_Array = npt.NDArray[Any]


def key_of(manifest: Manifest, model_hash: str, cubes: Iterable[Cube]) -> str:
    """Hash what the rollups of cubes over one table of facts follow from."""
    cubes = tuple(cubes)
    dimensions = {link.dimension.name: link.dimension for cube in cubes for link in cube.links}.values()
    names = {cubes[0].table.name, *(dimension.table.name for dimension in dimensions)}
    names |= {level_table(part.table.name, level.key.name) for part in dimensions for level in part.levels}
    names |= {versions_table(part.table.name) for part in dimensions}
    files = {name: [file.sha256 for file in manifest.tables[name].files] for name in names if name in manifest.tables}
    text = json.dumps([FORMAT, model_hash, files], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the rollups of one table of facts lie, as of one state of what they follow from.

    Attributes:
        root: The folder of all rollups of the warehouse.
        table: The table of facts.
        key: What they follow from; see `key_of`.
    """

    root: Path
    table: str
    key: str

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.root / self.table / self.key

    def read(self, known: Iterable[str] = ()) -> Iterator[Kept]:
        """Open all that are there and whole, but those of known names; damaged ones are removed."""
        places = {_slug(name) for name in known}
        for folder in sorted(self.folder.glob("*/")) if self.folder.is_dir() else ():
            if folder.name in places:
                continue
            try:
                yield _read(folder)
            except (OSError, ValueError, KeyError, TypeError) as error:
                _log.warning("Removed the damaged rollup %s: %s", folder, error)
                shutil.rmtree(folder, ignore_errors=True)
        if self.folder.is_dir():
            os.utime(self.folder)

    def write(self, kept: Kept) -> Kept:
        """Put a rollup down, and open it from there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=".making-", dir=self.root))
        try:
            _write(made, kept)
            place = self.folder / _slug(kept.definition.name)
            if place.exists():
                shutil.rmtree(place)
            made.rename(place)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return _read(place)

    def drop(self, definition: Definition) -> None:
        """Remove a rollup, if it is there."""
        shutil.rmtree(self.folder / _slug(definition.name), ignore_errors=True)

    def sweep(self) -> None:
        """Remove what belongs to other states and was not opened for a day."""
        for folder in (self.root / self.table).glob("*/"):
            if folder.name != self.key and time.time() - folder.stat().st_mtime > _UNUSED:
                shutil.rmtree(folder, ignore_errors=True)


def _slug(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _write(folder: Path, kept: Kept) -> None:
    columns: dict[str, _Array] = {f"position {axis}": _narrowed(codes) for axis, codes in kept.positions.items()}
    columns |= {f"key {name}": keys.codes for name, keys in kept.keys.items()}
    for name, numbers in kept.numbers.items():
        columns[f"number {name}"] = numbers.values
        if numbers.valid is not None:
            columns[f"valid {name}"] = numbers.valid
    # Of columns without nulls the counts are those of rows: the same array, and the same file.
    files = {}
    for name, values in columns.items():
        path = folder / f"{list(map(id, columns.values())).index(id(values))}.npy"
        if not path.exists():
            np.save(path, values, allow_pickle=False)
        files[name] = {"file": path.name, "crc": zlib.crc32(np.ascontiguousarray(values).data)}
    manifest = {
        "format": FORMAT,
        "cube": kept.definition.cube,
        "levels": kept.definition.levels,
        "keys": {name: keys.size for name, keys in kept.keys.items()},
        "rows": kept.size,
        "scales": {name: numbers.scale for name, numbers in kept.numbers.items()},
        "columns": files,
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def _read(folder: Path) -> Kept:
    """Open a rollup.

    Raises:
        ValueError: It is damaged, or of another format.
        OSError: A file is missing.
        KeyError: The manifest lacks something.
    """
    manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise ValueError(f"it has format {manifest['format']!r}")
    rows = manifest["rows"]
    crcs = {told["file"]: told["crc"] for told in manifest["columns"].values()}
    files = {name: _mapped(folder / name, crc, rows) for name, crc in crcs.items()}
    columns = {name: files[told["file"]] for name, told in manifest["columns"].items()}
    numbers = {
        name: Numbers(columns[f"number {name}"], scale, columns.get(f"valid {name}"))
        for name, scale in manifest["scales"].items()
    }
    return Kept(
        Definition(cube=manifest["cube"], levels=tuple(manifest["levels"]), keys=tuple(manifest["keys"])),
        rows,
        dict(_of_kind("position", columns)),
        {name: Keys(columns[f"key {name}"], size) for name, size in manifest["keys"].items()},
        numbers,
        sum(values.nbytes for values in files.values()),
    )


def _of_kind(kind: str, columns: Mapping[str, _Array]) -> Iterator[tuple[str, _Array]]:
    return ((name.removeprefix(f"{kind} "), part) for name, part in columns.items() if name.startswith(f"{kind} "))


def _mapped(path: Path, crc: int, rows: int) -> _Array:
    # A plain array over the map: slices of NumPy's own kind of mapped array cost more.
    values: _Array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False) if rows else np.load(path))
    if len(values) != rows or zlib.crc32(np.ascontiguousarray(values).data) != crc:
        raise ValueError(f"{path.name} is not what was written")
    return values


def _narrowed(codes: Codes) -> _Array:
    """Give positions in as few bytes as their range takes."""
    return codes.astype(np.min_scalar_type(int(codes.max(initial=0))))
