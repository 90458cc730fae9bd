"""The syntax tree of a formula: names as typed, not yet looked up in any cube.

Positions are character offsets into the formula's text; they take no part in equality, so that two spellings of
one formula are the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from cube_server.types import Unknown

MemberKey = str | int | float | Unknown | None
"""A key as a formula writes it; the level's type reads it."""


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of a formula."""

    at: int = field(compare=False, kw_only=True, default=0)

    @property
    def parts(self) -> tuple[Node, ...]:
        """The parts that are formulas themselves."""
        return ()

    def with_parts(self, parts: tuple[Node, ...]) -> Node:
        """Give the same node with other parts, as many as it has."""
        assert not parts
        return self


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

    @property
    def parts(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)

    def with_parts(self, parts: tuple[Node, ...]) -> Node:
        """Give the same operation on another operand."""
        return replace(self, operand=parts[0])


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """An operator between two operands: `+ - * / < <= > >= = != and or`."""

    operator: str
    left: Node
    right: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """Both operands."""
        return (self.left, self.right)

    def with_parts(self, parts: tuple[Node, ...]) -> Node:
        """Give the same operation on other operands."""
        return replace(self, left=parts[0], right=parts[1])


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function with its arguments, such as `coalesce(sales, 0)`."""

    function: str
    arguments: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments

    def with_parts(self, parts: tuple[Node, ...]) -> Node:
        """Give the same function of other arguments."""
        return replace(self, arguments=parts)


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A level, a hierarchy, or a place seen from the coordinate: `time.year`, `product.all`, `rows.parent`."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """A member by its keys: `time.quarter["2017", "Q3"]`, `product.department[unknown()]`."""

    level: str
    keys: tuple[MemberKey, ...]


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

    @property
    def parts(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)

    def with_parts(self, parts: tuple[Node, ...]) -> Node:
        """Give another operand at the same place."""
        return replace(self, operand=parts[0])


def walk(node: Node) -> Iterator[Node]:
    """Go through a node and everything below it, parents first."""
    yield node
    for part in node.parts:
        yield from walk(part)


def rewritten(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """Rewrite a formula.

    Args:
        node: The formula.
        change: Gives what stands in the place of a node; None to keep it and go on with its parts.
    """
    changed = change(node)
    if changed is not None:
        return changed
    return node.with_parts(tuple(rewritten(part, change) for part in node.parts))


def names(node: Node) -> tuple[str, ...]:
    """List the measures that a formula names, each once, in order of appearance.

    >>> names(Binary("/", Name("sales"), Name("baskets")))
    ('sales', 'baskets')
    """
    return tuple(dict.fromkeys(part.name for part in walk(node) if isinstance(part, Name)))
