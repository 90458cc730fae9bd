"""A dimension's rows, read from the database once a snapshot: what its dictionaries are made of.

Dimensions are small beside facts. Keys that only facts have are found where the facts are, by an anti-join.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import polars as pl
import sqlalchemy as sa

from cube_server.backends.sql.dialects import Column as SqlColumn
from cube_server.backends.sql.inline import inline
from cube_server.backends.sql.tables import Tables
from cube_server.backends.sql.trees import with_levels
from cube_server.backends.sql.versions import versions_in_time
from cube_server.budget import Budget, Limits
from cube_server.errors import CapabilityError, LimitError, WarehouseError
from cube_server.model.dimensions import Dimension, Level, Link, ThroughFacts, ThroughTable
from cube_server.model.elements import Cube, Model
from cube_server.model.tables import Column, Table
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import FROM_COLUMN

MOST = 5_000_000
"""How many rows a dimension may have, and how many keys without a row."""

_KNOWN, _UNKNOWN = 0, 1
_FLAG = DataType(Kind.INT)


@dataclass(frozen=True, slots=True)
class MemberTable:
    """Rows of a dimension as a snapshot has them: with `_key`, a number for each row, and `_status`."""

    frame: pl.DataFrame

    def read(self, columns: Sequence[str]) -> pl.DataFrame:
        """Give some columns."""
        return self.frame.select(columns)


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds keys of a dimension, or of a level of it above the leaves."""

    table: Table
    column: Column
    dimension: Dimension
    level: Level | None

    @property
    def key(self) -> Column:
        """The column of the dimension's table that it refers to."""
        return self.dimension.key if self.level is None else self.level.key


@dataclass(frozen=True, slots=True, eq=False)
class Strays:
    """What a reference holds beside keys of rows.

    Attributes:
        keys: The keys without a row, each once.
        has_null: Whether any row has none.
    """

    keys: pl.Series
    has_null: bool


def reading(seconds: float) -> Budget:
    """Give what it may take to read members, or keys of facts: they are read for all who ask, whoever leaves.

    Args:
        seconds: The longest that it may take.
    """
    return Budget(Limits(seconds=seconds, rows=MOST + 1), abandoned=None)


def references(model: Model, dimension: Dimension) -> tuple[Reference, ...]:
    """List the columns of facts and bridge tables that refer to a dimension, however it is read, each once."""
    links = ((cube, link) for cube in model.cubes for link in cube.links if link.dimension.name == dimension.name)
    return tuple(dict.fromkeys(found for cube, link in links for found in reference(cube, link)))


def reference(cube: Cube, link: Link) -> Iterator[Reference]:
    """Give the column that a link's keys stand in; links by other facts' members and by dates have none."""
    if link.through is None:
        yield Reference(cube.table, link.column, link.dimension, link.level)
    elif isinstance(link.through, ThroughTable):
        yield bridge_reference(cube, link)


def read_strays(tables: Tables, wanted: Reference, budget: Budget) -> Strays:
    """Find the keys of a reference that have no row.

    Raises:
        LimitError: There are too many: they are members too, and members are held in memory.
    """
    database = tables.database
    facts, rows = tables.clause(wanted.table).alias("f"), tables.clause(wanted.dimension.table).alias("d")
    column, key = facts.c[wanted.column.name], rows.c[wanted.key.name]
    # A level's key stands in many rows, and a join by it would copy facts.
    known = sa.select(key.label("key")).where(key.is_not(None)).distinct().subquery("d")
    orphans = (
        sa.select(column)
        .distinct()
        .select_from(facts.outerjoin(known, known.c.key == column))
        .where(column.is_not(None), known.c.key.is_(None))
        .limit(MOST + 1)
    )
    keys = database.fetch(orphans, {"key": wanted.key.type}, budget)["key"]
    if len(keys) > MOST:
        problem = f"More than {MOST} keys of {wanted.table.name}.{wanted.column.name} have no row."
        raise LimitError(problem, hint=f"Add their rows to {wanted.dimension.table.name}, or load into a warehouse.")
    nulls = sa.select(sa.literal(1)).select_from(facts).where(column.is_(None)).limit(1)
    return Strays(keys.sort(), bool(database.fetch(nulls, {"one": _FLAG}, budget).height))


def read_led(tables: Tables, cube: Cube, link: Link, known: Strays, budget: Budget) -> Strays:
    """Find what a bridge by a table or by facts leads a cube's facts to beside rows: of the keys without one, and null.

    Args:
        tables: The tables of the database.
        cube: Whose facts.
        link: The bridge.
        known: What its reference holds beside keys of rows: see `bridge_reference`.
        budget: What reading may take: see `reading`.
    """
    database, facts = tables.database, tables.clause(cube.table).alias("f")
    key, source = facts.c[link.column.name], cast("sa.FromClause", facts)
    if isinstance(link.through, ThroughTable):
        pairs = tables.clause(link.through.table).alias("b")
        target: SqlColumn = pairs.c[link.through.target.name]
        source = facts.outerjoin(pairs, pairs.c[link.through.source.name] == key)
    else:
        # A fact's key leads to its own member, if it has one.
        assert isinstance(link.through, ThroughFacts)
        target = sa.case((key.is_not(None), facts.c[link.through.link.column.name]))
    nowhere = sa.select(sa.literal(1)).select_from(source).where(target.is_(None)).limit(1)
    has_null = bool(database.fetch(nowhere, {"one": _FLAG}, budget).height)
    if not len(known.keys):
        return Strays(known.keys, has_null)
    type_ = link.dimension.key.type
    strays = inline("strays", {"key": (known.keys, type_)}, database.dialect)
    led = sa.select(strays.c.key).distinct().select_from(source.join(strays, strays.c.key == target))
    return Strays(database.fetch(led, {"key": type_}, budget)["key"], has_null)


def bridge_reference(cube: Cube, link: Link) -> Reference:
    """Give the column that holds the members' keys of a bridge by a table or by facts."""
    if isinstance(link.through, ThroughTable):
        return Reference(link.through.table, link.through.target, link.dimension, None)
    assert isinstance(link.through, ThroughFacts)
    return Reference(cube.table, link.through.link.column, link.dimension, None)


def read_rows(tables: Tables, dimension: Dimension, strays: Iterable[Strays], budget: Budget) -> MemberTable:
    """Read a dimension as it is now.

    Args:
        tables: The tables of the database.
        dimension: The dimension.
        strays: What refers to its leaves without a row.
        budget: What reading may take: see `reading`.

    Raises:
        CapabilityError: The table has versions of its rows, and does not say since when each is valid.
        LimitError: It has too many rows.
        WarehouseError: A key stands in two rows, so that facts would count twice; versions overlap or leave a gap.
    """
    key = dimension.key
    frame = _known_rows(tables, dimension, budget)
    if dimension.table.has_versions:
        frame = (
            versions_in_time(dimension.table, frame)
            .drop(FROM_COLUMN)
            .unique(key.name, keep="last", maintain_order=True)
        )
    twice = frame[key.name].filter(frame[key.name].is_duplicated())
    if len(twice) and dimension.table.history is not None:
        problem = (
            f"{dimension.table.name} has several versions of {key.name}={twice[0]!r}, which only loads tell apart."
        )
        raise CapabilityError(problem, hint="Name the column of their first days: `from` of the table's `history`.")
    if len(twice):
        problem = f"{dimension.table.name} has several rows with {key.name}={twice[0]!r}, so that facts count twice."
        raise WarehouseError(problem, hint="Make the key unique: `cube-server validate MODEL --against URL` lists all.")
    for hierarchy in dimension.hierarchies:
        frame = with_levels(hierarchy, frame)
    unknown = pl.concat([pl.Series(key.name, [], frame.schema[key.name]), *(part.keys for part in strays)]).unique()
    return with_status(frame, unknown.sort().alias(key.name))


def read_versions(tables: Tables, dimension: Dimension, rows: MemberTable, budget: Budget) -> MemberTable:
    """Read the versions of a dimension's rows, with `_key` and `_from`; what is overwritten is as in the rows of now.

    Args:
        tables: The tables of the database.
        dimension: The dimension; its table has versions.
        rows: Its rows as they are now.
        budget: What reading may take: see `reading`.

    Raises:
        LimitError: There are too many.
        WarehouseError: They overlap, or leave a gap.
    """
    history, key = dimension.table.history, dimension.key.name
    own = {column.name for column in history.changing} if history else set()
    versions = versions_in_time(dimension.table, _known_rows(tables, dimension, budget))
    lasting = rows.frame.select(pl.exclude("_status", *own))
    return MemberTable(versions.select(key, *own, FROM_COLUMN).join(lasting, on=key, maintain_order="left"))


def level_keys(level: Level, known: pl.Series, strays: Iterable[Strays]) -> MemberTable:
    """Number the keys of a level that facts link to: those of rows, and those that only facts have."""
    unknown = pl.concat([known.clear(), *(part.keys for part in strays)]).unique().sort()
    return with_status(
        pl.DataFrame({level.key.name: known.drop_nulls().unique().sort()}), unknown.alias(level.key.name)
    )


def with_status(known: pl.DataFrame, unknown: pl.Series) -> MemberTable:
    """Number rows and say which are known."""
    rows = known.with_columns(pl.lit(_KNOWN, pl.Int8).alias("_status"))
    others = unknown.to_frame().with_columns(pl.lit(_UNKNOWN, pl.Int8).alias("_status"))
    numbers = pl.int_range(pl.len(), dtype=pl.Int32).alias("_key")
    return MemberTable(pl.concat([rows, others], how="diagonal").with_columns(numbers))


def _known_rows(tables: Tables, dimension: Dimension, budget: Budget) -> pl.DataFrame:
    """Read the rows that have a key."""
    columns = {column.name: column.type for column in _columns(dimension)}
    rows = tables.clause(dimension.table)
    has_key = rows.c[dimension.key.name].is_not(None)
    frame = tables.database.fetch(
        sa.select(*(rows.c[name] for name in columns)).where(has_key).limit(MOST + 1), columns, budget
    )
    if frame.height > MOST:
        problem = f"Dimension {dimension.name!r} has more than {MOST} rows; its members are held in memory."
        raise LimitError(problem, hint="Link the facts to a coarser level.")
    return frame


def _columns(dimension: Dimension) -> tuple[Column, ...]:
    """List the columns that dictionaries need, and the dates of bridges by a rule."""
    return tuple(dict.fromkeys((dimension.key, *dimension.table.columns)))
