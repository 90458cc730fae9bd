"""Members on an axis one by one: those of the data, and calculated ones, which are formulas over them.

A measure at a calculated member is the member's formula over the measure at the members that it names. Where a
calculated measure meets a calculated member, either may be evaluated last, and gives another number: the difference of
two ratios, or the ratio of two differences. As in MDX the one with the greater solve order is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cube_server.errors import nearest
from cube_server.formulas.check import FormulaType, type_of
from cube_server.formulas.functions import FUNCTIONS, FunctionKind
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.tree import Binary, Call, Member, Name, Node, Number, Text, Unary, rewritten
from cube_server.model.coordinates import AxisName, Hierarchies, Override, ToAll, ToMember, ToMembers, ToParent
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import CalculatedMember, Cube
from cube_server.model.expressions import Slot, slots
from cube_server.model.names import find_level
from cube_server.model.places import Places

FIRST_OF_ALL = -(2**31)
"""Before every solve order: aggregates are there before anything is calculated."""


@dataclass(frozen=True, slots=True)
class MemberValue(Node):
    """The measure at a member, or over several, in the formula of a calculated member."""

    place: Override


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisMember:
    """A member that an axis names.

    Attributes:
        formula: Its value over `MemberValue` nodes; of a member of the data that is itself.
        calculated: What is calculated; None for a member of the data.
        parent: Where a calculated member stands below; None at the top.
        axis: The axis that it stands on, once it does.
        is_last: Whether no level of the axis is finer.
    """

    formula: Node
    calculated: CalculatedMember | None = None
    parent: Override | None = None
    axis: AxisName | None = None
    is_last: bool = False

    @property
    def home(self) -> Hierarchies:
        """The hierarchy that it is of."""
        if self.calculated is not None:
            return Hierarchies(self.calculated.link, self.calculated.hierarchy)
        assert isinstance(self.formula, MemberValue)
        assert isinstance(self.formula.place.target, Hierarchies)
        return self.formula.place.target

    @property
    def place(self) -> ToMember | None:
        """The member of the data; None for a calculated one."""
        move = self.formula.place.move if isinstance(self.formula, MemberValue) and self.calculated is None else None
        return move if isinstance(move, ToMember) else None


def home_of(cube: Cube, name: str) -> Hierarchies:
    """Find a hierarchy by its name on an axis, or by a level of it.

    Raises:
        ValueError: There is none.
    """
    for link in cube.all_links:
        for hierarchy in link.dimension.hierarchies:
            top = LevelRef(link=link, hierarchy=hierarchy.name, levels=hierarchy.levels[:1])
            if top.hierarchy_name == name:
                return Hierarchies(link, hierarchy.name)
    ref = find_level(cube.all_links, name)
    return Hierarchies(ref.link, ref.hierarchy)


def calculated_member(member: CalculatedMember, cube: Cube) -> AxisMember:
    """Write a calculated member out.

    Raises:
        FormulaError: It names what does not exist, or is of another hierarchy.
    """
    reader = _Reader(cube, member.text, Hierarchies(member.link, member.hierarchy))
    parent = None
    if member.parent is not None:
        parent = _Reader(cube, member.parent_text, reader.home).place(member.parent)
    return AxisMember(formula=reader.node(member.formula), calculated=member, parent=parent)


def named_member(tree: Node, text: str, cube: Cube) -> AxisMember:
    """Read a member that an axis names: `time.quarter[2017, "Q4"]`, or the name of a calculated one.

    Raises:
        FormulaError: There is no such member.
    """
    if isinstance(tree, Name):
        member = next((member for member in cube.members if member.name == tree.name), None)
        if member is None:
            hint = nearest(tree.name, (member.name for member in cube.members))
            raise FormulaError(f"No calculated member {tree.name!r}. {hint}", text, tree.at)
        return calculated_member(member, cube)
    place = Places(cube.all_links, text).place(tree)
    if not isinstance(place.move, ToMember):
        raise FormulaError('Here a member is needed, such as time.quarter[2017, "Q4"]', text, tree.at)
    return AxisMember(formula=MemberValue(place))


def full_level(place: Override) -> LevelRef:
    """Give the level of a place with all levels above it, also where a unique key named the member."""
    assert isinstance(place.move, ToMember | ToMembers)
    assert isinstance(place.target, Hierarchies)
    ref = place.move.ref
    for hierarchy in ref.link.dimension.hierarchies:
        if hierarchy.name == place.target.name:
            levels = hierarchy.levels[: hierarchy.levels.index(ref.level) + 1]
            return LevelRef(link=ref.link, hierarchy=hierarchy.name, levels=levels)
    return ref


def at_members(value: Node, order: int, members: tuple[AxisMember, ...]) -> Node:
    """Take an expanded measure at members, one for each of some hierarchies.

    Args:
        value: The measure.
        order: Its solve order.
        members: The members.

    Returns:
        A formula over aggregates.
    """
    if type_of(value, {}) is FormulaType.CONDITION:
        # There is no difference of conditions: what they compare is taken at the members, and numbers stay.
        parts = (at_members(part, order, members) if any(slots(part)) else part for part in value.parts)
        return value.with_parts(tuple(parts))
    # Several members taken together are one member to every measure, whatever the order.
    calculated = [member for member in members if not isinstance(member.formula, MemberValue)]
    if not calculated:
        return rewritten(value, lambda node: _moved(node, members) if isinstance(node, Slot) else None)
    last = max(calculated, key=lambda member: (_order(member), members.index(member)))
    if order > _order(last):
        return rewritten(value, lambda node: _slot_at(node, members) if isinstance(node, Slot) else None)

    def at_named(node: Node) -> Node | None:
        if not isinstance(node, MemberValue):
            return None
        named = replace(last, formula=node, calculated=None, parent=None)
        return at_members(value, order, tuple(named if member is last else member for member in members))

    return rewritten(last.formula, at_named)


def _order(member: AxisMember) -> int:
    return member.calculated.solve_order if member.calculated else FIRST_OF_ALL


def _moved(slot: Slot, members: tuple[AxisMember, ...]) -> Slot:
    """Take an aggregate at members of the data."""
    places = []
    for member in members:
        left = _left_member(slot, member)
        if left is None and isinstance(member.formula, MemberValue):
            places.append(member.formula.place)
        slot = left or slot
    return replace(slot, moves=(*places, *slot.moves))


def _slot_at(slot: Slot, members: tuple[AxisMember, ...]) -> Node:
    """Take an aggregate at members. Where its own moves lead from a calculated one to All or elsewhere, it is there."""
    for member in members:
        left = _left_member(slot, member)
        if left is not None:
            return _slot_at(left, tuple(other for other in members if other is not member))
    return at_members(slot, FIRST_OF_ALL, members)


def _left_member(slot: Slot, member: AxisMember) -> Slot | None:
    """Give an aggregate whose own moves have left a member; None where it is at the member, or steps from it."""
    return _left_along_axis(slot, member) or (_left_along_hierarchy(slot, member) if member.calculated else None)


def _left_along_axis(slot: Slot, member: AxisMember) -> Slot | None:
    """Give an aggregate that has left a member for what is above it on the axis; None where it has not."""
    for number, move in enumerate(slot.moves):
        if move.target == member.axis and isinstance(move.move, ToAll):
            return slot
        if move.target == member.axis and member.is_last:
            # The parent of the last level's member is told by the levels that are left.
            return replace(slot, moves=(*slot.moves[:number], *slot.moves[number + 1 :]))
    return None


def _left_along_hierarchy(slot: Slot, member: AxisMember) -> Slot | None:
    """Give an aggregate that has left a calculated member along its hierarchy; None where it has not."""
    for number, move in enumerate(slot.moves):
        if move.target not in (member.home, Hierarchies(member.home.link)):
            continue
        if isinstance(move.move, ToAll | ToMember | ToMembers):
            return slot
        if isinstance(move.move, ToParent):
            above = member.parent or Override(member.home, ToAll())
            return replace(slot, moves=(*slot.moves[:number], above, *slot.moves[number + 1 :]))
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the formula of a calculated member."""

    cube: Cube
    text: str
    home: Hierarchies

    def node(self, node: Node) -> Node:
        match node:
            case Member():
                return MemberValue(self.place(node), at=node.at)
            case Name(name=name):
                return self._other(node, name)
            case Call(function="aggregate", arguments=arguments):
                return MemberValue(self._union(node, arguments), at=node.at)
            case Call(function=function) if FUNCTIONS[function].kind is not FunctionKind.SCALAR:
                raise FormulaError(f"{function} has no place in the formula of a member", self.text, node.at)
            case Number() | Text() | Unary() | Binary() | Call():
                return node.with_parts(tuple(map(self.node, node.parts)))
        raise FormulaError('Here a member is needed, such as time.quarter[2017, "Q4"]', self.text, node.at)

    def place(self, node: Node) -> Override:
        """Read a member of the data."""
        place = Places(self.cube.all_links, self.text).place(node)
        if not isinstance(place.move, ToMember):
            raise FormulaError('Here a member is needed, such as time.quarter[2017, "Q4"]', self.text, node.at)
        if place.target != self.home:
            raise FormulaError(f"{place.move.ref.name} is of another hierarchy", self.text, node.at)
        return place

    def _other(self, node: Node, name: str) -> Node:
        member = next((member for member in self.cube.members if member.name == name), None)
        if member is None:
            hint = nearest(name, (member.name for member in self.cube.members))
            raise FormulaError(f"No calculated member {name!r} before this one. {hint}", self.text, node.at)
        if Hierarchies(member.link, member.hierarchy) != self.home:
            raise FormulaError(f"{name} is of another hierarchy", self.text, node.at)
        return _Reader(self.cube, member.text, self.home).node(member.formula)

    def _union(self, node: Node, arguments: tuple[Node, ...]) -> Override:
        moves = [move for part in arguments if isinstance(move := self.place(part).move, ToMember)]
        if len({move.ref.levels for move in moves}) > 1:
            raise FormulaError("aggregate takes members of one level", self.text, node.at)
        return Override(self.home, ToMembers(moves[0].ref, tuple(dict.fromkeys(move.path for move in moves))))
