"""The rollups that questions to one state of a database are routed to."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from threading import Lock

from cube_server.backends.rollups.definition import Definition
from cube_server.backends.rollups.routing import Fit, Open, Route, route, told
from cube_server.backends.sql.rollups.fitting import FactLinks, grain_of
from cube_server.backends.sql.rollups.making import cells_of
from cube_server.backends.sql.rollups.rows import Stored
from cube_server.backends.sql.rollups.shape import Shape, shape_of
from cube_server.backends.sql.rollups.shelf import Record, Shelf
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.states import Look
from cube_server.errors import WarehouseError
from cube_server.model.elements import Cube, Model
from cube_server.plan.nodes import Cuboid, Facts

_PAUSE = 30.0
"""Seconds between looks at what was made."""

_ROUTES = 4_000
"""So many cuboids are remembered with their routes."""

_log = logging.getLogger(__name__)


class Catalog:
    """Which rollups there are. They are read when a question comes, and again after a while.

    Args:
        shelf: Where they lie; None where none are to be used.
        look: The state of the facts: rollups of another one are known and not used.
    """

    def __init__(self, shelf: Shelf | None, look: Look | None = None) -> None:
        self._shelf, self._seen = shelf, look
        self._lock = Lock()
        self._read_at = float("-inf")
        self._records: tuple[Record, ...] = ()
        self._open: Mapping[str, tuple[Open[Stored], ...]] = {}
        self._stale: Mapping[str, tuple[Open[Stored], ...]] = {}
        self._routes: dict[int, tuple[Cuboid, Route[Stored] | None]] = {}

    def route(self, star: Star, node: Cuboid) -> Route[Stored] | None:
        """Find the smallest rollup that answers a cuboid of facts; None if there is none."""
        assert isinstance(node.source, Facts)
        if self._shelf is None or any(part.rule is not None for part in node.aggregates):
            return None
        self._look(star)
        rollups = self._open.get(node.source.cube.table.name, ())
        if not rollups:
            return None
        # What follows from derived attributes fits by their values, which are the question's own.
        if star.derived:
            return _routed(star, node, rollups)
        routes, known = self._routes, self._routes.get(id(node))
        if known is None or known[0] is not node:
            if len(routes) >= _ROUTES:
                routes.clear()
            known = routes[id(node)] = (node, _routed(star, node, rollups))
        return known[1]

    def told(self, star: Star, node: Cuboid) -> str:
        """Tell from which rollup a cuboid is asked, or why from the facts; nothing where there are no rollups."""
        assert isinstance(node.source, Facts)
        if self._shelf is None:
            return ""
        self._look(star)
        table = node.source.cube.table.name
        fresh, stale = self._open.get(table, ()), self._stale.get(table, ())
        if (fresh or stale) and any(part.rule is not None for part in node.aggregates):
            return "from the facts: a measure goes by days"
        links = FactLinks(star, node)
        reached = tuple(links.gathered())
        said = told(node, fresh, lambda one: Fit(one, links, links, star.index), reached)
        if said.startswith("from rollup") or (found := _routed(star, node, stale)) is None:
            return said
        name = found.rollup.kept.definition.name
        return f"from the facts: rollup {name} is of another state of them; `cube-server rollups refresh`"

    def forget(self, stored: Stored) -> None:
        """Use a rollup no more: its table is gone, or may not be read."""
        with self._lock:
            table = stored.shape.cube.table.name
            left = tuple(one for one in self._open[table] if one.kept is not stored)
            self._open = {**self._open, table: left}
            self._routes = {}

    def _look(self, star: Star) -> None:
        """Read what there is, unless that was done a moment ago or another thread does it."""
        assert self._shelf is not None
        if time.monotonic() - self._read_at < _PAUSE or not self._lock.acquire(blocking=self._read_at < 0):
            return
        try:
            if time.monotonic() - self._read_at >= _PAUSE:
                records = self._records_now(self._shelf)
                if records != self._records:
                    self._records, self._routes = records, {}
                    fresh = [one for one in records if self._is_fresh(star.model, one)]
                    self._open = _by_table(star, self._shelf, fresh)
                    self._stale = _by_table(star, self._shelf, [one for one in records if one not in fresh])
                self._read_at = time.monotonic()
        finally:
            self._lock.release()

    def _is_fresh(self, model: Model, record: Record) -> bool:
        return self._seen is not None and record.state == self._seen.of(tables_of(model, record.definition))

    def _records_now(self, shelf: Shelf) -> tuple[Record, ...]:
        try:
            return shelf.records()
        except WarehouseError as error:
            _log.warning("Rollups cannot be read; questions are answered from the facts: %s", error)
            return ()


def shape_in(model: Model, definition: Definition) -> Shape | None:
    """Lay a rollup out by a model; None where the model has no such cube, level or key.

    It is of members as they are now: its cells do not say of which day they are.
    """
    model = model.read_as("now")
    cube = next((cube for cube in model.cubes if cube.name == definition.cube), None)
    if cube is None:
        return None
    try:
        return shape_of(definition, cube, _over(model, cube))
    except ValueError:
        return None


def tables_of(model: Model, definition: Definition) -> tuple[str, ...]:
    """List what a rollup is made of: its facts, and the dimensions of all cubes over them."""
    table = next((cube.table.name for cube in model.cubes if cube.name == definition.cube), "")
    cubes = (cube for cube in model.cubes if cube.table.name == table)
    links = (link for cube in cubes for link in cube.links)
    return tuple(dict.fromkeys((table, *(link.dimension.table.name for link in links))))


def _over(model: Model, cube: Cube) -> tuple[Cube, ...]:
    return tuple(other for other in model.cubes if other.table.name == cube.table.name)


def _by_table(star: Star, shelf: Shelf, records: list[Record]) -> dict[str, tuple[Open[Stored], ...]]:
    """Open the rollups that were made for this model, by table of facts, the smallest first."""
    found: dict[str, list[Open[Stored]]] = {}
    for table, one in _opened(star, shelf, records):
        found.setdefault(table, []).append(one)
    return {table: tuple(sorted(own, key=lambda one: one.kept.size)) for table, own in found.items()}


def _opened(star: Star, shelf: Shelf, records: list[Record]) -> Iterator[tuple[str, Open[Stored]]]:
    for record in records:
        shape = shape_in(star.model, record.definition)
        if shape is not None and shape.hash == record.shape:
            stored = cells_of(shape, star, shelf).stored(record)
            yield shape.cube.table.name, Open(stored, grain_of(shape, star))


def _routed(star: Star, node: Cuboid, rollups: tuple[Open[Stored], ...]) -> Route[Stored] | None:
    links = FactLinks(star, node)
    return route(node, rollups, lambda one: Fit(one, links, links, star.index), tuple(links.gathered()))
