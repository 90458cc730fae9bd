"""Which state a database is in: told by one statement, and equal only where the tables that questions read are.

An administrator's own query tells it best: one row of a table that each load writes. Without one, each table tells by
its rows and by what grows in it: the watermark that the model declares or, in PostgreSQL, the transactions that wrote
the rows, which an update in place changes too, or else its greatest keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import sqlalchemy as sa

from cube_server.backends.sql.database import Database
from cube_server.backends.sql.derivations import sources_of
from cube_server.backends.sql.dialects import Column as SqlColumn
from cube_server.backends.sql.dialects import Selection
from cube_server.backends.sql.members import reading
from cube_server.backends.sql.tables import sql_table
from cube_server.backends.sql.transactions import only_row
from cube_server.errors import MovedError
from cube_server.model.dimensions import ThroughTable
from cube_server.model.elements import Model
from cube_server.model.tables import Column, Table
from cube_server.types import DataType, Kind

_TEXT, _BOOL = DataType(Kind.TEXT), DataType(Kind.BOOL)
_GROWING = frozenset({Kind.INT, Kind.DATE, Kind.TIMESTAMP})
_WITH_WRITERS = ("r", "m", "p")
"""PostgreSQL's letters for what keeps the transaction that wrote a row: tables, materialized views, partitions."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen.

    Attributes:
        id: Equal for equal states.
        rows: The rows of each table, by name; none where only the administrator's query was asked.
        told: The state of each table, by name; none likewise.
    """

    id: str
    rows: tuple[tuple[str, int], ...] = ()
    told: tuple[tuple[str, str], ...] = ()

    def of(self, tables: Iterable[str]) -> str:
        """Give the id of the state that some tables are in: that of all where tables are not told apart."""
        known, wanted = dict(self.told), sorted(set(tables))
        return _id([(name, known[name]) for name in wanted]) if known.keys() >= set(wanted) else self.id


class States:
    """Looks at a database for one model.

    Args:
        model: It says which tables matter.
        database: Where they are.
        version: A query in the database's own SQL that gives another value whenever the data has changed; empty if
            there is none.
        seconds: The longest that it may take.
        matters: Tells whether a table lies in the database.
    """

    def __init__(
        self,
        model: Model,
        database: Database,
        version: str,
        seconds: float,
        matters: Callable[[Table], bool] = lambda _: True,
    ) -> None:
        self._seconds, self._version = seconds, version
        self._lock = Lock()
        self._last: tuple[object, tuple[object, ...], Look] | None = None
        self._labels: list[str] = []
        dialect = database.dialect
        # The administrator's query is as cheap as asking whether it has to be asked.
        moment = None if version else dialect.moment
        self._moment = None if moment is None else sa.select(moment)
        self._is_frozen = _is_frozen(database, seconds)
        if version:
            # The administrator's own words, which no asker has a part in.
            self._select: Selection = sa.select(sa.cast(sa.literal_column(f"({version})"), sa.String))
            return
        told = []
        for table, columns in _watched(model, matters).items():
            rows = sql_table(table, dialect)
            told.append((rows, tuple(_told(table, rows, columns, database, seconds))))
            self._labels += [table.name] * len(told[-1][1])
        self._select = _at_once(told)

    @property
    def ahead(self) -> Selection:
        """What a look asks first."""
        return self._select if self._moment is None else self._moment

    def look(self, database: Database) -> Look:
        """Tell which state a transaction sees. Where nothing at all was written since the last look, that is free.

        Raises:
            WarehouseError: The database does not answer, or lacks a table.
        """
        moment = self._moment_of(database)
        with self._lock:
            if self._last is not None and (self._is_frozen or (moment is not None and self._last[0] == moment)):
                return self._last[2]
        row = self._row(database)
        with self._lock:
            known = self._last if self._last is not None and self._last[1] == row else None
            found = known[2] if known else self._told(row)
            self._last = (moment, row, found)
        return found

    def _moment_of(self, database: Database) -> object:
        if self._moment is None:
            return None
        (moment,) = only_row(database, self._moment, {"moment": _TEXT}, reading(self._seconds))
        return moment

    def _row(self, database: Database) -> tuple[object, ...]:
        width = len(self._labels) or 1
        schema = dict.fromkeys((f"v{place}" for place in range(width)), _TEXT)
        return tuple(only_row(database, self._select, schema, reading(self._seconds)))

    def _told(self, row: tuple[Any, ...]) -> Look:
        if not self._labels:
            return Look(_id([self._version, *row]))
        told: dict[str, list[Any]] = {}
        for name, value in zip(self._labels, row, strict=True):
            told.setdefault(name, []).append(value)
        counts = tuple((name, int(values[0] or 0)) for name, values in told.items())
        states = tuple((name, _id(values)) for name, values in told.items())
        return Look(_id([*zip(self._labels, row, strict=True)]), counts, states)


@dataclass(frozen=True, slots=True)
class Expected:
    """The state that transactions are to see.

    Attributes:
        states: Looks at the database.
        id: Of the state.
    """

    states: States
    id: str

    @contextmanager
    def transaction(self, database: Database) -> Iterator[Database]:
        """Hold a transaction that sees the state, to its end where the database itself does not hold still.

        Raises:
            MovedError: The database has left the state.
        """
        with database.transaction(self.states.ahead) as held:
            self._check(held)
            yield held
            if not held.dialect.holds_still:
                self._check(held)

    def _check(self, database: Database) -> None:
        if self.states.look(database).id != self.id:
            raise MovedError(f"The database has left the state {self.id}.")


def _id(told: Sequence[object]) -> str:
    return "live-" + hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


def _is_frozen(database: Database, seconds: float) -> bool:
    frozen = database.dialect.frozen
    return frozen is not None and database.fetch(sa.select(frozen), {"frozen": _BOOL}, reading(seconds)).item()


def _at_once(told: Iterable[tuple[sa.TableClause, tuple[SqlColumn, ...]]]) -> Selection:
    """Put what each table tells side by side in one row, each table read once."""
    parts = [
        sa.select(*(sa.cast(column, sa.String).label(f"v{place}") for place, column in enumerate(columns)))
        .select_from(rows)
        .subquery(f"t{number}")
        for number, (rows, columns) in enumerate(told)
    ]
    source: sa.FromClause = parts[0]
    for part in parts[1:]:
        source = source.join(part, sa.true())
    return sa.select(*(column for part in parts for column in part.c)).select_from(source)


def _told(
    table: Table, rows: sa.TableClause, columns: tuple[Column, ...], database: Database, seconds: float
) -> Iterator[SqlColumn]:
    """Give what tells a table's states apart, its number of rows first: that sees deletions."""
    yield sa.func.count()
    if table.reading.watermark:
        yield sa.func.max(rows.c[table.reading.watermark])
    elif _has_writers(table, database, seconds):
        # A row that is updated is a new one, with the number of the transaction that wrote it: the sum moves.
        writer = sa.cast(sa.cast(sa.literal_column("xmin"), sa.String), sa.BigInteger)
        yield sa.func.sum(writer)
        # Of two partitions that one transaction filled, one may have taken the other's place.
        yield sa.func.sum(sa.cast(sa.literal_column("tableoid"), sa.BigInteger))
    else:
        yield from (sa.func.max(rows.c[column.name]) for column in columns)


def _has_writers(table: Table, database: Database, seconds: float) -> bool:
    if not database.dialect.has_writers:
        return False
    schema, _, name = table.source.rpartition(".")
    classes = sa.table(
        "pg_class", sa.column("oid"), sa.column("relname"), sa.column("relkind"), sa.column("relnamespace")
    )
    spaces = sa.table("pg_namespace", sa.column("oid"), sa.column("nspname"))
    is_meant = spaces.c.nspname == schema if schema else sa.func.pg_table_is_visible(classes.c.oid)
    meant = (
        sa.select(classes.c.oid)
        .select_from(classes.join(spaces, spaces.c.oid == classes.c.relnamespace))
        .where(classes.c.relname == name, is_meant)
        .scalar_subquery()
    )
    # A partition may be a foreign table, of whose rows the writers are not known here.
    parts = sa.select(sa.func.pg_partition_tree(meant).table_valued("relid").c.relid)
    every = classes.alias("every")
    kinds = sa.select(sa.cast(every.c.relkind, sa.String)).where(sa.or_(every.c.oid == meant, every.c.oid.in_(parts)))
    found = database.fetch(kinds, {"kind": _TEXT}, reading(seconds))["kind"]
    return len(found) > 0 and bool(found.is_in(_WITH_WRITERS).all())


def _watched(model: Model, matters: Callable[[Table], bool]) -> dict[Table, tuple[Column, ...]]:
    """List the tables that questions read, each with the columns whose greatest value tells states apart."""
    watched: dict[Table, dict[Column, None]] = {}
    for table, columns in _read(model):
        for source in sources_of(table) if matters(table) else ():
            # What others are made of has no key and no link to time: all that grows in it tells.
            own = (*table.key, *columns) if source is table else source.columns
            told = (column for column in own if column.type.kind in _GROWING)
            watched.setdefault(source, {}).update(dict.fromkeys(told))
    return {table: tuple(columns) for table, columns in watched.items()}


def _read(model: Model) -> Iterator[tuple[Table, tuple[Column, ...]]]:
    yield from ((dimension.table, ()) for dimension in model.dimensions)
    for cube in model.cubes:
        days = (link.column for link in cube.links if link.dimension.is_time and link.through is None)
        yield cube.table, tuple(days)
        yield from ((link.through.table, ()) for link in cube.links if isinstance(link.through, ThroughTable))
