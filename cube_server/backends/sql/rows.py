"""Rows of a statement and what is known of each row's members: joins are made where something asks for them.

A row has a key for each link. What a level says of it is told by *parts*: columns of the statement, each with the value
that it has at every leaf of the dimension. So the same parts group rows, are compared with members, and say afterwards
which members the groups are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count

import numpy as np
import numpy.typing as npt
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.levels import Codes, DimensionIndex
from cube_server.backends.sql.dialects import Column, Dialect, Selection
from cube_server.backends.sql.inline import inline
from cube_server.backends.sql.keys import KeyMap
from cube_server.backends.sql.parts import Part
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.versions import DatedRows
from cube_server.model.dimensions import LevelRef, Link, ThroughFacts
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import FROM_COLUMN

Values = npt.NDArray[np.int64]

NUMBER = DataType(Kind.INT)
_DAY = DataType(Kind.DATE)
_ANY: Mapping[type, object] = {
    int: 0, float: 0.0, Decimal: Decimal(0), str: "", bool: False,
    date: date(1970, 1, 1), datetime: datetime(1970, 1, 1),
}  # fmt: skip
"""What stands for null where it is told apart beside."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What tells the very leaf that each row has: its key and, of members as they were then, the version.

    Attributes:
        parts: The columns, with their values at each of `leaves`.
        leaves: The leaves that rows may have, and last that of rows without a key.
    """

    parts: tuple[Part, ...]
    leaves: Codes


class Rows:
    """Rows of a FROM clause that grows.

    Args:
        star: The star schema.
        base: The rows.
        key: Gives the key column of a direct link.
        meant: What links of another cube mean here, by name.
        pair_key: Of pairs of a bridged link, the column with the facts' keys.
        name: Gives a name that nothing else in the statement has.
        day: The day by which these rows see members as they were then; by default each link says which.
        pair_day: Of pairs that are of keys on days, the column with the facts' days.
    """

    def __init__(
        self,
        star: Star,
        base: sa.FromClause,
        key: Callable[[Link], Column],
        meant: Mapping[str, Link] | None = None,
        pair_key: Column | None = None,
        name: Callable[[str], str] | None = None,
        day: Column | None = None,
        pair_day: Column | None = None,
    ) -> None:
        self.star, self._key, self.roles = star, key, meant or {}
        self.base, self.source, self.pair_key, self.pair_day = base, base, pair_key, pair_day
        self._own_day = day
        self._conditions: list[Column] = []
        self._joined: dict[str, sa.FromClause] = {}
        self._dated: dict[str, DatedRows] = {}
        self._keys: dict[Link, KeyMap] = {}
        self._derived: dict[Link, Column] = {}
        numbers = count(1)
        self.name = name or (lambda kind: f"{kind}_{next(numbers)}")

    def keep(self, conditions: Iterable[Column | None]) -> None:
        """Keep the rows for which these hold, too; None always does."""
        self._conditions += [condition for condition in conditions if condition is not None]

    @property
    def is_filtered(self) -> bool:
        """Whether not all rows are kept."""
        return bool(self._conditions)

    def select(self, *columns: Column) -> Selection:
        """Select columns of the rows that are kept."""
        return sa.select(*columns).select_from(self.source).where(*self._conditions)

    def meant(self, link: Link) -> Link:
        """Give the link of these rows' own that a link of the question means."""
        return link if link in self.star.derived else self.roles.get(link.name, link)

    def key(self, link: Link) -> Column:
        """Give the key of each row's member by a link; of a derived attribute the number of its value, null if none."""
        link = self.meant(link)
        return self._value(link) if link in self.star.derived else self._key(link)

    def keys(self, link: Link) -> KeyMap:
        """Give what the key column may hold."""
        meant = self.meant(link)
        if meant not in self._keys:
            self._keys[meant] = self.star.keys(meant)
        return self._keys[meant]

    def index(self, link: Link) -> DimensionIndex:
        """Give the members that a link leads to."""
        return self.star.index(link.dimension)

    def parts(self, refs: tuple[LevelRef, ...]) -> tuple[Part, ...]:
        """Give the columns that tell which members of some levels of one link each row has."""
        # What a link means is looked up once: what it means may be a name of another one.
        asked, link = refs[0].link, self.meant(refs[0].link)
        index = self.index(link)
        if link in self.star.derived:
            return (self._whole(asked),)
        columns = {level.key.name: level.key for ref in refs for level in ref.levels}
        has_key = any(ref.level.key == link.key for ref in refs)
        if has_key and not columns.keys() & self._changing(link):
            return (Part(self.key(asked), _with_null(index.frame[link.key.name]), link.key.type),)
        made = {column.name for column in link.dimension.made_columns}
        if self.star.travels(link.dimension) or any(level.key.name in made for ref in refs for level in ref.levels):
            return tuple(self._numbered(ref) for ref in refs)
        told = tuple(
            Part(
                self.key(asked) if column == link.key else self._column(asked, name),
                _with_null(index.frame[name]),
                column.type,
            )
            for name, column in columns.items()
        )
        return told if link.dimension.unknown_is_null or has_key else (*told, self._unknown(asked))

    def reached(self, link: Link) -> Codes:
        """List the leaves that rows may have by a link, and last that of rows without a key."""
        if self.is_dated(link):
            return np.arange(self.index(link).leaves + 1, dtype=np.int32)
        return self.keys(link).leaves

    def held(self, link: Link) -> Held:
        """Give what tells the leaf of each row by a link."""
        if not self.is_dated(link):
            keys = self.keys(link)
            return Held((Part(self.key(link), _with_null(keys.keys), keys.type),), keys.leaves)
        index, meant = self.index(link), self.meant(link)
        begins = Part(self._versions(meant).begins, _with_null(index.frame[FROM_COLUMN]), _DAY)
        key = Part(self.key(link), _with_null(index.frame[meant.key.name]), meant.key.type)
        return Held((key, begins), self.reached(link))

    def telling(self, refs: tuple[LevelRef, ...], parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Give the fewest of the columns that tell of some levels: a city tells its nation, unless two have its name.

        A database takes columns to have nothing to do with each other, thinks that their combinations are as many as
        there are rows, and then groups on one core.
        """
        link = self.meant(refs[0].link)
        if len(parts) == 1 or self.is_dated(link):
            return parts
        paths = ("/".join(level.name for level in ref.levels) for ref in refs)
        name = (link.dimension.name, link.dimension.scd, link.level.name if link.level else "", *paths)
        return tuple(parts[place] for place in self.star.telling(name, [part.values for part in parts]))

    def mapped(self, link: Link, values: pl.Series) -> Column:
        """Give a number for each row: that of its leaf.

        Args:
            link: The link.
            values: The number of each leaf, and last of null.
        """
        held = self.held(link)
        numbers, last = values[held.leaves], len(held.leaves) - 1
        some = [(part, part.values[:last]) for part in held.parts]
        number = self.beside("numbers", some, {"number": (numbers[:last], NUMBER)})["number"]
        if (null := numbers[last]) is None:
            return number
        return sa.case((self.key(link).is_(None), constant(int(null))), else_=number)

    def dimension(self, link: Link) -> sa.FromClause:
        """Put a dimension's rows beside these, where they have one."""
        return self._beside(self.meant(link))

    def members(self, link: Link) -> Rows:
        """Give the rows of the dimension of a link of these rows' own, as rows that have their own key by it."""
        dimension = self.star.table(link.dimension.table, self.name("members"))
        found = Rows(self.star, dimension, lambda _: dimension.c[link.key.name], self.roles, name=self.name)
        found._joined[link.name] = dimension
        return found

    def is_dated(self, link: Link) -> bool:
        """Tell whether these rows see the members of a link as they were on days."""
        meant = self.meant(link)
        if meant.dimension.scd == "now" or meant.level is not None:
            return False
        return self._own_day is not None or _when(meant) is not None

    def day(self, link: Link) -> Column | None:
        """Give the day by which these rows see the members of a link; None where they see them as they are now."""
        if not self.is_dated(link):
            return None
        when = _when(self.meant(link))
        if self._own_day is not None or when is None:
            return self._own_day
        own = when.link
        return self._key(own) if when.level.key == own.key else self._beside(own).c[when.level.key.name]

    def _beside(self, own: Link) -> sa.FromClause:
        """Put the rows of a dimension beside these, by a link of their own."""
        if own.name not in self._joined:
            name = self.name(own.name)
            rows = self._level_rows(own) if own.level else self.star.table(own.dimension.table, name)
            self.source = self.source.outerjoin(rows, rows.c[own.key.name] == self._key(own))
            self._joined[own.name] = rows
        return self._joined[own.name]

    def _versions(self, own: Link) -> DatedRows:
        """Put the versions of members beside these, each the one of the row's day."""
        if own.name not in self._dated:
            day = self.day(own)
            assert day is not None
            versions = self.star.versions(own.dimension.table, self.name(own.name))
            self.source = self.source.outerjoin(versions.rows, versions.on(self._key(own), day))
            self._dated[own.name] = versions
        return self._dated[own.name]

    def _changing(self, own: Link) -> frozenset[str]:
        """Name the columns that versions have for themselves, as far as these rows see any."""
        history = own.dimension.table.history
        return frozenset(column.name for column in history.changing) if history and self.is_dated(own) else frozenset()

    def _level_rows(self, link: Link) -> sa.FromClause:
        """Give one row for each key of a level above the leaves, with all that the key tells."""
        assert link.level is not None
        rows = self.star.table(link.dimension.table, "d")
        key = rows.c[link.level.key.name]
        told = {level.key.name for hierarchy in link.hierarchies for level in hierarchy.levels} - {link.level.key.name}
        columns = (sa.func.min(rows.c[name], type_=rows.c[name].type).label(name) for name in sorted(told))
        return sa.select(key, *columns).where(key.is_not(None)).group_by(key).subquery(self.name(link.name))

    def bridge_key(self, link: Link) -> Column:
        """Give the column whose keys a bridged link leads on from."""
        return self.base.c[link.column.name]

    def _column(self, link: Link, name: str) -> Column:
        """Give a column of a dimension's rows."""
        meant = self.meant(link)
        return (self._versions(meant).rows if name in self._changing(meant) else self._beside(meant)).c[name]

    def _unknown(self, link: Link) -> Part:
        """Tell which rows have a key without a row."""
        index = self.index(link)
        values = np.zeros(index.leaves + 1, np.int64)
        values[index.unknown_leaves] = 1
        return Part(self._is_unknown(link), pl.Series(values), NUMBER, tells_unknown=True)

    def _is_unknown(self, link: Link) -> Column:
        """Give 1 where a row's key has no row, else 0."""
        own = self.meant(link)
        joined = self._dated[own.name].rows if own.name in self._dated else self._beside(own)
        is_stray = sa.and_(self.key(link).is_not(None), joined.c[own.key.name].is_(None))
        return sa.case((is_stray, constant(1)), else_=constant(0))

    def _whole(self, link: Link) -> Part:
        """Tell the value of a derived attribute."""
        numbers = pl.Series(np.arange(self.index(link).leaves, dtype=np.int64)).extend_constant(None, 1)
        return Part(self.key(link), numbers, NUMBER)

    def _numbered(self, ref: LevelRef) -> Part:
        """Tell the members of a level that the database knows nothing of by their codes."""
        codes = pl.Series(self.index(ref.link).level(ref.levels).codes.astype(np.int64))
        return Part(self.mapped(ref.link, codes), codes, NUMBER)

    def _value(self, link: Link) -> Column:
        """Look up the value of a derived attribute by the members that have it."""
        if link not in self._derived:
            rows, values = self.star.derived[link].rows(), self.star.values[link].frame["code"].cast(pl.Int64)
            # Who is not in a set has the last value, as have those who are not sent.
            some = (values != self.index(link).leaves).arg_true()
            found: list[tuple[Part, pl.Series]] = []
            for leaves in rows.leaves:
                sent = leaves.positions[some.to_numpy()]
                found += [(part, part.values[sent]) for part in self.parts(leaves.refs)]
            self._derived[link] = self.beside("values", found, {"code": (values[some], NUMBER)})["code"]
        return self._derived[link]

    def beside(
        self,
        name: str,
        found: list[tuple[Part, pl.Series]],
        more: Mapping[str, tuple[pl.Series, DataType]],
        *,
        keeps_all: bool = True,
    ) -> Mapping[str, Column]:
        """Put a table of values beside the rows that have its members.

        Args:
            name: What it is of.
            found: The parts to join by, each with its values in the table; rows with values that repeat are copied.
            more: The table's other columns.
            keeps_all: Whether rows without members in the table are kept.

        Returns:
            The other columns; null for rows without.
        """
        by = {f"key_{place}": (values, part.type) for place, (part, values) in enumerate(found)}
        table = inline(self.name(name), {**by, **more}, self.star.dialect)
        conditions = (
            same(table.c[f"key_{place}"], part.column, self.star.dialect, has_null=values.null_count() > 0)
            for place, (part, values) in enumerate(found)
        )
        self.source = self.source.join(table, sa.and_(sa.true(), *conditions), isouter=keeps_all)
        return {label: table.c[label] for label in more}


def _when(link: Link) -> LevelRef | None:
    """Give the level whose day tells the version of a link's members; what other facts lead to is of their days."""
    return link.through.link.when if isinstance(link.through, ThroughFacts) else link.when


def constant(number: int) -> Column:
    """Write a number into the statement: what is grouped by is compared as it is written, parameters and all."""
    return sa.literal(number, sa.BigInteger, literal_execute=True)


def same(left: Column, right: Column, dialect: Dialect, *, has_null: bool) -> Column:
    """Compare keys, null being equal to null; plainly where there is none, so that joins can hash."""
    if not has_null:
        return left == right
    if dialect.hashes_null:
        return left.is_not_distinct_from(right)
    any_value = sa.literal(_ANY[left.type.python_type], left.type, literal_execute=True)
    values = [sa.func.coalesce(sa.cast(side, left.type), any_value) for side in (left, right)]
    return sa.and_(values[0] == values[1], left.is_(None) == right.is_(None))


def _with_null(values: pl.Series) -> pl.Series:
    return values.extend_constant(None, 1)
