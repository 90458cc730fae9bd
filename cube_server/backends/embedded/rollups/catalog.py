"""The rollups that questions to one snapshot are routed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cube_server.backends.embedded.rollups.lately import Lately
from cube_server.backends.embedded.rollups.routing import Open
from cube_server.model.elements import Cube
from cube_server.plan.nodes import Cuboid

Noting = Callable[[Cuboid, str | None], None]
"""Takes a cuboid of facts, and the name of the rollup that answered it, if one did."""


class Catalog:
    """Which rollups there are, by table of facts. Replaced table by table as a whole, so that no lock is needed.

    Attributes:
        lately: The cuboids that were computed last; None where they are not kept.
    """

    def __init__(self) -> None:
        self._by_table: dict[str, tuple[Open, ...]] = {}
        self._note: Noting | None = None
        self.lately: Lately | None = None

    def keep(self, table: str, rollups: Iterable[Open]) -> None:
        """Answer from these rollups of a table from now on."""
        self._by_table[table] = tuple(sorted(rollups, key=lambda rollup: rollup.kept.size))

    def of(self, cube: Cube) -> tuple[Open, ...]:
        """Give the rollups of a cube's facts, the smallest first; then what was computed lately."""
        table = cube.table.name
        return (*self._by_table.get(table, ()), *(self.lately.of(table) if self.lately else ()))

    def report_to(self, note: Noting) -> None:
        """Tell somebody what is answered from what."""
        self._note = note

    def note(self, node: Cuboid, rollup: str | None) -> None:
        """Tell what a cuboid of facts was answered from."""
        if self._note is not None:
            self._note(node, rollup)
