"""Which rollup answers a cuboid: the smallest that tells all that it asks.

A rollup's row stands for the facts of one cell. It answers for them where nothing that the cuboid looks up by their
leaves (levels of its grain, cuts, moves) differs within a cell, and where each aggregate follows from the aggregates of
cells: sums, counts, least and greatest values do; means and variances follow from counts, sums and scatters; distinct
counts where the cells tell the keys, or where no key lies in two cells. Whether a cell tells a level is read off the
snapshot's own members, so that a level above, an attribute, and whatever else is the same for all leaves of a cell
needs no declaration: a cut of days from the first of April to the last of June is answered by months.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.gathering import Gathering, Layout, ref_of
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.rollups.kept import (
    ROWS,
    Grain,
    Kept,
    counts,
    distincts,
    greatest,
    least,
    scatters,
    sums,
)
from cube_server.model.dimensions import Dimension, LevelRef, Link
from cube_server.model.elements import AggregateKind
from cube_server.model.tables import Column
from cube_server.plan.nodes import Aggregate, Cuboid, Except, Filter, MovedCut, MovedLevel, SemiJoin
from cube_server.query.spec import Cut

Indexes = Callable[[Dimension], DimensionIndex]

MOMENTS = (AggregateKind.AVG, AggregateKind.VARIANCE, AggregateKind.STDDEV)
"""The aggregates that follow from several of a rollup's columns: their operand is the name of the facts' column."""

_OF_COLUMNS = {
    AggregateKind.SUM: (sums, AggregateKind.SUM),
    AggregateKind.COUNT: (counts, AggregateKind.SUM),
    AggregateKind.MIN: (least, AggregateKind.MIN),
    AggregateKind.MAX: (greatest, AggregateKind.MAX),
}


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A rollup that is there to answer, with what its grain tells."""

    kept: Kept
    grain: Grain


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A cuboid as it is computed over a rollup.

    Attributes:
        rollup: The rollup.
        node: The cuboid with its aggregates over the rollup's columns; its source stays the facts, of which moves and
            bridges go on to know.
    """

    rollup: Open
    node: Cuboid


class Fit:
    """Tells what one rollup lacks to answer a cuboid.

    Args:
        rollup: The rollup.
        facts: The facts that the cuboid is of.
        gathering: Lays cuboids out.
        dimension: Gives the index of a dimension.
    """

    def __init__(self, rollup: Open, facts: FactRows, gathering: Gathering, dimension: Indexes) -> None:
        self._grain, self._kept = rollup.grain, rollup.kept
        self._facts, self._gathering, self._dimension = facts, gathering, dimension

    def lacking(self, node: Cuboid, layout: Layout) -> Iterator[str]:
        """Go through what the rollup lacks, in words."""
        yield from self.untold(node, layout)
        yield from self.underived(node)

    def untold(self, node: Cuboid, layout: Layout) -> Iterator[str]:
        """Go through the levels, windows and cuts that the rollup does not tell."""
        if any(part not in node.filters for part in self._kept.filters):
            yield "it is within another cut"
            return
        for level in node.grain:
            if not (isinstance(level, MovedLevel) and level.moves) and not self._tells(ref_of(level)):
                yield f"it does not tell {ref_of(level).name}"
        for bridge in layout.bridges:
            if not self._is_constant(bridge.combination.link, bridge.combination.codes):
                yield f"it does not tell what {', '.join(ref.name for ref in bridge.combination.refs)} gathers"
        for part in node.filters:
            if part not in self._kept.filters and not self._decides(node, part):
                yield f"it does not tell {_about(part)}"

    def underived(self, node: Cuboid) -> Iterator[str]:
        """Go through the aggregates that do not follow from the rollup's."""
        for aggregate in node.aggregates:
            if self.served(aggregate) is None:
                yield f"{aggregate.name} does not follow from its cells{_why(aggregate)}"

    def served(self, aggregate: Aggregate) -> Aggregate | None:
        """Give an aggregate of facts as one of the rollup's rows; None where it does not follow from them."""
        if aggregate.rule is not None and not all(map(self._tells, (aggregate.rule.over, *aggregate.rule.items))):
            return None
        match aggregate.over:
            case None:
                is_kept = ROWS in self._kept.numbers
                return replace(aggregate, kind=AggregateKind.SUM, over=ROWS) if is_kept else None
            case LevelRef() as ref:
                return self._of_level(aggregate, ref)
            case Column() as column:
                return self._of_keys(aggregate, column) or self._of_column(aggregate, column)
        return None

    def _of_level(self, aggregate: Aggregate, ref: LevelRef) -> Aggregate | None:
        if self._tells(ref):
            return aggregate
        if self._facts.derived(ref.link) is not None or self._facts.spread(ref.link) is not None:
            return None
        return self._counted(aggregate, distincts(self._facts.axis(ref.link), ref))

    def _of_keys(self, aggregate: Aggregate, column: Column) -> Aggregate | None:
        if aggregate.kind is not AggregateKind.DISTINCT:
            return None
        return aggregate if column.name in self._kept.keys else self._counted(aggregate, distincts(column.name))

    def _counted(self, aggregate: Aggregate, name: str) -> Aggregate | None:
        is_kept = aggregate.kind is AggregateKind.DISTINCT and name in self._kept.numbers
        return replace(aggregate, kind=AggregateKind.SUM, over=name) if is_kept else None

    def _of_column(self, aggregate: Aggregate, column: Column) -> Aggregate | None:
        if aggregate.kind in MOMENTS:
            needed = [sums(column.name), counts(column.name)]
            needed += [scatters(column.name)] if aggregate.kind is not AggregateKind.AVG else []
            return replace(aggregate, over=column.name) if self._kept.numbers.keys() >= set(needed) else None
        if aggregate.kind not in _OF_COLUMNS:
            return None
        name, kind = _OF_COLUMNS[aggregate.kind]
        return (
            replace(aggregate, kind=kind, over=name(column.name)) if name(column.name) in self._kept.numbers else None
        )

    def _tells(self, ref: LevelRef) -> bool:
        """Tell whether the rollup tells the members of a level; over a bridge, the keys that lead to them."""
        derived = self._facts.derived(ref.link)
        if derived is not None:
            return all(map(self._tells, derived.attribute.keys))
        axis = self._facts.axis(ref.link)
        if self._facts.spread(ref.link) is not None:
            return self._grain.is_exact(axis)
        return self._grain.tells(axis, ref, self._dimension(ref.link.dimension))

    def _is_constant(self, link: Link, values: Codes | Mask) -> bool:
        """Tell whether what is known of each leaf, or of each key of a bridge, is the same within all cells."""
        derived = self._facts.derived(link)
        if derived is not None and self._facts.spread(derived.of) is None:
            return all(map(self._tells, derived.attribute.keys))
        axis = self._facts.axis(derived.of if derived else link)
        return self._grain.is_constant(axis, values)

    def _decides(self, node: Cuboid, part: Filter) -> bool:
        match part:
            case Cut(ref=ref, known=False) if self._tells(ref):
                return True
            case Cut() | MovedCut():
                masks = self._gathering.masks(node, (part,))
                return all(mask.all() or self._is_constant(link, mask) for link, mask in masks.items())
            case Except(cuts=cuts):
                masks = self._gathering.masks(node, cuts)
                return all(self._is_constant(link, mask) for link, mask in masks.items())
            case SemiJoin(on=on):
                return all(map(self._tells, on))
        return False


def _about(part: Filter) -> str:
    match part:
        case Cut(ref=ref) | MovedCut(cut=Cut(ref=ref)):
            return ref.name
        case Except(cuts=cuts):
            return ", ".join(cut.ref.name for cut in cuts)
        case SemiJoin(on=on):
            return ", ".join(ref.name for ref in on)
    return "a condition"


def _why(aggregate: Aggregate) -> str:
    is_distinct = aggregate.kind is AggregateKind.DISTINCT
    return ", as the same key may lie in several" if is_distinct else ""


def route(node: Cuboid, rollups: Iterable[Open], fit: Callable[[Open], Fit], layout: Layout) -> Route | None:
    """Find the first rollup that answers a cuboid.

    Args:
        node: A cuboid of facts.
        rollups: What there is, the smallest first.
        fit: Tells how a rollup fits.
        layout: How the cuboid is laid out.
    """
    for rollup in rollups:
        fitting = fit(rollup)
        if next(fitting.lacking(node, layout), None) is None:
            served = tuple(found for aggregate in node.aggregates if (found := fitting.served(aggregate)))
            return Route(rollup, replace(node, aggregates=served))
    return None


def told(node: Cuboid, rollups: Iterable[Open], fit: Callable[[Open], Fit], layout: Layout) -> str:
    """Tell which rollup answers a cuboid or, where none does, what the one that lacks least lacks."""
    lacking: list[tuple[list[str], list[str], Open]] = []
    for rollup in rollups:
        fitting = fit(rollup)
        untold, underived = list(fitting.untold(node, layout)), list(fitting.underived(node))
        if not (untold or underived):
            return f"from rollup {rollup.kept.definition.name}, {rollup.kept.size:,} rows"
        lacking.append((untold, underived, rollup))
    if not lacking:
        return ""
    # What tells all levels comes nearest, even if measures do not follow.
    untold, underived, nearest = min(lacking, key=lambda one: (len(one[0]), len(one[1])))
    return f"from the facts: of rollup {nearest.kept.definition.name}, {', '.join((*untold, *underived))}"
