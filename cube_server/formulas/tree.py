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
class Name(Node):
    """A measure, by name."""

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


def children(node: Node) -> tuple[Node, ...]:
    """List the direct parts of a node."""
    match node:
        case Unary(operand=operand):
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
