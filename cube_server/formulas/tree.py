"""The syntax tree of a formula: names as typed, not yet looked up in any cube.

Positions are character offsets into the formula's text; they take no part in equality, so that two spellings of
one formula are the same value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of a formula."""

    at: int = field(compare=False, kw_only=True, default=0)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number written out, such as 0.5."""

    value: float


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A text written out, such as "Champions"."""

    value: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A measure or a derived attribute, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """An operator on one operand: `-` or `not`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """An operator between two operands: `+ - * / < <= > >= = != and or`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function with its arguments, such as `coalesce(sales, 0)`."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A level, a hierarchy, or a place seen from the coordinate: `time.year`, `product.all`, `rows.parent`."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """A member by its keys: `time.quarter["2017", "Q3"]`."""

    level: str
    keys: tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class Step(Node):
    """A step along a hierarchy: `time.lag(1)`."""

    name: str
    count: float


@dataclass(frozen=True, slots=True)
class Moved(Node):
    """An operand taken at another coordinate: `(sales, product.all)`."""

    operand: Node
    places: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """List the direct parts of a node that are formulas themselves."""
    match node:
        case Unary(operand=operand) | Moved(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments):
            return arguments
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Go through a node and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node) -> tuple[str, ...]:
    """List the measures that a formula names, each once, in order of appearance.

    >>> names(Binary("/", Name("sales"), Name("baskets")))
    ('sales', 'baskets')
    """
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, Name)))
