"""Rollups on disk: beside the warehouse, derived from it, and disposable: what is missing or damaged is built again.

`rollups/TABLE/KEY/NAME/` has a manifest and one NumPy file a column, which are opened by memory map. The key has the
hash of all that a rollup follows from: the model, and the files of the facts and of their dimensions. `state.json`
beside the rollups names these, so that those of a former state can be brought up to date. A rollup is written beside
its place and renamed, so that it is there whole or not at all, whoever else writes it.
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
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.levels import Codes
from cube_server.backends.embedded.rollups.kept import Kept
from cube_server.backends.embedded.rollups.packing import packed
from cube_server.backends.embedded.rows import Keys
from cube_server.backends.embedded.segments.packing import PackedNumbers
from cube_server.backends.rollups.definition import Definition
from cube_server.errors import WarehouseError
from cube_server.model.dimensions import Link
from cube_server.model.elements import Cube
from cube_server.warehouse.manifest import Manifest, level_table, read_manifest, versions_table

FORMAT = 3
"""The version of what is written here; another one is built again."""

_MANIFEST = "manifest.json"
_STATE = "state.json"
_CHOICE = "choice.json"
_UNUSED = 24 * 3600
"""After so many seconds what no snapshot that is served rests on is removed."""

_log = logging.getLogger(__name__)
_Array = npt.NDArray[Any]


def tables_of(link: Link) -> tuple[str, ...]:
    """Name the stored tables that the positions of facts by a link follow from."""
    dimension = link.dimension
    levels = (level_table(dimension.table.name, level.key.name) for level in dimension.levels)
    return (dimension.table.name, versions_table(dimension.table.name), *levels)


def state_of(manifest: Manifest, cubes: Iterable[Cube]) -> Manifest:
    """Give what the rollups of cubes over one table of facts follow from: these facts, and their dimensions."""
    cubes = tuple(cubes)
    names = {cubes[0].table.name, *(name for cube in cubes for link in cube.links for name in tables_of(link))}
    tables = {name: table for name, table in manifest.tables.items() if name in names}
    return manifest.model_copy(update={"tables": tables})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What rollups were chosen by.

    Attributes:
        questions: How many questions the log had seen.
        share: The room that they were given.
    """

    questions: int
    share: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the rollups of one table of facts lie, as of one state of what they follow from.

    Attributes:
        root: The folder of all rollups of the warehouse.
        table: The table of facts.
        model: The hash of the model.
        state: The files that they follow from; see `state_of`.
    """

    root: Path
    table: str
    model: str
    state: Manifest

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.root / self.table / self._key

    @property
    def is_new(self) -> bool:
        """Whether nobody has made a rollup of this state yet."""
        return not (self.folder / _STATE).exists()

    @property
    def files(self) -> frozenset[str]:
        """The files of the facts; each is named by its content."""
        return frozenset(file.path for file in self.state.tables[self.table].files)

    @property
    def choice(self) -> Choice | None:
        """What the rollups of this state were last chosen by; None if nobody has chosen yet."""
        try:
            return Choice(**json.loads((self.folder / _CHOICE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def chosen(self, choice: Choice) -> None:
        """Tell other processes, and later ones, that rollups were chosen."""
        self._begin()
        _put(self.folder / _CHOICE, json.dumps(asdict(choice)))

    def holds(self, definition: Definition) -> bool:
        """Tell whether a rollup is there: another process may have let it go."""
        return (self.folder / _slug(definition.name)).is_dir()

    def former(self) -> Shelf | None:
        """Find the state with most of these facts, none beside them, that rollups were made of under the same model."""
        states = (self.root / self.table).glob(f"{self._of_model}-*/{_STATE}")
        found = [replace(self, state=state) for path in states if (state := _state(path)) is not None]
        parts = [shelf for shelf in found if shelf.files <= self.files and shelf.folder != self.folder]
        return max(parts, key=lambda shelf: shelf.state.tables[shelf.table].rows, default=None)

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
        self._begin()
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
            if folder.name != self._key and time.time() - folder.stat().st_mtime > _UNUSED:
                shutil.rmtree(folder, ignore_errors=True)

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.is_new:
            _put(self.folder / _STATE, self.state.model_dump_json())

    @property
    def _of_model(self) -> str:
        return _hash([FORMAT, self.model])

    @property
    def _key(self) -> str:
        files = {name: [file.sha256 for file in table.files] for name, table in self.state.tables.items()}
        return f"{self._of_model}-{_hash(files)}"


def _hash(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _state(path: Path) -> Manifest | None:
    try:
        return read_manifest(path)
    except WarehouseError:
        return None


def _put(path: Path, text: str) -> None:
    made = path.with_suffix(f".{os.getpid()}")
    made.write_text(text, encoding="utf-8")
    made.replace(path)


def _slug(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _write(folder: Path, kept: Kept) -> None:
    columns: dict[str, _Array] = {f"position {axis}": _narrowed(codes) for axis, codes in kept.positions.items()}
    columns |= {f"key {name}": keys.codes for name, keys in kept.keys.items()}
    told: dict[str, list[int | None]] = {}
    found: dict[int, PackedNumbers] = {}
    for name, whole in kept.numbers.items():
        numbers = found[id(whole)] = found.get(id(whole)) or packed(whole)
        told[name] = [numbers.scale, numbers.offset, numbers.is_exact]
        columns[f"number {name}"] = numbers.codes
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
        "read": kept.read,
        "numbers": told,
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
    known: dict[tuple[int, int], PackedNumbers] = {}
    numbers = {}
    for name, (scale, offset, is_exact) in manifest["numbers"].items():
        codes, valid = columns[f"number {name}"], columns.get(f"valid {name}")
        made = PackedNumbers(codes, offset, scale, valid, is_exact=is_exact)
        # The counts of a column without nulls are those of rows, and are to be known as such.
        numbers[name] = known.setdefault((id(codes), id(valid)), made)
    return Kept(
        Definition(cube=manifest["cube"], levels=tuple(manifest["levels"]), keys=tuple(manifest["keys"])),
        rows,
        dict(_of_kind("position", columns)),
        {name: Keys(columns[f"key {name}"], size) for name, size in manifest["keys"].items()},
        numbers,
        sum(values.nbytes for values in files.values()),
        manifest["read"],
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
