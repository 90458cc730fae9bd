"""Links by which one fact has many members: which keys of facts lead to which members, as a table of pairs.

The pairs are made in the database, each combination of what is grouped by once a key, so that no fact counts twice
under a member. Only pairs that a rule on dates makes travel, for they follow from members alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.facts import goes_by_days
from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.rows import LeafRows
from cube_server.backends.sql.conditions import fails, members_condition
from cube_server.backends.sql.dialects import Column, Selection
from cube_server.backends.sql.inline import inline
from cube_server.backends.sql.rows import Rows, same
from cube_server.errors import InternalError
from cube_server.model.dimensions import LevelRef, Link, ThroughDates, ThroughFacts, ThroughTable
from cube_server.model.elements import Cube

Kept = tuple[LevelRef, Mask]
"""A level of a bridged link, or a derived attribute of its members, and the leaves of it that are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """A table of pairs as it is: where the facts' keys stand, where the members' keys, and of pairs on days the day."""

    rows: sa.FromClause
    source: Column
    target: Column
    day: Column | None = None


class Reach:
    """The pairs of one bridged link.

    Args:
        rows: The facts.
        facts: Gives the facts by another name.
        cube: Whose facts.
        link: The link, as the facts know it.
    """

    def __init__(self, rows: Rows, facts: Callable[[str], sa.FromClause], cube: Cube, link: Link) -> None:
        self._rows, self._facts, self._cube, self._link = rows, facts, cube, link
        self._star = rows.star

    @property
    def by(self) -> dict[str, Column]:
        """The facts' columns that pairs go by: the key and, where a key leads to others on other days, the day."""
        day = self._rows.day(self._link) if self._goes_by_days else None
        return {"key": self._fact_key, **({} if day is None else {"day": day})}

    @property
    def _fact_key(self) -> Column:
        return self._rows.bridge_key(self._link)

    def leads_nowhere_to(self, kept: Sequence[Kept]) -> bool:
        """Tell whether facts whose key leads to no member are kept: those of the member null, if there are any."""
        return all(bool(mask[self.null_leaf(ref)]) for ref, mask in kept) and self._leads_nowhere

    @property
    def _leads_nowhere(self) -> bool:
        """Whether any key may lead to no member. What goes by days may on days that no fact is of."""
        by_days = isinstance(self._link.through, ThroughDates) or self._goes_by_days
        return by_days or bool(self._star.used_leaves(self._cube, self._link)[-1])

    def pairs(self, kept: Sequence[Kept], *, with_facts: bool, own: sa.FromClause | None = None) -> Rows:
        """Give pairs whose members are kept, as rows of their own.

        Args:
            kept: What is kept of the members.
            with_facts: Whether keys of facts that lead nowhere are among them, with null.
            own: The keys that matter, each once, or once on each day where days make a difference; by default those of
                all facts.
        """
        ends = self._ends()
        base, source, target, day, pair_day = ends.rows, ends.source, ends.target, ends.day, None
        if isinstance(self._link.through, ThroughFacts) and not self._goes_by_days:
            if own is not None:
                base = base.join(own, same(own.c.key, source, self._star.dialect, has_null=with_facts))
            if with_facts:
                # The facts are there already, each with itself; who has no key has nobody beside him.
                target = sa.case((source.is_not(None), target))
        elif with_facts or self._goes_by_days or own is not None:
            own = self._own_keys() if own is None else own
            base, source = own.join(base, source == own.c.key, isouter=with_facts), own.c.key
            if self._goes_by_days:
                day = pair_day = own.c.day
        found = Rows(
            self._star,
            base,
            lambda link: target if link.through else ends.rows.c[link.column.name],
            self._rows.roles,
            source,
            self._rows.name,
            day,
            pair_day,
        )
        found.keep(members_condition(found, ref, mask) for ref, mask in kept)
        return found

    def told(self, pairs: Rows, *columns: Column) -> sa.Subquery:
        """Give the facts' keys of pairs with some columns, each combination once."""
        assert pairs.pair_key is not None
        days = () if pairs.pair_day is None else (pairs.pair_day.label("day"),)
        return pairs.select(pairs.pair_key.label("key"), *days, *columns).distinct().subquery(self._rows.name("pairs"))

    def on(self, told: sa.Subquery, by: Mapping[str, Column], *, has_null: bool) -> Column:
        """Say that pairs that were told are those of a fact.

        Args:
            told: The pairs.
            by: What is to be compared with them, as in `by`.
            has_null: Whether keys are null, too.
        """
        dialect = self._star.dialect
        key, *days = (same(told.c[name], by[name], dialect, has_null=has_null or name == "day") for name in by)
        return sa.and_(key, *days)

    @property
    def _goes_by_days(self) -> bool:
        """Whether a key leads to other versions of its members on other days."""
        return goes_by_days(self._link)

    def _own_keys(self) -> sa.Subquery:
        """Give the keys that the facts have, each once; where days make a difference, once on each."""
        facts = self._facts(self._rows.name("facts"))
        rows = Rows(self._star, facts, lambda link: facts.c[link.column.name], name=self._rows.name)
        day = rows.day(self._link) if self._goes_by_days else None
        days = () if day is None else (day.label("day"),)
        keys = rows.select(facts.c[self._link.column.name].label("key"), *days)
        return keys.distinct().subquery(self._rows.name("keys"))

    def any(self, kept: Sequence[Kept]) -> Column:
        """Say that a fact's key leads to a member that is kept."""
        found = self.pairs(kept, with_facts=False)
        key = found.pair_key
        assert key is not None
        if self._goes_by_days:
            pairs = self.told(found)
            on = self.on(pairs, self.by, has_null=False)
            self._rows.source = self._rows.source.outerjoin(pairs, on)
            is_led: Column = pairs.c.key.is_not(None)
        else:
            is_led = self._is_among(found.select(key.label("key")).where(key.is_not(None)))
        return sa.or_(is_led, self._is_nowhere()) if self.leads_nowhere_to(kept) else is_led

    def none(self, kept: Sequence[Kept]) -> Column:
        """Say that a fact's key leads to no member that is marked."""
        return fails(self.any(kept))

    def _is_nowhere(self) -> Column:
        if isinstance(self._link.through, ThroughFacts):
            # A key leads to the fact's own member, if to no other.
            return self._fact_key.is_(None)
        ends = self._ends()
        every = sa.select(ends.source.label("key")).select_from(ends.rows).where(ends.source.is_not(None))
        return sa.or_(self._fact_key.is_(None), sa.not_(self._is_among(every)))

    def _is_among(self, keys: Selection) -> Column:
        """Say that a fact's key is among some, joined to them once each: not every database hashes long lists of IN."""
        found = keys.distinct().subquery(self._rows.name("among"))
        self._rows.source = self._rows.source.outerjoin(found, found.c.key == self._fact_key)
        return found.c.key.is_not(None)

    def null_leaf(self, ref: LevelRef) -> int:
        """Give the leaf that stands for null: of a derived attribute the value that the member null has."""
        index = self._star.index(self._link.dimension)
        if ref.link not in self._star.derived:
            return index.leaves
        every = LeafRows(self._star.derived[ref.link].of, index.leaves + 1)
        return int(self._star.derived[ref.link].positions(every)[-1])

    def _ends(self) -> _Ends:
        match self._link.through:
            case ThroughTable(table=table, source=source, target=target):
                rows = self._star.table(table, self._rows.name("bridge"))
                return _Ends(rows, rows.c[source.name], rows.c[target.name])
            case ThroughFacts(link=other):
                rows = self._facts(self._rows.name("also"))
                return _Ends(rows, rows.c[self._link.column.name], rows.c[other.column.name])
            case ThroughDates() as through:
                return self._days(through)
        raise InternalError(f"{self._link.name} is no bridge.")

    def _days(self, through: ThroughDates) -> _Ends:
        """Work the rule out: it is of members alone."""
        star, carrier = self._star, through.carrier
        time, index = star.index(carrier.dimension), star.index(self._link.dimension)
        spread = star.spread(self._link, through)
        pairs = pl.DataFrame({"day": spread.keys, "leaf": spread.leaves}).filter(
            (pl.col("day") < time.leaves) & (pl.col("leaf") < index.leaves)
        )
        days, key = star.keys(carrier), self._link.dimension.key
        day_of = np.full(time.leaves + 1, -1)
        day_of[days.positions] = np.arange(len(days.positions))
        columns = {
            "source": (days.keys[day_of[pairs["day"].to_numpy()]], days.type),
            "target": (index.frame[key.name][pairs["leaf"].to_numpy()], key.type),
        }
        if self._link.dimension.scd == "now":
            rows = inline(self._rows.name("days"), columns, star.dialect)
            return _Ends(rows, rows.c.source, rows.c.target)
        dates = time.column(through.day.key.name)[pairs["day"].to_numpy()]
        rows = inline(self._rows.name("days"), {**columns, "day": (dates, through.day.key.type)}, star.dialect)
        return _Ends(rows, rows.c.source, rows.c.target, rows.c.day)
