"""From the places that a formula names to moves: product.all, time.quarter["2017", "Q3"], previous(sales).

Functions that move are spellings of moves: `previous(x, n)` is `(x, time.lag(n))`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from cube_server.errors import nearest
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.tree import Binary, Call, Member, Moved, Node, Number, Path, Step
from cube_server.model.coordinates import (
    AxisName,
    Hierarchies,
    Lag,
    Move,
    Override,
    Rolling,
    ToAll,
    ToDate,
    ToMember,
    ToOwn,
    ToParent,
    ToRole,
)
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.names import find_level
from cube_server.types import UNKNOWN, KeyPart

_AXES = ("rows", "columns")


class Places:
    """Reads places with the names of one cube.

    Args:
        links: The cube's links.
        text: The formula, for messages.
    """

    def __init__(self, links: tuple[Link, ...], text: str) -> None:
        self._links = links
        self._text = text

    def moved(self, node: Node) -> tuple[Node, tuple[Override, ...]] | None:
        """Read a node that takes an operand elsewhere.

        Returns:
            The operand and the moves, in order; None if the node does not move.

        Raises:
            FormulaError: The place does not exist or does not fit.
        """
        if isinstance(node, Moved):
            return node.operand, tuple(map(self.place, node.places))
        if isinstance(node, Call) and node.function in _MOVING:
            return node.arguments[0], (self._function(node),)
        return None

    def spelled_out(self, node: Node) -> Node | None:
        """Write share, growth and difference out; None for any other node."""
        match node:
            case Call(function="share", arguments=(operand, place)):
                return Binary("/", operand, Moved(operand, (place,), at=node.at), at=node.at)
            case Call(function="difference", arguments=(operand, *rest)):
                return Binary("-", operand, Call("previous", (operand, *rest), at=node.at), at=node.at)
            case Call(function="growth", arguments=(operand, *rest)):
                ratio = Binary("/", operand, Call("previous", (operand, *rest), at=node.at), at=node.at)
                return Binary("-", ratio, Number(1.0), at=node.at)
        return None

    def place(self, node: Node) -> Override:
        """Read one place."""
        if isinstance(node, Member):
            return self._member(node)
        if isinstance(node, Step):
            target, verb = self._target(node, node.name)
            return Override(target, Lag(self._whole(node, node.count) * self._direction(node, verb)))
        if isinstance(node, Path):
            target, verb = self._target(node, node.name)
            role = self._role(target, verb)
            return Override(target, ToRole(role) if role else self._relative(node, target, verb))
        raise self._error(node, "Here a place is needed, such as product.all")

    def scope(self, node: Node) -> tuple[AxisName, str]:
        """Read what an axis function goes over: `rows.all`, `rows.parent`, `columns.all`, `columns.parent`."""
        name = node.name if isinstance(node, Path) else ""
        axis, _, verb = name.partition(".")
        if axis not in _AXES or verb not in ("all", "parent"):
            raise self._error(node, "Here rows.all, rows.parent, columns.all or columns.parent is needed")
        return cast("AxisName", axis), verb

    def _member(self, node: Member) -> Override:
        ref = self._level(node, node.level)
        home = Hierarchies(ref.link, ref.hierarchy)
        keys = node.keys
        if len(keys) == 1 and ref.level.unique:
            ref = ref.alone()
        if len(keys) != len(ref.levels):
            wanted = ", ".join(level.name for level in ref.levels)
            raise self._error(node, f"A member of {ref.name} takes {len(ref.levels)} keys ({wanted}), not {len(keys)}")
        path = tuple(self._key(node, ref, depth, key) for depth, key in enumerate(keys))
        return Override(home, ToMember(ref, path))

    def _key(self, node: Node, ref: LevelRef, depth: int, key: object) -> KeyPart:
        try:
            return key if key is None or key is UNKNOWN else ref.levels[depth].key.type.read(key)
        except ValueError as error:
            raise self._error(node, f"Key of {ref.name}: {error}") from error

    def _target(self, node: Node, name: str) -> tuple[Hierarchies | AxisName, str]:
        *path, verb = name.split(".")
        if len(path) == 1 and path[0] in _AXES:
            return cast("AxisName", path[0]), verb
        link = next((link for link in self._links if link.name == path[0].removeprefix("~")), None)
        if link is None or len(path) > 2:
            known = [*(link.name for link in self._links), *_AXES]
            raise self._error(node, f"No dimension {'.'.join(path)!r}. {nearest(path[0], known)}")
        if len(path) == 1:
            return Hierarchies(link), verb
        if name.startswith("~"):
            return Hierarchies(link, f"~{path[1]}"), verb
        named = (other for other in self._links if other.name == link.name)
        hierarchies = [hierarchy.name for other in named for hierarchy in other.hierarchies]
        if path[1] not in hierarchies:
            raise self._error(node, f"{path[0]!r} has no hierarchy {path[1]!r}. {nearest(path[1], hierarchies)}")
        return Hierarchies(link, path[1]), verb

    def _role(self, target: Hierarchies | AxisName, name: str) -> Link | None:
        """Find another link to the same dimension."""
        if not isinstance(target, Hierarchies) or target.name is not None:
            return None
        roles = (link for link in self._links if link.dimension == target.link.dimension and link != target.link)
        return next((link for link in roles if link.name == name), None)

    def _relative(self, node: Node, target: Hierarchies | AxisName, verb: str) -> Move:
        moves: dict[str, Move] = {"all": ToAll(), "parent": ToParent()}
        if isinstance(target, Hierarchies) and any(hierarchy.tree for hierarchy in target.link.hierarchies):
            moves["own"] = ToOwn()
        if verb not in moves:
            raise self._error(node, f"No place {verb!r}. {nearest(verb, (*moves, 'lag', 'lead'))}")
        return moves[verb]

    def _direction(self, node: Node, verb: str) -> int:
        if verb not in ("lag", "lead"):
            raise self._error(node, f"No step {verb!r}. Valid: lag, lead")
        return 1 if verb == "lag" else -1

    def _function(self, node: Call) -> Override:
        _, *arguments = node.arguments
        match node.function, arguments:
            case "previous", [*counts, Path(name=name)] if len(counts) < 2:
                return Override(self._along(arguments[-1], name), Lag(self._steps(node, counts)))
            case "previous", [*counts] if len(counts) < 2:
                return Override(self._only_time(node), Lag(self._steps(node, counts)))
            case "parallel", [Path(name=name), *rest]:
                ref = self._level(arguments[0], name)
                count = rest[0].value if rest and isinstance(rest[0], Number) else 1.0
                return Override(Hierarchies(ref.link), Lag(self._whole(node, count), ref))
            case "to_date", [Path(name=name)]:
                ref = self._level(arguments[0], name)
                return Override(Hierarchies(ref.link), ToDate(ref))
            case "rolling", [Number(value=count)]:
                return Override(self._only_time(node), Rolling(self._count(node, count)))
            case "rolling", [Number(value=count), Path(name=name)]:
                return self._rolling(arguments[1], name, self._count(node, count))
            case "trailing", [Number(value=count), Path(name=name)]:
                ref = self._level(arguments[1], name)
                return Override(Hierarchies(ref.link), Rolling(self._count(node, count), ref, full=False))
        raise self._error(node, f"{node.function} is used as {_MOVING[node.function]}")

    def _only_time(self, node: Call) -> Hierarchies:
        links = [link for link in self._links if link.dimension.is_time]
        if len(links) == 1:
            return Hierarchies(links[0])
        if not links:
            raise self._error(node, "The cube has no time dimension")
        ways = " or ".join(f"{node.function}(x, {_STEPS[node.function]}, {link.name})" for link in links)
        raise self._error(node, f"The cube has several time dimensions. Say which: {ways}")

    def _along(self, node: Node, name: str) -> Hierarchies:
        """Read what is stepped along: a dimension (`shipped`) or one of its hierarchies (`shipped.weekly`)."""
        found = self._hierarchies(name)
        if found is None:
            valid = [hierarchies.spelled for link in self._links for hierarchies in _steppable(link)]
            raise self._error(node, f"No dimension or hierarchy {name!r}. {nearest(name, valid)}")
        return found

    def _rolling(self, node: Node, name: str, count: int) -> Override:
        """Read a window along a dimension or a hierarchy, or over members of a level (`shipped.month`)."""
        found = self._hierarchies(name)
        if found is not None or "." not in name:
            return Override(found or self._along(node, name), Rolling(count))
        ref = self._level(node, name)
        return Override(Hierarchies(ref.link), Rolling(count, ref))

    def _hierarchies(self, name: str) -> Hierarchies | None:
        every = (hierarchies for link in self._links for hierarchies in _steppable(link))
        return next((hierarchies for hierarchies in every if hierarchies.spelled == name), None)

    def _steps(self, node: Node, counts: Sequence[Node]) -> int:
        if not all(isinstance(count, Number) for count in counts):
            raise self._error(node, "Here a whole number is needed")
        return self._whole(node, next((count.value for count in counts if isinstance(count, Number)), 1.0))

    def _level(self, node: Node, name: str) -> LevelRef:
        try:
            return find_level(self._links, name)
        except ValueError as error:
            raise self._error(node, str(error)) from error

    def _whole(self, node: Node, count: float) -> int:
        if not count.is_integer() or abs(count) > 1_000_000:
            raise self._error(node, "Here a whole number is needed")
        return int(count)

    def _count(self, node: Node, count: float) -> int:
        if count < 1:
            raise self._error(node, "A window has at least one member")
        return self._whole(node, count)

    def _error(self, node: Node, message: str) -> FormulaError:
        return FormulaError(message, self._text, node.at)


_STEPS = {"previous": 1, "rolling": 3}

_MOVING = {
    "previous": "previous(x), previous(x, 2) or previous(x, 1, time)",
    "parallel": "parallel(x, time.year) or parallel(x, time.year, 2)",
    "to_date": "to_date(x, time.year)",
    "rolling": "rolling(x, 3) or rolling(x, 3, time.month)",
    "trailing": "trailing(x, 90, time.day)",
}


def _steppable(link: Link) -> Iterator[Hierarchies]:
    """Give a dimension, then its hierarchies: what a step can go along."""
    yield Hierarchies(link)
    declared = (hierarchy for hierarchy in link.hierarchies if not hierarchy.is_attribute)
    yield from (Hierarchies(link, hierarchy.name) for hierarchy in declared)
