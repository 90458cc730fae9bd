"""The record of loads: what was loaded, from where, with what outcome. Manifests stay the truth of what is served."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal

import sqlalchemy as sa

from cube_server.errors import NotFoundError
from cube_server.metadata.database import Database
from cube_server.metadata.tables import load_tables, loads

Outcome = Literal["loaded", "unchanged", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedContent:
    """One file or SQL table of a source.

    Attributes:
        name: As the user knows it.
        sha256: The hash of its content, in hexadecimal.
        skipped: The snapshot that had loaded the same content, if it was therefore left out; else None.
    """

    name: str
    sha256: str
    skipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTable:
    """What a load did with one table.

    The rows read and repeated are those loaded, rejected, deduplicated, filtered or known.

    Attributes:
        name: The table.
        mode: How it was loaded: `full`, `append`, `upsert`, `replace`; `left` if the source had nothing for it.
        rows_read: How many rows the source gave.
        rows_loaded: How many of them are loaded.
        rows_rejected: How many broke a rule and were put aside.
        rows_deduplicated: How many were left out because another row has their key.
        rows_repeated: How many came more than once, by a join; None in records of versions that did not count them.
        rows_filtered: How many the model leaves out on purpose; None likewise.
        rows_known: How many were left out because the same were loaded before; None likewise.
        rows_removed: How many rows that were there before are there no more, or are replaced.
        files_written: How many files were written.
        bytes_written: Their size.
        contents: What was read for it.
    """

    name: str
    mode: str
    rows_read: int
    rows_loaded: int
    rows_rejected: int = 0
    rows_deduplicated: int = 0
    rows_repeated: int | None = 0
    rows_filtered: int | None = 0
    rows_known: int | None = 0
    rows_removed: int = 0
    files_written: int = 0
    bytes_written: int = 0
    contents: tuple[LoadedContent, ...] = ()

    @property
    def is_balanced(self) -> bool:
        """Whether no row is lost, and none came from nowhere."""
        rows_in = self.rows_read + (self.rows_repeated or 0)
        left_out = self.rows_rejected + self.rows_deduplicated + (self.rows_filtered or 0) + (self.rows_known or 0)
        return rows_in == self.rows_loaded + left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRecord:
    """One load.

    Attributes:
        id: Its number, counted up; 0 for one that is not recorded yet.
        started: When it began, in UTC.
        seconds: How long it took.
        outcome: `loaded`; `unchanged` if there was nothing new; `failed`.
        source: Where the data came from, without password.
        model_name: The model's name.
        model_hash: The model's version.
        snapshot: The snapshot that it made; None if it made none.
        error_code: The code of the error that ended it.
        error: Its message.
        steps: The steps in order, each with its seconds.
        rejects: Where the rows are that broke rules: the snapshot, or else as `warehouse.rejects` names it; None if it
            had none.
        tables: The tables, in the order of loading.
    """

    id: int = 0
    started: dt.datetime
    seconds: float
    outcome: Outcome
    source: str
    model_name: str
    model_hash: str
    snapshot: str | None = None
    error_code: str | None = None
    error: str | None = None
    steps: tuple[tuple[str, float], ...] = ()
    rejects: str | None = None
    tables: tuple[LoadedTable, ...] = ()


class Loads:
    """The loads of a warehouse.

    Args:
        database: Where they are recorded.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: LoadRecord) -> LoadRecord:
        """Record a load, and give it with its number.

        Raises:
            MetadataError: The database cannot be written.
        """
        values = _values(record, leave_out=("id", "tables")) | {"steps": json.dumps(record.steps)}
        with self._database.writing() as connection:
            result = connection.execute(loads.insert().values(values))
            (id,) = result.inserted_primary_key or (0,)
            for position, table in enumerate(record.tables):
                contents = json.dumps([_values(content) for content in table.contents])
                row = _values(table) | {"contents": contents, "load": id, "position": position}
                connection.execute(load_tables.insert().values(row))
        return self.find(int(id))

    def newest(self, limit: int = 50, offset: int = 0) -> tuple[LoadRecord, ...]:
        """List loads, the newest first.

        Raises:
            MetadataError: The database cannot be read.
        """
        wanted = sa.select(loads).order_by(loads.c.id.desc()).limit(limit).offset(offset)
        with self._database.reading() as connection:
            return _records(connection, connection.execute(wanted))

    def count(self) -> int:
        """Count the loads; raises as `newest` does."""
        with self._database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(loads)).scalar_one())

    def find(self, id: int) -> LoadRecord:
        """Find a load by its number.

        Raises:
            NotFoundError: There is none.
            MetadataError: The database cannot be read.
        """
        with self._database.reading() as connection:
            found = _records(connection, connection.execute(sa.select(loads).where(loads.c.id == id)))
        if not found:
            raise NotFoundError(f"There is no load {id}.", hint="`cube-server loads` lists those there are.")
        return found[0]


def _records(connection: sa.Connection, rows: Iterable[sa.Row[tuple[object, ...]]]) -> tuple[LoadRecord, ...]:
    found = [dict(row._mapping) for row in rows]
    wanted = load_tables.c.load.in_([row["id"] for row in found])
    tables: dict[object, list[LoadedTable]] = {}
    for row in connection.execute(sa.select(load_tables).where(wanted).order_by(load_tables.c.position)):
        tables.setdefault(row.load, []).append(_table(dict(row._mapping)))
    return tuple(
        LoadRecord(
            **{**row, "steps": tuple((name, seconds) for name, seconds in json.loads(str(row["steps"])))},
            tables=tuple(tables.get(row["id"], ())),
        )
        for row in found
    )


def _table(row: dict[str, object]) -> LoadedTable:
    contents = tuple(LoadedContent(**content) for content in json.loads(str(row["contents"])))
    known: dict[str, Any] = {name: value for name, value in row.items() if name not in ("load", "position")}
    return LoadedTable(**{**known, "contents": contents})


def _values(part: LoadRecord | LoadedTable | LoadedContent, leave_out: tuple[str, ...] = ()) -> dict[str, object]:
    return {field.name: getattr(part, field.name) for field in fields(part) if field.name not in leave_out}
