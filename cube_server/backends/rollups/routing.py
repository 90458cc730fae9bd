"""Which rollup answers a cuboid: the smallest that tells all that it asks.

A rollup's row stands for the facts of one cell. It answers for them where nothing that the cuboid looks up by their
leaves (levels of its grain, cuts, moves) differs within a cell, and where each aggregate follows from the aggregates of
cells: sums, counts, least and greatest values do; means and variances follow from counts, sums and scatters; distinct
counts where the cells tell the keys or hold sets of them, or where no key lies in two cells. Whether a cell tells a
level is read off the snapshot's own members, so that a level above, an attribute, and whatever else is the same for all
leaves of a cell needs no declaration: a cut of days from the first of April to the last of June is answered by months.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from cube_server.backends.rollups.definition import Definition
from cube_server.backends.rollups.grain import Codes, Grain, Index, Mask
from cube_server.backends.rollups.naming import ROWS, counts, distincts, greatest, key_sets, least, scatters, sums
from cube_server.model.dimensions import Dimension, LevelRef, Link
from cube_server.model.elements import AggregateKind, DerivedAttribute
from cube_server.model.tables import Column
from cube_server.plan.nodes import Aggregate, Cuboid, Except, Filter, MovedCut, MovedLevel, SemiJoin, ref_of
from cube_server.query.spec import Cut

Indexes = Callable[[Dimension], Index]

MOMENTS = (AggregateKind.AVG, AggregateKind.VARIANCE, AggregateKind.STDDEV)
"""The aggregates that follow from several of a rollup's columns: their operand is the name of the facts' column."""

_OF_COLUMNS = {
    AggregateKind.SUM: (sums, AggregateKind.SUM),
    AggregateKind.COUNT: (counts, AggregateKind.SUM),
    AggregateKind.MIN: (least, AggregateKind.MIN),
    AggregateKind.MAX: (greatest, AggregateKind.MAX),
}


class Holding(Protocol):
    """What routing asks of a rollup, wherever it is kept."""

    @property
    def definition(self) -> Definition:
        """What it is of."""

    @property
    def size(self) -> int:
        """How many rows it has."""

    @property
    def keys(self) -> Collection[str]:
        """The columns of keys that it holds."""

    @property
    def numbers(self) -> Collection[str]:
        """The aggregates that it holds, by name."""

    @property
    def filters(self) -> tuple[Filter, ...]:
        """What its facts are within, where it is not of all."""


class DerivedOf(Protocol):
    """The way from rows to the value of a derived attribute."""

    @property
    def attribute(self) -> DerivedAttribute:
        """The attribute."""

    @property
    def of(self) -> Link:
        """The link to the members that have it."""


class Links(Protocol):
    """What routing asks of facts: how their links lead to members."""

    def axis(self, link: Link, /) -> str:
        """Name what tells the members of a link, whatever it is called."""

    def derived(self, link: Link, /) -> DerivedOf | None:
        """Give the way to a derived attribute; None where a link is none."""

    def spread(self, link: Link, /) -> object | None:
        """Give what facts spread to over a link; None where each has one member."""


class Masks(Protocol):
    """Marks what filters keep."""

    def masks(self, node: Cuboid, filters: Iterable[Filter], /) -> Mapping[Link, Mask | Codes]:
        """Mark by link what satisfies filters, or tell apart what may: leaves or, of a bridged link, keys."""


class Gathered(Protocol):
    """Levels that facts reach by a move or over a bridge."""

    @property
    def link(self) -> Link:
        """The link that leads there."""

    @property
    def refs(self) -> tuple[LevelRef, ...]:
        """The levels."""

    @property
    def codes(self) -> Codes:
        """What gathers each leaf or, of a bridged link, each key."""


K = TypeVar("K", bound=Holding)
K_co = TypeVar("K_co", bound=Holding, covariant=True)


# Without slots: Python 3.11 cannot make frozen ones by the name `Open[...]`.
@dataclass(frozen=True, eq=False)
class Open(Generic[K_co]):
    """A rollup that is there to answer, with what its grain tells."""

    kept: K_co
    grain: Grain


@dataclass(frozen=True, eq=False)
class Route(Generic[K_co]):
    """A cuboid as it is computed over a rollup.

    Attributes:
        rollup: The rollup.
        node: The cuboid with its aggregates over the rollup's columns; its source stays the facts, of which moves and
            bridges go on to know.
    """

    rollup: Open[K_co]
    node: Cuboid


class Fit:
    """Tells what one rollup lacks to answer a cuboid.

    Args:
        rollup: The rollup.
        facts: The facts that the cuboid is of.
        gathering: Marks what filters keep.
        dimension: Gives the index of a dimension.
    """

    def __init__(self, rollup: Open[Holding], facts: Links, gathering: Masks, dimension: Indexes) -> None:
        self._grain, self._kept = rollup.grain, rollup.kept
        self._facts, self._gathering, self._dimension = facts, gathering, dimension

    def lacking(self, node: Cuboid, gathered: Iterable[Gathered]) -> Iterator[str]:
        """Go through what the rollup lacks, in words."""
        yield from self.untold(node, gathered)
        yield from self.underived(node)

    def untold(self, node: Cuboid, gathered: Iterable[Gathered]) -> Iterator[str]:
        """Go through the levels, windows and cuts that the rollup does not tell."""
        if any(part not in node.filters for part in self._kept.filters):
            yield "it is within another cut"
            return
        for level in node.grain:
            if not (isinstance(level, MovedLevel) and level.moves) and not self._tells(ref_of(level)):
                yield f"it does not tell {ref_of(level).name}"
        for part in gathered:
            if not self._is_constant(part.link, part.codes):
                yield f"it does not tell what {', '.join(ref.name for ref in part.refs)} gathers"
        for condition in node.filters:
            if condition not in self._kept.filters and not self._decides(node, condition):
                yield f"it does not tell {_about(condition)}"

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
        return self._counted(aggregate, self._facts.axis(ref.link), ref)

    def _of_keys(self, aggregate: Aggregate, column: Column) -> Aggregate | None:
        if aggregate.kind is not AggregateKind.DISTINCT:
            return None
        return aggregate if column.name in self._kept.keys else self._counted(aggregate, column.name)

    def _counted(self, aggregate: Aggregate, axis: str, ref: LevelRef | None = None) -> Aggregate | None:
        """Add counts of keys that lie in one cell each, or unite the sets of keys of cells."""
        if aggregate.kind is not AggregateKind.DISTINCT:
            return None
        if (name := distincts(axis, ref)) in self._kept.numbers:
            return replace(aggregate, kind=AggregateKind.SUM, over=name)
        is_held = aggregate.rule is None and key_sets(axis, ref) in self._kept.numbers
        return replace(aggregate, over=key_sets(axis, ref)) if is_held else None

    def _of_column(self, aggregate: Aggregate, column: Column) -> Aggregate | None:
        if aggregate.kind in MOMENTS:
            needed = [sums(column.name), counts(column.name)]
            needed += [scatters(column.name)] if aggregate.kind is not AggregateKind.AVG else []
            return replace(aggregate, over=column.name) if set(needed) <= set(self._kept.numbers) else None
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


def route(
    node: Cuboid, rollups: Iterable[Open[K]], fit: Callable[[Open[K]], Fit], gathered: Collection[Gathered]
) -> Route[K] | None:
    """Find the first rollup that answers a cuboid.

    Args:
        node: A cuboid of facts.
        rollups: What there is, the smallest first.
        fit: Tells how a rollup fits.
        gathered: The levels of its grain that facts reach by a move or over a bridge.
    """
    for rollup in rollups:
        fitting = fit(rollup)
        if next(fitting.lacking(node, gathered), None) is None:
            served = tuple(found for aggregate in node.aggregates if (found := fitting.served(aggregate)))
            return Route(rollup, replace(node, aggregates=served))
    return None


def told(
    node: Cuboid, rollups: Iterable[Open[K]], fit: Callable[[Open[K]], Fit], gathered: Collection[Gathered]
) -> str:
    """Tell which rollup answers a cuboid or, where none does, what the one that lacks least lacks."""
    lacking: list[tuple[list[str], list[str], Open[K]]] = []
    for rollup in rollups:
        fitting = fit(rollup)
        untold, underived = list(fitting.untold(node, gathered)), list(fitting.underived(node))
        if not (untold or underived):
            return f"from rollup {rollup.kept.definition.name}, {rollup.kept.size:,} rows"
        lacking.append((untold, underived, rollup))
    if not lacking:
        return ""
    # What tells all levels comes nearest, even if measures do not follow.
    untold, underived, nearest = min(lacking, key=lambda one: (len(one[0]), len(one[1])))
    return f"from the facts: of rollup {nearest.kept.definition.name}, {', '.join((*untold, *underived))}"
