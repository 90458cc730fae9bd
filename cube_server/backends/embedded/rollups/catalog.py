"""The rollups that questions to one snapshot are routed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cube_server.backends.embedded.rollups.kept import Open, Route
from cube_server.backends.embedded.rollups.lately import Lately
from cube_server.model.elements import Cube
from cube_server.plan.nodes import Cuboid, Facts

_ROUTES = 4_000
"""So many cuboids are remembered with their routes."""

Noting = Callable[[Cuboid, str | None], None]
"""Takes a cuboid of facts, and the name of the rollup that answered it, if one did."""


class Catalog:
    """Which rollups there are, by table of facts. Replaced table by table as a whole, so that no lock is needed.

    Attributes:
        lately: The cuboids that were computed last; None where they are not kept.
    """

    def __init__(self) -> None:
        self._by_table: dict[str, tuple[Open, ...]] = {}
        self._routes: dict[int, tuple[Cuboid, Route | None]] = {}
        self._note: Noting | None = None
        self.lately: Lately | None = None

    def keep(self, table: str, rollups: Iterable[Open]) -> None:
        """Answer from these rollups of a table from now on."""
        self._by_table[table] = tuple(sorted(rollups, key=lambda rollup: rollup.kept.size))
        self._routes = {}

    def of(self, cube: Cube) -> tuple[Open, ...]:
        """Give the rollups of a cube's facts, the smallest first; then what was computed lately."""
        table = cube.table.name
        return (*self._by_table.get(table, ()), *(self.lately.of(table) if self.lately else ()))

    def route(self, node: Cuboid, find: Callable[[tuple[Open, ...]], Route | None]) -> Route | None:
        """Route a cuboid of facts; the same object, as that of a plan that is kept, is looked for once.

        Args:
            node: The cuboid.
            find: Looks for a rollup among these.
        """
        assert isinstance(node.source, Facts)
        rollups = self.of(node.source.cube)
        if self.lately is not None or not rollups:
            return find(rollups)
        routes = self._routes
        known = routes.get(id(node))
        if known is None or known[0] is not node:
            if len(routes) >= _ROUTES:
                routes.clear()
            known = routes[id(node)] = (node, find(rollups))
        return known[1]

    def report_to(self, note: Noting) -> None:
        """Tell somebody what is answered from what."""
        self._note = note

    def note(self, node: Cuboid, rollup: str | None) -> None:
        """Tell what a cuboid of facts was answered from."""
        if self._note is not None:
            self._note(node, rollup)
