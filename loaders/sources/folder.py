"""A folder of files: a table is `<source>.parquet`, `<source>.csv`, a folder `<source>` of such files, or of a lake."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from polars.exceptions import PolarsError

from cube_server.errors import SourceError, nearest
from cube_server.model.tables import Table
from cube_server.types import DataType, Scalar

from ..mistakes import Mistakes
from ..origins import Part
from .base import Look, SourceFile
from .csv_files import look_at_csv, read_csv
from .lakes import is_lake_table, lake_schema, lake_version, read_lake_table
from .parquet_files import read_parquet
from .types import declared_type, untyped

_Reader = Callable[[Path, str, Table, Mistakes], Iterator[Part]]

_READERS: Mapping[str, _Reader] = {".parquet": read_parquet, ".csv": read_csv}
SUFFIXES = frozenset(_READERS)
"""Of the files that can be read."""

_HEAD = 1 << 18
"""How many bytes of a CSV file tell how long its lines are."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A source of CSV and Parquet files. Columns that the model does not name are ignored.

    Attributes:
        root: The folder.
        only: The one file of it that is meant; None for all.
        left: The names of files that are left out.
    """

    root: Path
    only: Path | None = None
    left: frozenset[str] = frozenset()
    _hashes: dict[tuple[Path, tuple[int, int, int]], str] = field(default_factory=dict, compare=False, repr=False)
    """Of files as they were: several tables may be made of one."""

    @property
    def name(self) -> str:
        """The path of the folder or the file."""
        return str(self.only or self.root)

    def tables(self) -> list[str]:
        """Name the files without their suffixes, and the folders."""
        if self.only:
            return [self.only.name if self.only.is_dir() else self.only.stem]
        return sorted({path.stem for path in self.root.iterdir() if path.is_dir() or path.suffix in _READERS})

    def columns(self, source: str) -> Mapping[str, DataType | None]:
        """Give the columns of a file with the types that Parquet declares, or that the text of CSV looks like.

        Raises:
            SourceError: There is no such file, or it cannot be read.
        """
        mistakes = Mistakes()
        try:
            files = self._files(source, mistakes)
            mistakes.refuse()
            if files[0].is_dir():
                return {name: declared_type(dtype) for name, dtype in lake_schema(files[0]).items()}
            scan = pl.scan_parquet if files[0].suffix == ".parquet" else _scan_csv
            schema = scan(files[0]).collect_schema()
        except (OSError, PolarsError) as error:
            raise SourceError(f"Cannot read {source!r} in {self.root}: {str(error).splitlines()[0]}.") from error
        return {name: declared_type(dtype) for name, dtype in schema.items()}

    def look(self, source: str) -> Look:
        """Give the names of a file's columns and, of a CSV file, its likely encoding and delimiter.

        Raises:
            SourceError: There is no such file, or it cannot be read.
        """
        mistakes = Mistakes()
        try:
            files = self._files(source, mistakes)
            mistakes.refuse()
            if files[0].suffix == ".csv":
                return look_at_csv(files[0])
            schema = lake_schema(files[0]) if files[0].is_dir() else pl.read_parquet_schema(files[0])
            return Look(tuple(schema), untyped=untyped(schema))
        except (OSError, PolarsError) as error:
            raise SourceError(f"Cannot read {source!r} in {self.root}: {str(error).splitlines()[0]}.") from error

    def parts(self, table: Table, mistakes: Mistakes, since: Scalar | None = None) -> Iterator[Part]:  # noqa: ARG002
        """Give the parts of each file, the files of a sub-folder sorted by name."""
        try:
            for path in self._files(table.source, mistakes):
                if (name := self._name(path)) in self.left:
                    continue
                before = _state(path)
                read = read_lake_table if path.is_dir() else _READERS[path.suffix]
                yield from read(path, name, table, mistakes)
                if _state(path) != before:
                    hint = "Load it again when it is complete; write to another name first, and rename it then."
                    mistakes.add(name, "The file changed while it was read.", hint)
        except OSError as error:
            raise _unreadable(error, self.root) from error

    def files(self, table: Table) -> tuple[SourceFile, ...]:
        """List the files of a table with the hashes of their bytes."""
        try:
            files = self._files(table.source, Mistakes())
            return tuple(SourceFile(self._name(path), self._content(path)) for path in files)
        except OSError as error:
            raise _unreadable(error, self.root) from error

    def rows(self, table: Table) -> int | None:
        """Tell how many rows the files of a table have: exactly of Parquet, of CSV by the length of its first lines."""
        try:
            found = [_rows(path) for path in self._files(table.source, Mistakes()) if self._name(path) not in self.left]
        except (OSError, pa.ArrowInvalid):
            return None
        known = [rows for rows in found if rows is not None]
        return sum(known) if len(known) == len(found) > 0 else None

    def without(self, names: frozenset[str]) -> Folder:
        """Give the same folder without some files."""
        return replace(self, left=self.left | names)

    def _content(self, path: Path) -> str:
        as_it_is = (path, _state(path))
        if as_it_is not in self._hashes:
            self._hashes[as_it_is] = lake_version(path) if path.is_dir() else _sha256(path)
        return self._hashes[as_it_is]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _files(self, stem: str, mistakes: Mistakes) -> list[Path]:
        files = [self.root / f"{stem}{suffix}" for suffix in _READERS]
        found = [path for path in files if path.is_file() and self.only in (None, path)]
        folder = self.root / stem
        if folder.is_dir() and self.only in (None, folder):
            found.append(folder)
        if len(found) != 1:
            self._add_choice(stem, found, mistakes)
            return []
        is_one = found[0].is_file() or is_lake_table(found[0])
        return found if is_one else self._files_in(found[0], mistakes)

    def _files_in(self, folder: Path, mistakes: Mistakes) -> list[Path]:
        files = sorted(path for path in folder.iterdir() if path.suffix in _READERS and path.is_file())
        kinds = {path.suffix for path in files}
        if len(kinds) != 1:
            fault = "holds both CSV and Parquet files" if kinds else "holds no CSV or Parquet file"
            mistakes.add(f"{folder.name}/", f"The folder {fault}.", "Fill it with files of one kind.")
            return []
        return files

    def _add_choice(self, stem: str, found: list[Path], mistakes: Mistakes) -> None:
        if found:
            names = " and ".join(path.name for path in found)
            mistakes.add(stem, f"There are {names}: which of them is meant?", "Keep one of them.")
            return
        wanted = f"{stem}.csv, {stem}.parquet or a folder {stem}"
        mistakes.add(stem, f"There is no {wanted} in {self.root}.", nearest(stem, self.tables()))


def _rows(path: Path) -> int | None:
    if path.is_dir():
        return None
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    lines = head.count(b"\n")
    return path.stat().st_size * lines // len(head) - 1 if lines else None


def _state(path: Path) -> tuple[int, int, int]:
    """Tell by which a change of a file is noticed: which file it is, its size and time."""
    # A version of a lake's table is never written again; another that comes meanwhile is the next load's.
    found = path.stat()
    if path.is_dir():
        return found.st_ino, 0, 0
    return found.st_ino, found.st_size, found.st_mtime_ns


def _scan_csv(path: Path) -> pl.LazyFrame:
    return pl.scan_csv(path, infer_schema_length=None, try_parse_dates=True)


def _unreadable(error: OSError, root: Path) -> SourceError:
    return SourceError(f"Cannot read {error.filename or root}: {error.strerror or error}.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
