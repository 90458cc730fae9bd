"""Links by which one fact has many members: which keys of facts lead to which members, as a table of pairs.

The pairs are made in the database, each combination of what is grouped by once a key, so that no fact counts twice
under a member. Only pairs that a rule on dates makes travel, for they follow from members alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.rows import LeafRows
from cube_server.backends.embedded.spreads import through_dates
from cube_server.backends.sql.conditions import fails, members_condition
from cube_server.backends.sql.dialects import Column, Selection
from cube_server.backends.sql.inline import inline
from cube_server.backends.sql.rows import Rows
from cube_server.errors import InternalError
from cube_server.model.dimensions import LevelRef, Link, ThroughDates, ThroughFacts, ThroughTable

Kept = tuple[LevelRef, Mask]
"""A level of a bridged link, or a derived attribute of its members, and the leaves of it that are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """A table of pairs as it is: where the facts' keys stand, and where the members' keys."""

    rows: sa.FromClause
    source: Column
    target: Column


class Reach:
    """The pairs of one bridged link.

    Args:
        rows: The facts.
        facts: Gives the facts by another name.
        link: The link, as the facts know it.
    """

    def __init__(self, rows: Rows, facts: Callable[[str], sa.FromClause], link: Link) -> None:
        self._rows, self._facts, self._link = rows, facts, link
        self._star = rows.star

    @property
    def fact_key(self) -> Column:
        """The facts' column with the keys."""
        return self._rows.bridge_key(self._link)

    def leads_nowhere_to(self, kept: Sequence[Kept]) -> bool:
        """Tell whether facts whose key leads to no member are kept: those of the member null."""
        return all(bool(mask[self.null_leaf(ref)]) for ref, mask in kept)

    def pairs(self, kept: Sequence[Kept], *, with_facts: bool) -> Rows:
        """Give pairs whose members are kept, as rows of their own.

        Args:
            kept: What is kept of the members.
            with_facts: Whether keys of facts that lead nowhere are among them, with null.
        """
        ends = self._ends()
        base, source, target = ends.rows, ends.source, ends.target
        if with_facts and isinstance(self._link.through, ThroughFacts):
            # The facts are there already, each with itself; who has no key has nobody beside him.
            target = sa.case((source.is_not(None), target))
        elif with_facts:
            facts = self._facts(self._rows.name("facts"))
            own = sa.select(facts.c[self._link.column.name].label("key")).distinct().subquery(self._rows.name("keys"))
            base, source = own.outerjoin(base, source == own.c.key), own.c.key
        found = Rows(self._star, base, lambda _: target, self._rows.roles, source, self._rows.name)
        found.keep(members_condition(found, ref, mask) for ref, mask in kept)
        return found

    def any(self, kept: Sequence[Kept]) -> Column:
        """Say that a fact's key leads to a member that is kept."""
        found = self.pairs(kept, with_facts=False)
        key = found.pair_key
        assert key is not None
        is_led = self._is_among(found.select(key.label("key")).where(key.is_not(None)))
        return sa.or_(is_led, self._is_nowhere()) if self.leads_nowhere_to(kept) else is_led

    def none(self, kept: Sequence[Kept]) -> Column:
        """Say that a fact's key leads to no member that is marked."""
        return fails(self.any(kept))

    def _is_nowhere(self) -> Column:
        if isinstance(self._link.through, ThroughFacts):
            # A key leads to the fact's own member, if to no other.
            return self.fact_key.is_(None)
        ends = self._ends()
        every = sa.select(ends.source.label("key")).select_from(ends.rows).where(ends.source.is_not(None))
        return sa.or_(self.fact_key.is_(None), sa.not_(self._is_among(every)))

    def _is_among(self, keys: Selection) -> Column:
        """Say that a fact's key is among some, joined to them once each: not every database hashes long lists of IN."""
        found = keys.distinct().subquery(self._rows.name("among"))
        self._rows.source = self._rows.source.outerjoin(found, found.c.key == self.fact_key)
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
        spread = through_dates(through, time, index)
        pairs = pl.DataFrame({"day": spread.keys, "leaf": spread.leaves}).filter(
            (pl.col("day") < time.leaves) & (pl.col("leaf") < index.leaves)
        )
        days, members = star.keys(carrier), star.keys(_direct(self._link))
        day_of = np.full(time.leaves + 1, -1)
        day_of[days.positions] = np.arange(len(days.positions))
        keys, targets = days.keys[day_of[pairs["day"].to_numpy()]], members.keys[pairs["leaf"].to_numpy()]
        rows = inline(
            self._rows.name("days"), {"source": (keys, days.type), "target": (targets, members.type)}, star.dialect
        )
        return _Ends(rows, rows.c.source, rows.c.target)


def _direct(link: Link) -> Link:
    return Link(name=link.name, dimension=link.dimension, column=link.column, label=link.label)
