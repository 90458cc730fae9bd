"""Tables of lakes: folders that Delta Lake or Iceberg keep, each read at its newest version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from cube_server.errors import SourceError
from cube_server.model.tables import Table

from ..mistakes import Mistakes
from ..origins import Origin, Part
from .base import add_missing_columns
from .parquet_files import read_scan

if TYPE_CHECKING:
    from pyiceberg.table import StaticTable

_LOG, _METADATA = "_delta_log", "metadata"


def is_delta(path: Path) -> bool:
    """Tell whether a folder is a table of Delta Lake."""
    return (path / _LOG).is_dir()


def is_iceberg(path: Path) -> bool:
    """Tell whether a folder is a table of Iceberg."""
    return (path / _METADATA).is_dir() and any((path / _METADATA).glob("*.metadata.json"))


def is_lake_table(path: Path) -> bool:
    """Tell whether a folder is a table of either."""
    return path.is_dir() and (is_delta(path) or is_iceberg(path))


def lake_version(path: Path) -> str:
    """Give a hash, in hexadecimal, that is another one for each version of such a table."""
    if is_delta(path):
        log = sorted((path / _LOG).glob("*.json"))
        told = [*(entry.name.encode() for entry in log), *(entry.read_bytes() for entry in log[-1:])]
    else:
        told = [_newest(path).read_bytes()]
    return hashlib.sha256(b"\n".join(told)).hexdigest()


def lake_schema(path: Path) -> pl.Schema:
    """Give the columns of such a table.

    Raises:
        SourceError: The library that reads it is not installed, or cannot read it.
    """
    try:
        if is_delta(path):
            return _delta(path).collect_schema()
        frame = pl.from_arrow(_iceberg(path).schema().as_arrow().empty_table())
    except _failures() as error:
        raise SourceError(f"Cannot read {path}: {_reason(error)}.") from error
    assert isinstance(frame, pl.DataFrame)
    return frame.schema


def read_lake_table(path: Path, name: str, table: Table, mistakes: Mistakes) -> Iterator[Part]:
    """Read the model's columns of such a table; SourceError as for `lake_schema`."""
    try:
        if is_delta(path):
            yield from read_scan(_delta(path), name, table, mistakes)
        else:
            yield from _read_iceberg(path, name, table, mistakes)
    except _failures() as error:
        mistakes.add(name, f"The table cannot be read: {_reason(error)}.")


def _delta(path: Path) -> pl.LazyFrame:
    _needs("deltalake", "delta", path)
    return pl.scan_delta(str(path))


def _read_iceberg(path: Path, name: str, table: Table, mistakes: Mistakes) -> Iterator[Part]:
    opened = _iceberg(path)
    if add_missing_columns(name, table, opened.schema().column_names, mistakes):
        return
    columns = [column.name for column in table.columns]
    first = 0
    reader = opened.scan(selected_fields=tuple(columns)).to_arrow_batch_reader()
    for batch in reader:
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        yield Part(frame.select(columns), Origin(name=name, first=first))
        first += frame.height
    if first == 0:
        frame = pl.from_arrow(reader.schema.empty_table())
        assert isinstance(frame, pl.DataFrame)
        yield Part(frame.select(columns), Origin(name=name))


def _iceberg(path: Path) -> StaticTable:
    _needs("pyiceberg", "iceberg", path)
    from pyiceberg.table import StaticTable

    return StaticTable.from_metadata(str(_newest(path).resolve()))


def _newest(path: Path) -> Path:
    return max((path / _METADATA).glob("*.metadata.json"), key=_version)


def _version(metadata: Path) -> int:
    """Give the number that a file of metadata begins with: `00002-...` or `v2.`."""
    found = re.match(r"v?(\d+)", metadata.name)
    return int(found[1]) if found else -1


def _needs(module: str, extra: str, path: Path) -> None:
    if find_spec(module) is None:
        raise SourceError(
            f"{path} is a table of {'Delta Lake' if extra == 'delta' else 'Iceberg'}, and {module} is not installed.",
            hint=f"Run `pip install 'cube-server[{extra}]'`.",
        )


def _failures() -> tuple[type[Exception], ...]:
    """Give what the libraries raise; only those that are installed can raise."""
    from polars.exceptions import PolarsError

    found: list[type[Exception]] = [PolarsError, OSError]
    if find_spec("deltalake"):
        from deltalake.exceptions import DeltaError

        found.append(DeltaError)
    if find_spec("pyiceberg"):
        from pydantic import ValidationError
        from pyiceberg.exceptions import ValidationException

        found += [ValidationError, ValidationException]
    return tuple(found)


def _reason(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")
