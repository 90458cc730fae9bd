"""The plan: relations at a grain, the one shape that every backend can compute.

A *cuboid* is its source grouped to a grain. Its source may be facts, the members of a dimension, or another relation,
and its filters may refer to relations, so that any question over sets and derived values stays one expression of this
shape (ADR 0003). Nodes are frozen and hashable; equal nodes have equal answers on one snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cube_server.formulas.tree import Binary, Name, Node, Number, walk
from cube_server.model.coordinates import AxisName, Move, Override
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.elements import AggregateKind, Cube, DerivedAttribute, SemiAdditive
from cube_server.model.imports import Role
from cube_server.model.tables import Column
from cube_server.query.spec import Axis, Cut, Over, QuerySpec, Tier


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of a cube's fact table.

    Attributes:
        cube: The cube.
        roles: Of facts asked from another cube, what each link that the cuboid names means here.
    """

    cube: Cube
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Members:
    """The rows of a linked dimension's table: one a leaf member, with or without facts."""

    cube: Cube
    link: Link


@dataclass(frozen=True, slots=True)
class Derived:
    """The members that have a derived attribute, one row each, with its value in the column `value`."""

    cube: Cube
    attribute: DerivedAttribute


@dataclass(frozen=True, slots=True)
class Chosen:
    """The tuples that conditions and tops leave on an axis, as far as some of its levels; a row each.

    Which they are is known only when measures are: `Backend.choosing` brings them to where the facts are.
    """

    axis: AxisName
    refs: tuple[LevelRef, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate of a cuboid.

    Attributes:
        name: The relation's column for it.
        kind: How to aggregate.
        over: A fact's column; a level, or a fact's key column, for `distinct`; the name of an inner relation's column;
            None to count rows.
        rule: Where set, the source is facts: they are first aggregated to each day, and within each day to each item
            of the rule; then each item's days become one value by the rule, and the items' values are aggregated.
    """

    name: str
    kind: AggregateKind
    over: Column | LevelRef | str | None = None
    rule: SemiAdditive | None = None


@dataclass(frozen=True, slots=True)
class MovedLevel:
    """A level in a grain whose every member gathers the rows of another place: the month before, the year to date.

    The relation's column holds the codes of `ref`: the members that the moves start from. It is a bridge by a rule,
    from each member to the leaves of the hierarchy that it gathers.

    Attributes:
        ref: The level, through the link that rows are read by.
        moves: Where its members gather; none for the members themselves.
        shown: The same level through the link that the question names, where that is another one.
    """

    ref: LevelRef
    moves: tuple[Move, ...]
    shown: LevelRef | None = None

    @property
    def name(self) -> str:
        """The relation's column for it: that of the level in the question."""
        return (self.shown or self.ref).name


Grain = LevelRef | MovedLevel


def ref_of(level: Grain) -> LevelRef:
    """Give the level that rows are read by."""
    return level.ref if isinstance(level, MovedLevel) else level


@dataclass(frozen=True, slots=True)
class MovedCut:
    """Keeps the rows of the place where the one member of a cut moves to.

    Attributes:
        cut: The cut, to one member.
        moves: Its moves.
        within: Coarser cuts on the same dimension: where the member does not lie in them there is no such place.
    """

    cut: Cut
    moves: tuple[Move, ...]
    within: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """Keeps the rows whose members of `on` appear in a relation or, with `anti`, the others."""

    relation: Cuboid
    on: tuple[LevelRef, ...]
    anti: bool = False


@dataclass(frozen=True, slots=True)
class Having:
    """Keeps the rows of an inner relation for which a condition on its columns is true."""

    condition: Node


@dataclass(frozen=True, slots=True)
class Except:
    """Keeps the rows of which not all of these cuts hold."""

    cuts: tuple[Cut, ...]


Filter = Cut | Except | MovedCut | SemiJoin | Having


@dataclass(frozen=True, slots=True)
class Cuboid:
    """A source grouped to a grain: one row for every combination of members that has rows in the source.

    The relation has one Int32 column of member codes for each level of the grain (named by `ref.name`, coded by the
    backend's dictionary of the level) and one column for each aggregate. Without aggregates it is the distinct tuples.
    """

    source: Facts | Members | Derived | Chosen | Cuboid
    grain: tuple[Grain, ...]
    filters: tuple[Filter, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()


@dataclass(frozen=True, slots=True)
class PartColumn:
    """One aggregate of a part: its name in the cuboid, its name in the block, and whether it is a whole number."""

    aggregate: str
    name: str
    is_count: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The relation of the aggregates that a block needs at one coordinate.

    Attributes:
        moves: How the coordinate differs from the block's own; none for the block's own.
        cuboid: The relation; None where there is no such coordinate, so that all is null there. Its grain may be
            coarser than the block's: its values then repeat.
        columns: The aggregates.
    """

    moves: tuple[Override, ...]
    cuboid: Cuboid | None
    columns: tuple[PartColumn, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """The formulas of a block's cells at one combination of members that the axes name.

    Attributes:
        members: The level and the number of each such member; none where the axes name no members.
        formulas: By name, formulas over the block's columns.
        deciding: The columns of which one must have a value for a cell to have facts.
    """

    members: tuple[tuple[str, int], ...]
    formulas: tuple[tuple[str, Node], ...]
    deciding: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The cells of one kind: row tuples of one tier crossed with column tuples of one tier.

    Attributes:
        rows: The tier of the row tuples.
        columns: The tier of the column tuples.
        parts: The relations whose columns, side by side, are the block; the first is at the block's own coordinate.
        variants: The formulas, for each combination of named members; the relations tell nothing of these.
        along: The measures that go along an axis, over what `variants` give.
    """

    rows: Tier
    columns: Tier
    parts: tuple[Part, ...]
    variants: tuple[Variant, ...]
    along: tuple[tuple[str, Node], ...]

    @property
    def needs_choice(self) -> bool:
        """Whether it can be computed only when it is known which tuples are shown."""
        return any(tier.over is not Over.ALL for tier in (self.rows, self.columns))


@dataclass(frozen=True, slots=True)
class Tuples:
    """Every combination of members on an axis: the distinct tuples of each dimension, crossed.

    Attributes:
        parts: A relation for each dimension.
        named: The levels whose members the axis names, and how many.
    """

    parts: tuple[Cuboid, ...]
    named: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class QueryPlan:
    """What a query needs: relations of cells and, where empty tuples are shown, of members.

    Attributes:
        spec: The question.
        blocks: The relations of cells, the finest first.
        row_tuples: All row tuples, where those without facts are shown too; else None.
        column_tuples: The same for columns.
        attributes: The derived attributes used, each before those that use it.
        notes: What to tell of the answer: dimensions that the facts of a measure lack.
    """

    spec: QuerySpec
    blocks: tuple[Block, ...]
    row_tuples: Tuples | None
    column_tuples: Tuples | None
    attributes: tuple[AttributePlan, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def is_plain(self) -> bool:
        """Whether it is one relation of aggregates and arithmetic over them, in member order, nothing left out."""
        spec, block = self.spec, self.blocks[0]
        return (
            len(self.blocks) == len(block.parts) == len(block.variants) == 1
            and block.parts[0].cuboid is not None
            and spec.nonempty
            and not (spec.ranges or block.along or block.needs_choice or self.attributes)
            and all(_is_plain_formula(tree) for _, tree in block.variants[0].formulas)
            and all(_is_plain_axis(axis) for axis in (spec.rows, spec.columns))
        )


@dataclass(frozen=True, slots=True)
class AttributePlan:
    """How a derived attribute gets its values: a query for its formula at the members of its keys."""

    attribute: DerivedAttribute
    query: QueryPlan


def _is_plain_formula(formula: Node) -> bool:
    """Tell whether a formula is arithmetic over aggregates: null wherever one of them is."""
    if isinstance(formula, Name):
        return True
    parts = list(walk(formula))
    is_arithmetic = all(isinstance(part, Name | Number) or _is_arithmetic(part) for part in parts)
    return is_arithmetic and any(isinstance(part, Name) for part in parts)


def _is_arithmetic(part: Node) -> bool:
    return isinstance(part, Binary) and part.operator in ("+", "-", "*", "/")


def _is_plain_axis(axis: Axis) -> bool:
    return not any(
        level.members or level.past or level.having or level.top or level.order.by or level.order.desc
        for level in axis.levels
    )
