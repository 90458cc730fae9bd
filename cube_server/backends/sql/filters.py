"""The filters of a cuboid of facts as conditions, each link's own way: by the fact's member, or by any of its many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeGuard

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.rows import RelationRows
from cube_server.backends.sql.conditions import fails, members_condition
from cube_server.backends.sql.dialects import Column
from cube_server.backends.sql.places import Gathering
from cube_server.backends.sql.reaches import Kept, Reach
from cube_server.backends.sql.rows import NUMBER, Rows
from cube_server.errors import QueryError
from cube_server.model.dimensions import LevelRef, Link
from cube_server.plan.nodes import Cuboid, Except, Facts, Filter, MovedCut, SemiJoin
from cube_server.query.spec import Cut

_ByMember = Cut | MovedCut


class Filters:
    """What the filters of one cuboid keep.

    Args:
        rows: The facts.
        gathering: What moves mean.
        facts: Gives the facts by a name.
        node: The cuboid.
    """

    def __init__(self, rows: Rows, gathering: Gathering, facts: Callable[[str], sa.FromClause], node: Cuboid) -> None:
        self._rows, self._gathering, self._facts, self._node = rows, gathering, facts, node

    def home(self, link: Link) -> Link:
        """Give the facts' own link that decides which members a fact has by a link.

        That is the link that it means or, of an attribute of members that a fact has many of, the link to those.
        """
        meant = self._rows.meant(link)
        if meant not in self._rows.star.derived:
            return meant
        key = self._rows.meant(self._rows.star.derived[meant].of)
        return key if key.through else meant

    def is_bridged(self, link: Link) -> bool:
        """Tell whether a fact has many members by a link."""
        return self.home(link).through is not None

    def reach(self, home: Link) -> Reach:
        """Give the pairs of a bridged link."""
        assert isinstance(self._node.source, Facts)
        return Reach(self._rows, self._facts, self._node.source.cube, home)

    def seen(self, home: Link) -> list[Kept]:
        """List through which members of a bridged link facts are seen."""
        parts = (part for part in self._node.filters if isinstance(part, _ByMember) and self._is_at(part, home))
        return self._masks(map(_seen, parts))

    def apply(self, grouped: Iterable[Link], relation: Callable[[SemiJoin], RelationRows]) -> None:
        """Keep the facts that satisfy all filters.

        Args:
            grouped: The bridged links in the grain: their pairs keep to what is seen.
            relation: Computes what a filter joins to.
        """
        self._rows.keep(self._conditions(self._node.filters, frozenset(grouped)))
        for part in self._node.filters:
            if isinstance(part, Except):
                within = sa.and_(sa.true(), *self._conditions(part.cuts, frozenset()))
                self._rows.keep([fails(within)])
            elif isinstance(part, SemiJoin):
                self._join(part, relation(part))

    def _conditions(self, filters: Iterable[Filter], grouped: frozenset[Link]) -> Iterator[Column]:
        by_member = [part for part in filters if isinstance(part, _ByMember)]
        for part in by_member:
            if not self.is_bridged(ref_cut(part).link):
                found = members_condition(self._rows, ref_cut(part), self._gathering.mask(part))
                yield from () if found is None else (found,)
        homes = dict.fromkeys(self.home(ref_cut(part).link) for part in by_member)
        for home in homes:
            if home.through is not None:
                yield from self._through(home, [part for part in by_member if self._is_at(part, home)], grouped)

    def _through(self, home: Link, parts: list[_ByMember], grouped: frozenset[Link]) -> Iterator[Column]:
        """Say that any member is seen, and none excluded."""
        reach, seen = self.reach(home), self._masks(map(_seen, parts))
        if home not in grouped and not all(mask.all() for _, mask in seen):
            yield reach.any(seen)
        for part in parts:
            if _drops_facts(part):
                (ref, mask), *_ = self._masks([replace(part, known=False)])
                yield reach.none([(ref, ~mask)])

    def _masks(self, parts: Iterable[_ByMember]) -> list[Kept]:
        return [(ref_cut(part), self._gathering.mask(part)) for part in parts]

    def _is_at(self, part: _ByMember, home: Link) -> bool:
        return self.home(ref_cut(part).link) == home

    def _join(self, part: SemiJoin, tuples: RelationRows) -> None:
        """Keep the facts whose members are those of a tuple, or of none."""
        many = next((ref for ref in part.on if self.is_bridged(ref.link)), None)
        if many is not None:
            problem = f"A fact has many members of {many.name}, so that it may be both of the shown and of the others."
            raise QueryError(problem, hint="Ask without others and without totals of the shown.")
        links = dict.fromkeys(ref.link for ref in part.on)
        parts = [
            (told, told.values[tuples.positions(link)])
            for link in links
            for told in self._rows.parts(tuple(ref for ref in part.on if ref.link == link))
        ]
        labels = [f"part_{place}" for place in range(len(parts))]
        ones = pl.Series("one", np.ones(tuples.size, np.int64))
        known = pl.DataFrame([ones, *(values.alias(label) for label, (_, values) in zip(labels, parts, strict=True))])
        known = known.unique()
        found = [(told, known[label]) for label, (told, _) in zip(labels, parts, strict=True)]
        one = self._rows.beside("tuples", found, {"one": (known["one"], NUMBER)})["one"]
        self._rows.keep([one.is_(None) if part.anti else one.is_not(None)])


def ref_cut(part: _ByMember) -> LevelRef:
    """Give the level that a filter goes by."""
    return part.ref if isinstance(part, Cut) else part.cut.ref


def _drops_facts(part: _ByMember) -> TypeGuard[Cut]:
    """Tell whether a cut over a bridge drops the facts that have an excluded member, whatever else they have."""
    return isinstance(part, Cut) and part.exclude and not part.each


def _seen(part: _ByMember) -> _ByMember:
    """Give what a filter says of the members through which a fact is seen over a bridge."""
    return replace(part, members=(), ranges=(), exclude=False, by_value=False) if _drops_facts(part) else part
