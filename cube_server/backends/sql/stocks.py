"""Many days to one value, over facts in a database: measures that add up over everything but time, such as a stock.

The database gives *entries*: a value of each item on each day, in each cell that gathers it. It gives the days of each
cell as well: the calendar's days, filtered and gathered as the facts are, whatever the facts. Which entry counts is
decided here, as for facts in memory (`backends.embedded.semi_additive`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from cube_server.backends.embedded.levels import LevelIndex, Mask
from cube_server.backends.embedded.rows import Leaves, Numbers, RelationRows
from cube_server.backends.sql.conditions import members_condition
from cube_server.backends.sql.cuboids import FactsWriter, Joined, places_of
from cube_server.backends.sql.inline import inline
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.statements import Statement
from cube_server.model.dimensions import LevelRef, Link, ThroughDates
from cube_server.model.elements import AggregateKind, SemiAdditive, Take
from cube_server.plan.coordinates import is_about, is_along
from cube_server.plan.nodes import Aggregate, Cuboid, Facts, ref_of

_ALL, _VALUE = "all", "value"
_EDGES = {Take.FIRST: "first", Take.LAST: "last"}
_FILLED = {Take.FIRST_NONEMPTY: pl.col("day").min(), Take.LAST_NONEMPTY: pl.col("day").max()}
_MERGED = {AggregateKind.MIN: pl.col("value").min(), AggregateKind.MAX: pl.col("value").max()}


@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """Values of items on days, in cells; none is null.

    Attributes:
        frame: A row each: a column for each part of the cell and of the item, `day` and `value`.
        cells: What the parts of the cell are of.
        items: The columns that tell the item.
        scale: As of Numbers.
    """

    frame: pl.DataFrame
    cells: tuple[Leaves, ...]
    items: tuple[str, ...]
    scale: int | None

    @property
    def cell(self) -> list[str]:
        """The columns that tell the cell."""
        return [_ALL, *(f"part_{place}" for place in range(len(self.cells)))]


class Stocks:
    """Computes the measures of one cuboid that go by days.

    Args:
        star: The star schema.
        node: The cuboid of facts.
        joined: Computes what filters join to.
        ask: Runs a statement.
    """

    def __init__(self, star: Star, node: Cuboid, joined: Joined, ask: Callable[[Statement], RelationRows]) -> None:
        assert isinstance(node.source, Facts)
        self._star, self._node, self._source = star, node, node.source
        self._joined, self._ask = joined, ask
        self._attributes = tuple(link.attribute for link in star.derived.values())

    def relation(self, aggregate: Aggregate) -> RelationRows:
        """Compute one measure for every cell that has a value."""
        rule = aggregate.rule
        assert rule is not None
        known = self._known_days(rule)
        days, by = self._days(rule, known)
        edge = _EDGES.get(rule.take)
        if edge is not None:
            level = self._star.index(rule.over.link.dimension).level(rule.over.levels)
            known = known & np.isin(level.codes, days[edge].to_numpy())
        found = self._entries(aggregate, rule, known)
        numbers = [f"part_{place}" for place, part in enumerate(found.cells) if part.refs in by]
        renamed = days.rename({f"part_{by.index(found.cells[int(n[5:])].refs)}": f"at_{n}" for n in numbers})
        frame = found.frame.join(
            renamed, left_on=[_ALL, *numbers], right_on=[_ALL, *(f"at_{n}" for n in numbers)], how="inner"
        )
        merged = _merged(aggregate.kind, rule, replace(found, frame=frame))
        return replace(merged, columns={aggregate.name: merged.columns[_VALUE]})

    def _entries(self, aggregate: Aggregate, rule: SemiAdditive, known: Mask) -> _Entries:
        """Ask for the values of items on known days."""
        writer = FactsWriter(self._star, self._node)
        writer.rows.keep([members_condition(writer.rows, rule.over, known)])
        plain = replace(aggregate, rule=None)
        relation = self._ask(writer.entries(self._joined, (*rule.items, rule.over), (plain,)))
        numbers = relation.columns[aggregate.name]
        count = len({ref.link for ref in rule.items})
        cells = relation.leaves[: len(relation.leaves) - count - 1]
        items = tuple(f"part_{len(cells) + place}" for place in range(count))
        days = self._level(rule).codes[relation.leaves[-1].positions]
        frame = places_of(relation).with_columns(day=pl.Series(days), value=pl.Series(numbers.values))
        if numbers.valid is not None:
            frame = frame.filter(pl.Series(numbers.valid))
        if rule.take in _FILLED and aggregate.kind is AggregateKind.COUNT:
            frame = frame.filter(pl.col("value") != 0)
        return _Entries(frame, cells, items, numbers.scale)

    def _days(self, rule: SemiAdditive, known: Mask) -> tuple[pl.DataFrame, list[tuple[LevelRef, ...]]]:
        """Find the days of cells: the calendar's, filtered and gathered as the facts are.

        Returns:
            The first, the last and the number of days by what cells say of time, and of which levels each part is.
        """
        grain = tuple(
            level for level in self._node.grain if is_along(ref_of(level), self._is_of_days(rule), self._attributes)
        )
        filters = tuple(part for part in self._node.filters if is_about(part, self._is_of_days(rule), self._attributes))
        node = Cuboid(self._source, grain, filters)
        link = self._meant(rule.over.link)
        keys = self._star.keys(link)
        marked = pl.Series(known[keys.positions])
        columns = {link.column.name: (keys.keys.filter(marked), keys.type)}
        writer = FactsWriter(self._star, node, lambda name: inline(name, columns, self._star.dialect))
        relation = self._ask(writer.entries(self._joined, (rule.over,), ()))
        parts = relation.leaves[:-1]
        day = pl.Series(self._level(rule).codes[relation.leaves[-1].positions])
        days = pl.col("day")
        frame = places_of(relation).with_columns(day=day)
        by = [_ALL, *(f"part_{place}" for place in range(len(parts)))]
        return frame.group_by(by).agg(first=days.min(), last=days.max(), count=days.n_unique()), [
            part.refs for part in parts
        ]

    def _known_days(self, rule: SemiAdditive) -> Mask:
        """Mark the leaves of time that lie on known days, from the first with facts to the last."""
        level = self._level(rule)
        classes = [level.frame[f"class_{depth}"].to_numpy() for depth in range(len(rule.over.levels))]
        known: Mask = (np.max(classes, axis=0) == 0)[level.codes]
        used = level.codes[known & self._star.fact_leaves(self._source.cube, self._meant(rule.over.link))]
        covered: Mask = (level.codes >= used.min()) & (level.codes <= used.max()) if len(used) else known & False
        return known & covered

    def _level(self, rule: SemiAdditive) -> LevelIndex:
        return self._star.index(rule.over.link.dimension).level(rule.over.levels)

    def _meant(self, link: Link) -> Link:
        return next((meant for asked, meant in self._source.roles if asked.name == link.name), link)

    def _is_of_days(self, rule: SemiAdditive) -> Callable[[Link], bool]:
        """Tell of a link whether its members are days, or told by the day alone."""
        time = self._meant(rule.over.link)

        def is_of_days(link: Link) -> bool:
            meant = self._meant(link)
            return time == (meant.through.carrier if isinstance(meant.through, ThroughDates) else meant)

        return is_of_days


def _merged(kind: AggregateKind, rule: SemiAdditive, found: _Entries) -> RelationRows:
    """Take each cell's value from its entries."""
    frame, scale = found.frame, found.scale
    item = [*found.cell, *found.items]
    if (edge := _EDGES.get(rule.take)) is not None:
        frame = frame.filter(pl.col("day") == pl.col(edge))
    elif (nearest := _FILLED.get(rule.take)) is not None:
        frame = frame.filter(pl.col("day") == nearest.over(item))
    else:
        days = pl.len() if rule.present else pl.col("count").first()
        mean = pl.col("value").sum() / days / 10.0 ** (scale or 0)
        frame, scale = frame.group_by(item).agg(value=mean), None
    cells = frame.group_by(found.cell).agg(_MERGED.get(kind, pl.col("value").sum()))
    leaves = (Leaves(part.refs, cells[f"part_{place}"].to_numpy()) for place, part in enumerate(found.cells))
    return RelationRows(cells.height, tuple(leaves), {_VALUE: Numbers(cells["value"].to_numpy(), scale, None)})
