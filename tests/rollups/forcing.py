"""Engines that answer from rollups wherever any of a set tells the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from cube_server.backends.embedded.backend import EmbeddedBackend
from cube_server.backends.embedded.rollups.building import build
from cube_server.backends.embedded.rollups.kept import Open, grain_of
from cube_server.backends.rollups.definition import Definition, Operand, aggregates_of
from cube_server.engine import Engine
from cube_server.model.dimensions import levels_of
from cube_server.model.elements import AggregateKind, Cube
from cube_server.model.rollups import key_columns


def force(engine: Engine, definitions: Iterable[Definition] | None = None) -> Engine:
    """Make an engine keep rollups, by default `every_grain` of each cube."""
    backend = backend_of(engine)
    cubes = engine.model.cubes
    wanted = list(definitions) if definitions is not None else [one for cube in cubes for one in every_grain(cube)]
    for table in {cube.table.name for cube in cubes}:
        over = {cube.name: cube for cube in cubes if cube.table.name == table}
        own = [one for one in dict.fromkeys(wanted) if one.cube in over]
        backend.rollups.keep(table, [_made(backend, one, over[one.cube], aggregates_of(cubes, table)) for one in own])
    return engine


def _made(
    backend: EmbeddedBackend, definition: Definition, cube: Cube, wanted: tuple[tuple[AggregateKind, Operand], ...]
) -> Open:
    facts = backend.fact_rows(cube)
    kept = build(definition, cube, facts, backend.dimension, wanted)
    return Open(kept, grain_of(kept, cube, facts, backend.dimension))


def backend_of(engine: Engine) -> EmbeddedBackend:
    """Give the backend on an engine's newest snapshot."""
    backend = engine._state.executions[engine.snapshot.id]._backend
    assert isinstance(backend, EmbeddedBackend)
    return backend


def every_grain(cube: Cube) -> Iterator[Definition]:
    """Go through rollups from all facts in one cell to all that any level or key of one of their own tells."""
    keys = tuple(column.name for column in key_columns(cube))
    levels = [[ref.name for ref in levels_of(link)] for link in cube.links if link.through is None]
    every = tuple(name for names in levels for name in names)
    yield Definition(cube=cube.name, levels=())
    yield Definition(cube=cube.name, levels=every)
    yield Definition(cube=cube.name, levels=every, keys=keys)
    for one, other in combinations(levels, 2):
        yield Definition(cube=cube.name, levels=(one[0], other[-1]))
        yield Definition(cube=cube.name, levels=(*one, *other))
