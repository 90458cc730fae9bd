"""The plan: relations at a grain, the one shape that every backend can compute.

A *cuboid* is its source grouped to a grain. Its source may be facts, the members of a dimension, or another relation,
and its filters may refer to relations, so that any question over sets and derived values stays one expression of this
shape (ADR 0003). Nodes are frozen and hashable; equal nodes have equal answers on one snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass

from cube_server.formulas.tree import Node
from cube_server.model.elements import AggregateKind, Column, Cube, LevelRef, Link
from cube_server.query.spec import Cut, QuerySpec


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows of a cube's fact table."""

    cube: Cube


@dataclass(frozen=True, slots=True)
class Members:
    """The rows of a linked dimension's table: one a leaf member, with or without facts."""

    cube: Cube
    link: Link


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate of a cuboid.

    Attributes:
        name: The relation's column for it.
        kind: How to aggregate.
        over: A fact's column; a level, or a fact's key column, for `distinct`; the name of an inner relation's column;
            None to count rows.
    """

    name: str
    kind: AggregateKind
    over: Column | LevelRef | str | None = None


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


Filter = Cut | SemiJoin | Having


@dataclass(frozen=True, slots=True)
class Cuboid:
    """A source grouped to a grain: one row for every combination of members that has rows in the source.

    The relation has one Int32 column of member codes for each level of the grain (named by `ref.name`, coded by the
    backend's dictionary of the level) and one column for each aggregate. Without aggregates it is the distinct tuples.
    """

    source: Facts | Members | Cuboid
    grain: tuple[LevelRef, ...]
    filters: tuple[Filter, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """The cells of one kind: row tuples of one depth crossed with column tuples of one depth."""

    row_depth: int
    column_depth: int
    cuboid: Cuboid


@dataclass(frozen=True, slots=True)
class Tuples:
    """Every combination of members on an axis: the distinct tuples of each dimension, crossed."""

    parts: tuple[Cuboid, ...]


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What a query needs: relations of cells and, where empty tuples are shown, of members.

    Attributes:
        spec: The question.
        blocks: The relations of cells, the finest first.
        row_tuples: All row tuples, where those without facts are shown too; else None.
        column_tuples: The same for columns.
    """

    spec: QuerySpec
    blocks: tuple[Block, ...]
    row_tuples: Tuples | None
    column_tuples: Tuples | None
