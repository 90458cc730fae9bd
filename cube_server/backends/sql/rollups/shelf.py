"""Which rollups a database holds: a table beside them says of what each is, and of which state of the facts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cube_server.backends.rollups.definition import Definition
from cube_server.backends.sql.database import Database, Writable
from cube_server.backends.sql.members import reading
from cube_server.types import DataType, Kind

CATALOG = "cube_rollups"

_SECONDS = 60.0
_TEXT, _NUMBER, _MOMENT = DataType(Kind.TEXT), DataType(Kind.INT), DataType(Kind.TIMESTAMP)
_TYPES = {
    "table_name": _TEXT,
    "definition": _TEXT,
    "shape": _TEXT,
    "state": _TEXT,
    "row_count": _NUMBER,
    "adding": _TEXT,
    "built": _MOMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A rollup that a database holds.

    Attributes:
        table: The name of its table.
        definition: What it is of.
        shape: The hash of what its table looks like.
        state: The state of the facts that it was made of.
        rows: How many rows it has.
        adding: The counts of different keys that add up: of these keys none lies in two cells.
        built: When it was made, in UTC.
    """

    table: str
    definition: Definition
    shape: str
    state: str
    rows: int
    adding: tuple[str, ...]
    built: dt.datetime


class Shelf:
    """The rollups that lie in one schema of a database.

    Args:
        database: Where they are.
        schema: The schema; empty for that in which the database looks first.
    """

    def __init__(self, database: Database, schema: str) -> None:
        self._database, self._schema = database, schema
        columns = (sa.Column(name, database.dialect.type(type_)) for name, type_ in _TYPES.items())
        own: Any = database.dialect.table()
        self._catalog = sa.Table(CATALOG, sa.MetaData(), *columns, schema=schema or None, **own)

    def records(self) -> tuple[Record, ...]:
        """List what there is, the oldest first.

        Raises:
            WarehouseError: The database does not answer, or the role may not read it.
        """
        if self._database.columns(f"{self._schema}.{CATALOG}" if self._schema else CATALOG) is None:
            return ()
        wanted = sa.select(*self._catalog.c).order_by(self._catalog.c.built, self._catalog.c.table_name)
        found = self._database.fetch(wanted, _TYPES, reading(_SECONDS))
        return tuple(_record(row) for row in found.iter_rows(named=True))

    def table(self, name: str, columns: Iterable[tuple[str, sa.types.TypeEngine[Any]]]) -> sa.Table:
        """Give a table of the schema, as it is or is to be."""
        own = (sa.Column(label, type_) for label, type_ in columns)
        return sa.Table(name, sa.MetaData(), *own, schema=self._schema or None)

    def enter(self, database: Writable, record: Record) -> None:
        """Write down that a rollup is there."""
        values = {
            "table_name": record.table,
            "definition": _written(record.definition),
            "shape": record.shape,
            "state": record.state,
            "row_count": record.rows,
            "adding": json.dumps(record.adding),
            "built": record.built,
        }
        database.change(
            [
                sa.schema.CreateTable(self._catalog, if_not_exists=True),
                self._without(record),
                sa.insert(self._catalog).values(values),
            ]
        )

    def drop(self, database: Writable, record: Record) -> None:
        """Remove a rollup, and the word of it."""
        table = self.table(record.table, ())
        catalog = sa.schema.CreateTable(self._catalog, if_not_exists=True)
        database.change([catalog, self._without(record), sa.schema.DropTable(table, if_exists=True)])

    def _without(self, record: Record) -> sa.Delete:
        return sa.delete(self._catalog).where(self._catalog.c.table_name == record.table)


def _record(row: dict[str, object]) -> Record:
    definition = json.loads(str(row["definition"]))
    built = row["built"]
    assert isinstance(built, dt.datetime)
    return Record(
        table=str(row["table_name"]),
        definition=Definition(
            cube=definition["cube"], levels=tuple(definition["levels"]), keys=tuple(definition["keys"])
        ),
        shape=str(row["shape"]),
        state=str(row["state"]),
        rows=int(str(row["row_count"])),
        adding=tuple(json.loads(str(row["adding"]))),
        built=built,
    )


def _written(definition: Definition) -> str:
    return json.dumps({"cube": definition.cube, "levels": definition.levels, "keys": definition.keys})
