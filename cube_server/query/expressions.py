"""Formulas with every name looked up: what is left are aggregates at coordinates, and functions along axes.

Calculated measures are written out into the formulas that use them, and a move outside a formula reaches every
aggregate in
it: `previous(sales / baskets)` is the previous sales over the previous baskets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cube_server.errors import nearest
from cube_server.formulas.functions import FUNCTIONS, FunctionKind
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.tree import Binary, Call, Member, Name, Node, Number, Path, Step, Unary, children
from cube_server.model.coordinates import AxisName, Override, Rolling, ToDate
from cube_server.model.elements import BaseMeasure, CalculatedMeasure, Cube, Measure
from cube_server.model.places import Places


@dataclass(frozen=True, slots=True)
class Slot(Node):
    """An aggregate at a coordinate: the current one, changed by the moves in order."""

    measure: BaseMeasure
    moves: tuple[Override, ...] = ()


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
    if isinstance(measure, BaseMeasure):
        return Slot(measure)
    assert isinstance(measure, CalculatedMeasure)
    return expand_formula(measure.formula, measure.text, cube)


def expand_formula(formula: Node, text: str, cube: Cube) -> Node:
    """Write a formula out; see `expand`."""
    return _Expander(cube, text, (), (text,)).node(formula)


def slots(node: Node) -> Iterator[Slot]:
    """Go through the aggregates that an expanded formula rests on."""
    if isinstance(node, Slot):
        yield node
    for part in (node.operand,) if isinstance(node, AxisCall) else children(node):
        yield from slots(part)


def axis_calls(node: Node) -> Iterator[AxisCall]:
    """Go through the functions along an axis in an expanded formula."""
    if isinstance(node, AxisCall):
        yield node
    for part in children(node):
        yield from axis_calls(part)


@dataclass(frozen=True, slots=True)
class _Expander:
    """Writes formulas out under the moves that stand around them."""

    cube: Cube
    text: str
    moves: tuple[Override, ...]
    inside: tuple[str, ...]

    def node(self, node: Node) -> Node:
        places = Places(self.cube.links, self.text)
        if written := places.spelled_out(node):
            return self.node(written)
        if taken := places.moved(node):
            return self._moved(node, *taken)
        match node:
            case Name(name=name):
                return self._measure(node, name)
            case Unary(operator=operator, operand=operand):
                return Unary(operator, self.node(operand), at=node.at)
            case Binary(operator=operator, left=left, right=right):
                return Binary(operator, self.node(left), self.node(right), at=node.at)
            case Call(function=function) if FUNCTIONS[function].kind is FunctionKind.AXIS:
                return self._axis_call(node, places)
            case Call(function=function, arguments=arguments):
                return Call(function, tuple(map(self.node, arguments)), at=node.at)
            case Path() | Member() | Step():
                raise FormulaError("A place is no number: write (measure, place)", self.text, node.at)
        return node

    def _measure(self, node: Node, name: str) -> Node:
        measure = self.cube.measure(name)
        if measure is None:
            hint = nearest(name, (measure.name for measure in self.cube.measures))
            raise FormulaError(f"No measure {name!r}. {hint}", self.text, node.at)
        if isinstance(measure, BaseMeasure):
            return Slot(measure, self.moves)
        assert isinstance(measure, CalculatedMeasure)
        if measure.text in self.inside:
            raise FormulaError(f"Measure {name!r} is calculated from itself", self.text, node.at)
        return _Expander(self.cube, measure.text, self.moves, (*self.inside, measure.text)).node(measure.formula)

    def _moved(self, node: Node, operand: Node, moves: tuple[Override, ...]) -> Node:
        if any(isinstance(move.move, Rolling | ToDate) for move in self.moves):
            windows = {move.target for move in self.moves if isinstance(move.move, Rolling | ToDate)}
            if any(move.target in windows for move in moves):
                raise FormulaError("A window holds many members: none of them can be moved from", self.text, node.at)
        return _Expander(self.cube, self.text, (*self.moves, *moves), self.inside).node(operand)

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
