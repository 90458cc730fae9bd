"""Cuboids of facts, a statement each: from the grain to columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.moves import moved_levels, plain_levels
from cube_server.backends.embedded.rows import RelationRows
from cube_server.backends.sql.aggregates import DISPERSIONS, Measured, level_number, measured, over_level
from cube_server.backends.sql.cells import CellRows, put_together
from cube_server.backends.sql.codes import coded
from cube_server.backends.sql.dialects import Column
from cube_server.backends.sql.filters import Filters
from cube_server.backends.sql.members import reference
from cube_server.backends.sql.parts import Check, Part
from cube_server.backends.sql.places import Gathering
from cube_server.backends.sql.rows import NUMBER, Rows, constant
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.statements import Statement, Told
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.tables import Column as FactColumn
from cube_server.plan.nodes import Aggregate, Cuboid, Facts, MovedLevel, SemiJoin
from cube_server.types import DataType

Joined = Callable[[SemiJoin], RelationRows]
"""Computes the relation that a filter joins to."""
_Keys = Mapping[Link, Mapping[str, Column]]
"""By bridged link the columns that pairs go by: see `Reach.by`."""


class Source(Protocol):
    """Rows that stand for facts, each for many."""

    def rows(self, star: Star, roles: Mapping[str, Link], /) -> Rows:
        """Give them as rows.

        Args:
            star: The star schema.
            roles: What links of another cube mean here, by name.
        """

    def measured(self, aggregate: Aggregate, rows: Rows, /) -> Measured:
        """Write an aggregate of facts over these rows."""

    def is_apart(self, aggregate: Aggregate, /) -> bool:
        """Tell whether an aggregate takes a statement of its own."""

    def apart(
        self, aggregate: Aggregate, rows: Rows, groups: Mapping[str, Column], /
    ) -> tuple[sa.FromClause, Measured]:
        """Write such an aggregate over rows that are made of these, with columns for the groups by the same labels."""


class FactsWriter:
    """Writes statements over the facts of one cuboid.

    Args:
        star: The star schema.
        node: The cuboid; its source are facts.
        facts: Gives the facts by a name, if other rows are in their place.
        source: Is read in place of the facts, if it is given.
    """

    def __init__(
        self,
        star: Star,
        node: Cuboid,
        facts: Callable[[str], sa.FromClause] | None = None,
        source: Source | None = None,
    ) -> None:
        assert isinstance(node.source, Facts)
        table = node.source.cube.table
        facts = facts or partial(star.table, table)
        self._node = node
        self._measured = source.measured if source else measured
        roles = {asked.name: meant for asked, meant in node.source.roles}
        self.rows = source.rows(star, roles) if source else _rows_of_facts(star, facts("f"), roles)
        self.gathering = Gathering(self.rows, node.source)
        self.filters = Filters(self.rows, self.gathering, facts, node)
        self._homes: tuple[Link, ...] = ()
        self._moved: list[MovedLevel] = []
        self._told: list[Told] = []
        self._columns: list[Column] = []
        self._schema: dict[str, DataType] = {}
        self._checked: dict[str, Column] = {}

    def cuboid(self, joined: Joined, aggregates: tuple[Aggregate, ...]) -> Statement:
        """Write the aggregates that take each fact as it is."""
        self._prepare(joined)
        found = {part.name: self._measured(part, self.rows) for part in aggregates}
        return self._statement(found, adds_up=_add_up(aggregates))

    def apart(self, joined: Joined, aggregate: Aggregate, source: Source) -> Statement:
        """Write an aggregate that its source makes of rows of its own."""
        self._prepare(joined)
        self._lead(self.rows, self._keys(), None)
        cells, found = source.apart(aggregate, self.rows, dict(zip(self._schema, self._columns, strict=True)))
        groups = [cells.c[label] for label in self._schema]
        select = sa.select(*groups, found.column.label("m0"), sa.func.count().label("n")).select_from(cells)
        select = select.group_by(*groups) if groups else select.having(sa.func.count() > 0)
        return Statement(
            select, {**self._schema, "m0": found.type, "n": NUMBER}, tuple(self._told), {aggregate.name: found}
        )

    def counted(self, joined: Joined, aggregate: Aggregate) -> Statement:
        """Write an aggregate over the members of a bridged link, of which a fact has many."""
        assert isinstance(aggregate.over, LevelRef)
        self._prepare(joined, self.filters.home(aggregate.over.link))
        return self._statement({}, counted=aggregate)

    def listed(self, joined: Joined, column: FactColumn) -> tuple[Statement, str]:
        """Write the different values of a facts' column in each cell; give the label of the values, too."""
        self._prepare(joined)
        (label,) = self._add([(self.rows.base.c[column.name], column.type)])
        return self._statement({}), label

    def entries(self, joined: Joined, levels: tuple[LevelRef, ...], aggregates: tuple[Aggregate, ...]) -> Statement:
        """Write aggregates at a finer grain: that of the cuboid and some levels more, which are told last."""
        self._prepare(joined)
        own = len(self._told)
        for link in dict.fromkeys(ref.link for ref in levels):
            refs = tuple(ref for ref in levels if ref.link == link)
            self._tell_plain(refs)
        more, self._told = self._told[own:], self._told[:own]
        found = {part.name: self._measured(part, self.rows) for part in aggregates}
        statement = self._statement(found, adds_up=_add_up(aggregates))
        return replace(statement, told=(*statement.told, *more))

    def _prepare(self, joined: Joined, counted: Link | None = None) -> None:
        """Filter, and group by what each fact has one of.

        Args:
            joined: Computes what filters join to.
            counted: The bridged link of which members are counted.
        """
        plain, moved = plain_levels(self._node.grain), moved_levels(self._node.grain)
        levels = (*plain, *(level.ref for level in moved))
        grouped = dict.fromkeys(self.filters.home(ref.link) for ref in levels if self.filters.is_bridged(ref.link))
        self._homes = tuple(dict.fromkeys((*grouped, *((counted,) if counted else ()))))
        self.filters.apply(grouped, joined)
        for link in dict.fromkeys(ref.link for ref in plain if not self.filters.is_bridged(ref.link)):
            refs = tuple(ref for ref in plain if ref.link == link)
            self._tell_plain(refs)
        self._moved = [level for level in moved if not self.filters.is_bridged(level.ref.link)]

    def _statement(
        self, found: dict[str, Measured], *, counted: Aggregate | None = None, adds_up: bool = True
    ) -> Statement:
        over, keys, checked = self.rows, self._keys(), self._checked
        if adds_up and (self._homes or self._moved):
            checks = (Measured(column, NUMBER) for column in checked.values())
            over, keys, merged = self._together(keys, (*found.values(), *checks))
            found = dict(zip(found, merged, strict=False))
            checked = {label: part.column for label, part in zip(checked, merged[len(found) :], strict=True)}
        number = self._lead(over, keys, counted)
        if counted is not None and number is not None:
            found = {counted.name: over_level(counted.kind, number)}
        groups = [column.label(label) for label, column in zip(self._schema, self._columns, strict=True)]
        values = [value.column.label(f"m{place}") for place, value in enumerate(found.values())]
        checks_labelled = [column.label(label) for label, column in checked.items()]
        select = over.select(*groups, *values, *checks_labelled, sa.func.count().label("n"))
        # Without groups SQL has a row of nothing, and a cuboid of no facts has no row.
        select = select.group_by(*self._columns) if groups else select.having(sa.func.count() > 0)
        types = {f"m{place}": value.type for place, value in enumerate(found.values())}
        types |= dict.fromkeys(checked, NUMBER)
        return Statement(select, {**self._schema, **types, "n": NUMBER}, tuple(self._told), found)

    def _keys(self) -> _Keys:
        return {home: self.filters.reach(home).by for home in self._homes}

    def _together(self, keys: _Keys, found: tuple[Measured, ...]) -> tuple[Rows, _Keys, tuple[Measured, ...]]:
        """Put facts together before they lead to many members; give the rows, their keys and aggregates of these."""
        held = {level.ref.link: self.rows.held(level.ref.link) for level in self._moved}
        named = {(home, name): column for home, by in keys.items() for name, column in by.items()}
        parts = {(link, place): part.column for link, of in held.items() for place, part in enumerate(of.parts)}
        labels = {key: f"key_{place}" for place, key in enumerate((*named, *parts))}
        by = {labels[key]: column for key, column in (*named.items(), *parts.items())}
        cells = put_together(self.rows, dict(zip(self._schema, self._columns, strict=True)), by, found)
        own = cells.table.c
        self._columns = [own[label] for label in self._schema]
        moved = {
            link: replace(
                of, parts=tuple(replace(part, column=own[labels[link, place]]) for place, part in enumerate(of.parts))
            )
            for link, of in held.items()
        }
        led = {home: {name: own[labels[home, name]] for name in by} for home, by in keys.items()}
        return CellRows(self.rows, cells.table, moved), led, cells.measured

    def _tell_plain(self, refs: tuple[LevelRef, ...]) -> None:
        """Group by what tells some levels of a link; what that leaves out is checked, not grouped by."""
        if self._homes:
            self._tell(refs, coded(self.rows, refs))
            return
        parts = self.rows.parts(refs)
        told = self.rows.telling(refs, parts)
        left = next((part for part in parts if part.tells_unknown and part not in told), None)
        self._tell(refs, told, self._check(refs[0].link, left, told) if left else None)

    def _check(self, link: Link, part: Part, told: tuple[Part, ...]) -> Check:
        assert isinstance(self._node.source, Facts)
        (meant,) = reference(self._node.source.cube, self.rows.meant(link))
        is_null_alone = any(part.values.null_count() == 1 for part in told)
        if is_null_alone and not self.rows.star.strays(meant).has_null:
            return Check(part, None)
        label = f"x{len(self._checked)}"
        self._checked[label] = sa.func.max(part.column)
        return Check(part, label)

    def _tell(self, refs: tuple[LevelRef, ...], parts: tuple[Part, ...], check: Check | None = None) -> None:
        labels = self._add([(part.column, part.type) for part in parts])
        self._told.append(Told(refs, labels, parts, check=check))

    def _tell_moved(self, level: MovedLevel, column: Column) -> None:
        target = self.gathering.target(self._node, level)
        self._told.append(Told(target.refs, self._add([(column, NUMBER)]), (), target))

    def _add(self, columns: list[tuple[Column, DataType]]) -> tuple[str, ...]:
        labels = tuple(f"g{len(self._columns) + place}" for place in range(len(columns)))
        self._columns += [column for column, _ in columns]
        self._schema |= {label: type_ for label, (_, type_) in zip(labels, columns, strict=True)}
        return labels

    def _move(self, rows: Rows, level: MovedLevel) -> Column:
        """Copy rows to the members that gather them; give the members' codes."""
        link = level.ref.link
        pairs = self.gathering.pairs(level, rows.reached(link))
        if pairs.atoms is None:
            by = [(part, part.values[pairs.places]) for part in rows.held(link).parts]
        else:
            atoms = pl.Series(pairs.atoms)
            by = [(Part(rows.mapped(link, atoms.set(atoms < 0, None)), atoms, NUMBER), pairs.places)]
        return rows.beside("moved", by, {"member": (pairs.members, NUMBER)}, keeps_all=False)["member"]

    def _lead(self, over: Rows, keys: _Keys, counted: Aggregate | None) -> Column | None:
        """Join rows to all members that gather them, or that their keys lead to; give what is counted of members."""
        for level in self._moved:
            self._tell_moved(level, self._move(over, level))
        at = self.filters.home(counted.over.link) if counted and isinstance(counted.over, LevelRef) else None
        found = {home: self._join(over, home, by, counted if home == at else None) for home, by in keys.items()}
        return found[at] if at else None

    def _join(self, over: Rows, home: Link, by: Mapping[str, Column], counted: Aggregate | None) -> Column | None:
        """Join the pairs of a bridged link, each combination of what is grouped by or counted once a key."""
        reach, kept = self.filters.reach(home), self.filters.seen(home)
        moved = [level for level in moved_levels(self._node.grain) if self.filters.home(level.ref.link) == home]
        is_whole = not moved and all(mask.all() for _, mask in kept)
        with_facts = not is_whole and reach.leads_nowhere_to(kept)
        # Few facts have few keys, and those of others need no pairs.
        own = sa.select(*(column.label(name) for name, column in by.items())).distinct().subquery(over.name("keys"))
        is_few = over is not self.rows and self.rows.is_filtered
        pairs = reach.pairs(kept, with_facts=with_facts, own=own if is_few else None)
        told = self._told_by(pairs, home)
        codes = [self._move(pairs, level) for level in moved]
        number = None
        if counted is not None:
            assert isinstance(counted.over, LevelRef)
            number = level_number(counted.kind, counted.over, pairs)
        columns = [
            *(part.column for _, parts in told for part in parts),
            *codes,
            *((number,) if number is not None else ()),
        ]
        labelled = (column.label(f"c{place}") for place, column in enumerate(columns))
        table = reach.told(pairs, *labelled)
        over.source = over.source.join(table, reach.on(table, by, has_null=with_facts), isouter=is_whole)
        joined = iter([table.c[f"c{place}"] for place in range(len(columns))])
        for refs, parts in told:
            null = reach.null_leaf(refs[0])
            self._tell(refs, tuple(replace(part, column=_or_null(next(joined), part, null, table)) for part in parts))
        for level in moved:
            self._tell_moved(level, next(joined))
        return next(joined, None)

    def _told_by(self, pairs: Rows, home: Link) -> list[tuple[tuple[LevelRef, ...], tuple[Part, ...]]]:
        """Give what tells the members that pairs lead to, by link."""
        plain = [ref for ref in plain_levels(self._node.grain) if self.filters.home(ref.link) == home]
        links = dict.fromkeys(ref.link for ref in plain)
        levels = [tuple(ref for ref in plain if ref.link == link) for link in links]
        return [(refs, coded(pairs, refs)) for refs in levels]


def _rows_of_facts(star: Star, facts: sa.FromClause, roles: Mapping[str, Link]) -> Rows:
    return Rows(star, facts, lambda link: facts.c[link.column.name], roles)


def _add_up(aggregates: tuple[Aggregate, ...]) -> bool:
    """Tell whether aggregates can be put together of those of parts of the rows, by the same functions."""
    return not any(part.kind in DISPERSIONS for part in aggregates)


def _or_null(column: Column, part: Part, null: int, pairs: sa.FromClause) -> Column:
    """Give a column of pairs, and for facts without any what it is of the member null."""
    value = part.values[null]
    if value is None:
        return column
    # Of what follows from two columns databases expect a group for each two of their values.
    other = constant(int(value))
    return sa.func.coalesce(column, other) if part.is_filled else sa.case((pairs.c.key.is_(None), other), else_=column)


def places_of(relation: RelationRows) -> pl.DataFrame:
    """Give the leaves of a relation's rows, a column for each part; a row even where there are no parts."""
    parts = {f"part_{place}": part.positions for place, part in enumerate(relation.leaves)}
    return pl.DataFrame({"all": np.zeros(relation.size, np.int8), **parts})
