"""Statements that were written for a cuboid, to be sent again: a plan that is kept asks the same cuboids."""

from __future__ import annotations

from collections.abc import Callable

from cube_server.backends.sql.cuboids import Source
from cube_server.backends.sql.statements import Statement
from cube_server.plan.nodes import Cuboid, SemiJoin

_MOST = 4_000_000
"""So many values of members and parameters are kept with statements, all together."""


class Written:
    """The statements of one state of a database, by cuboid and by what is asked in place of facts."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], tuple[Cuboid, Source | None, list[Statement]]] = {}
        self._weight = 0

    def of(self, node: Cuboid, source: Source | None, write: Callable[[], list[Statement]]) -> list[Statement]:
        """Give the statements of a cuboid; what it joins to may be another the next time, and is written anew."""
        place = (id(node), id(source))
        known = self._kept.get(place)
        # What is kept keeps its number, so that no other cuboid has it.
        if known is not None and known[0] is node and known[1] is source:
            return known[2]
        found = write()
        if not any(isinstance(part, SemiJoin) for part in node.filters):
            self._keep(place, (node, source, found))
        return found

    def _keep(self, place: tuple[int, int], found: tuple[Cuboid, Source | None, list[Statement]]) -> None:
        weight = sum(statement.weight for statement in found[2])
        if self._weight + weight > _MOST:
            self._kept, self._weight = {}, 0
        if weight <= _MOST:
            self._kept[place] = found
            self._weight += weight
