"""Formulas with every name looked up: what is left are aggregates at coordinates, and functions along axes.

Calculated measures are written out into the formulas that use them, and a move outside a formula reaches every
aggregate in
it: `previous(sales / baskets)` is the previous sales over the previous baskets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cube_server.errors import nearest
from cube_server.formulas.functions import FUNCTIONS, FunctionKind
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.tree import Binary, Call, Member, Name, Node, Number, Path, Step, Unary, walk
from cube_server.model.coordinates import AxisName, Override, Rolling, ToAll, ToDate, ToMember
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import AggregateKind, BaseMeasure, CalculatedMeasure, Cube, DerivedAttribute, Measure
from cube_server.model.imports import ImportedMeasure, Source
from cube_server.model.names import find_level
from cube_server.model.places import Places
from cube_server.model.tables import Text
from cube_server.types import KeyPath, Kind


@dataclass(frozen=True, slots=True)
class Slot(Node):
    """An aggregate at a coordinate: the current one, changed by the moves in order.

    `source` are the facts, where they are others than the cube's own.
    """

    measure: BaseMeasure
    moves: tuple[Override, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class AxisCall(Node):
    """A function along an axis.

    Attributes:
        function: `rank`, `row_number`, `ntile`, `running` or `cumulated_share`.
        operand: What it goes over.
        axis: The axis.
        within_parent: Whether it goes over the tuples under the same enclosing tuple only.
        count: The number of buckets, for `ntile`.
    """

    function: str
    operand: Node
    axis: AxisName
    within_parent: bool
    count: int = 0

    @property
    def parts(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)

    def with_parts(self, parts: tuple[Node, ...]) -> Node:
        """Give the same function of another operand."""
        return replace(self, operand=parts[0])


@dataclass(frozen=True, slots=True)
class CurrentPlace(Node):
    """The place of the current member of a level: its period on the calendar, or its number in member order."""

    ref: LevelRef


@dataclass(frozen=True, slots=True)
class PlaceOf(Node):
    """The place of a named member."""

    ref: LevelRef
    path: KeyPath


@dataclass(frozen=True, slots=True)
class AttributeValue(Node):
    """The value of a derived attribute for the current members."""

    attribute: DerivedAttribute


def expand(measure: Measure, cube: Cube) -> Node:
    """Write a measure out.

    Args:
        measure: One of the cube's.
        cube: Where names are looked up.

    Returns:
        A tree of scalar operations over `Slot` and `AxisCall` nodes.

    Raises:
        FormulaError: A name or a place in a formula does not exist or does not fit.
    """
    return _Expander(cube, measure.name, (), ()).measure(measure)


def expand_formula(formula: Node, text: str, cube: Cube) -> Node:
    """Write a formula out; see `expand`."""
    return _Expander(cube, text, (), (text,)).node(formula)


def slots(node: Node) -> Iterator[Slot]:
    """Go through the aggregates that an expanded formula rests on."""
    return (part for part in walk(node) if isinstance(part, Slot))


def attributes_used(node: Node) -> tuple[DerivedAttribute, ...]:
    """List the derived attributes that an expanded formula rests on, by value or by their members."""
    values = (part.attribute for part in walk(node) if isinstance(part, AttributeValue))
    members = (slot.measure.over for slot in slots(node) if isinstance(slot.measure.over, DerivedAttribute))
    return tuple(dict.fromkeys((*values, *members)))


def axis_calls(node: Node) -> Iterator[AxisCall]:
    """Go through the functions along an axis in an expanded formula."""
    return (part for part in walk(node) if isinstance(part, AxisCall))


@dataclass(frozen=True, slots=True)
class _Expander:
    """Writes formulas out under the moves that stand around them."""

    cube: Cube
    text: str
    moves: tuple[Override, ...]
    inside: tuple[str, ...]
    source: Source | None = None

    def measure(self, measure: Measure, at: int = 0) -> Node:
        """Write out a measure that stands at a place of the formula."""
        match measure:
            case BaseMeasure():
                return Slot(measure, self.moves, self.source)
            case ImportedMeasure(source=source, measure=theirs):
                if self.source is not None:
                    origin = f"{source.cube.name}.{theirs.name}"
                    raise FormulaError(f"{measure.name!r} is itself taken from {origin}", self.text, at)
                return replace(self, cube=source.cube, source=source).measure(theirs, at)
            case CalculatedMeasure(text=text, formula=formula):
                if text in self.inside:
                    raise FormulaError(f"Measure {measure.name!r} is calculated from itself", self.text, at)
                return replace(self, text=text, inside=(*self.inside, text)).node(formula)
        raise TypeError(measure)

    def node(self, node: Node) -> Node:
        places = Places(self.cube.all_links, self.text)
        if written := places.spelled_out(node):
            return self.node(written)
        if taken := places.moved(node):
            return self._moved(node, *taken)
        match node:
            case Name(name=name):
                attribute = self.cube.attribute(name)
                return self._own(AttributeValue(attribute, at=node.at)) if attribute else self._measure(node, name)
            case Unary(operator=operator, operand=operand):
                return Unary(operator, self.node(operand), at=node.at)
            case Binary(operator=operator, left=left, right=right):
                return Binary(operator, self.node(left), self.node(right), at=node.at)
            case Call():
                return self._call(node, places)
            case Path() | Member() | Step():
                return self._place(node, places)
        return node

    def _call(self, node: Call, places: Places) -> Node:
        match FUNCTIONS[node.function].kind:
            case FunctionKind.AXIS:
                return self._axis_call(node, places)
            case FunctionKind.EDGE:
                return Slot(self._edge(node), self.moves, self.source, at=node.at)
            case FunctionKind.MEMBERS:
                return self._own(self._members(node))
            case FunctionKind.UNION:
                raise FormulaError("aggregate stands in the formula of a calculated member", self.text, node.at)
        return Call(node.function, tuple(map(self.node, node.arguments)), at=node.at)

    def _place(self, node: Node, places: Places) -> Node:
        """Read a place that stands where a number is needed: how far along its level a member is."""
        if isinstance(node, Path):
            return self._own(CurrentPlace(self._level(node, node.name), at=node.at))
        move = places.place(node).move if isinstance(node, Member) else None
        if not isinstance(move, ToMember):
            raise FormulaError("A step is no number: write (measure, step)", self.text, node.at)
        return PlaceOf(move.ref, move.path, at=node.at)

    def _measure(self, node: Node, name: str) -> Node:
        measure = self.cube.measure(name)
        if measure is None:
            hint = nearest(name, (measure.name for measure in self.cube.measures))
            raise FormulaError(f"No measure {name!r}. {hint}", self.text, node.at)
        return self.measure(measure, node.at)

    def _own(self, node: Node) -> Node:
        """Refuse what has a meaning in its own cube only."""
        if self.source is not None:
            problem = f"Attributes and the members of levels stay in cube {self.source.cube.name!r}"
            raise FormulaError(f"{problem}: only measures and places can be taken from it", self.text, node.at)
        return node

    def _level(self, node: Node, name: str) -> LevelRef:
        try:
            return find_level(self.cube.all_links, name)
        except ValueError as error:
            raise FormulaError(str(error), self.text, node.at) from error

    def _edge(self, node: Call) -> BaseMeasure:
        level = node.arguments[0]
        if not isinstance(level, Path):
            raise FormulaError(f"{node.function} takes a level, such as time.month", self.text, node.at)
        ref = self._level(level, level.name)
        kind = AggregateKind.MIN if node.function == "first" else AggregateKind.MAX
        return _aggregate(f"{node.function}({ref.name})", kind, ref)

    def _members(self, node: Call) -> Node:
        name = node.arguments[0]
        attribute = self.cube.attribute(name.name) if isinstance(name, Name) else None
        if attribute is None:
            known = [attribute.name for attribute in self.cube.attributes]
            given = name.name if isinstance(name, Name) else ""
            problem = f"{node.function} takes a derived attribute or a set. {nearest(given, known)}"
            raise FormulaError(problem, self.text, node.at)
        if any(not isinstance(move.move, ToAll | ToMember) for move in self.moves):
            raise FormulaError(f"The members of {attribute.name} stand at no other place", self.text, node.at)
        is_set = attribute.ref.level.key.type.kind is Kind.BOOL
        kind = AggregateKind.SUM if node.function == "count" and is_set else AggregateKind(node.function)
        return Slot(_aggregate(f"{node.function}({attribute.name})", kind, attribute), self.moves, at=node.at)

    def _moved(self, node: Node, operand: Node, moves: tuple[Override, ...]) -> Node:
        if self.source is not None:
            moves = tuple(map(self.source.as_asked, moves))
        if any(isinstance(move.move, Rolling | ToDate) for move in self.moves):
            windows = {move.target for move in self.moves if isinstance(move.move, Rolling | ToDate)}
            if any(move.target in windows for move in moves):
                raise FormulaError("A window holds many members: none of them can be moved from", self.text, node.at)
        return replace(self, moves=(*self.moves, *moves)).node(operand)

    def _axis_call(self, node: Call, places: Places) -> Node:
        if self.moves:
            raise FormulaError(f"{node.function} goes along an axis: it has no value elsewhere", self.text, node.at)
        operand, *rest = node.arguments
        count = 0
        if node.function == "ntile":
            buckets = rest.pop(0)
            if not isinstance(buckets, Number) or buckets.value < 1 or not buckets.value.is_integer():
                raise FormulaError("ntile takes a whole number of buckets", self.text, node.at)
            count = int(buckets.value)
        axis, verb = places.scope(rest[0]) if rest else ("rows", "parent")
        expanded = self.node(operand)
        if any(axis_calls(expanded)):
            raise FormulaError(f"{node.function} of a function along an axis is not defined", self.text, node.at)
        return AxisCall(node.function, expanded, axis, verb == "parent", count, at=node.at)


def _aggregate(name: str, kind: AggregateKind, over: LevelRef | DerivedAttribute) -> BaseMeasure:
    return BaseMeasure(
        name=name,
        label=Text(),
        description=Text(),
        folder=Text(),
        format="",
        unit="",
        aggregate=kind,
        over=over,
    )
