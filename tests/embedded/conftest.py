"""The embedded backend over the toy star, asked through the Backend protocol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from cube_server.backends.base import Backend
from cube_server.backends.embedded.backend import EmbeddedBackend, open_snapshot
from cube_server.budget import Budget, Limits
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube
from cube_server.model.names import find_level
from cube_server.model.read import read_model
from cube_server.plan.nodes import Cuboid
from cube_server.types import KeyPart
from cube_server.warehouse.store import Warehouse

BUDGET = Budget(Limits(seconds=3600))

Ref = Callable[[str], LevelRef]
Value = KeyPart | float
Answer = Callable[[Cuboid], list[tuple[Value, ...]]]


@pytest.fixture(scope="session")
def cube(toy_paths: tuple[Path, Path]) -> Cube:
    cube = read_model(toy_paths[0]).cube("sales")
    assert cube is not None
    return cube


@pytest.fixture(scope="session")
def ref(cube: Cube) -> Ref:
    """Finds a level of the toy's sales cube by name."""
    return lambda name: find_level(cube.links, name)


@pytest.fixture(scope="session")
def backend(toy_paths: tuple[Path, Path]) -> EmbeddedBackend:
    model, warehouse = toy_paths
    return open_snapshot(read_model(model), Warehouse(warehouse).latest())


@pytest.fixture(scope="session")
def answer(backend: Backend) -> Answer:
    """Computes a cuboid: a tuple a row, keys in place of codes."""

    def answered(node: Cuboid) -> list[tuple[Value, ...]]:
        relation = backend.cuboid(node, BUDGET)
        return [tuple(row) for row in zip(*_columns(relation, node, backend), strict=True)]

    return answered


def _columns(relation: pl.DataFrame, node: Cuboid, backend: Backend) -> list[list[Value]]:
    found: list[list[Value]] = []
    for level in node.grain:
        assert isinstance(level, LevelRef)
        dictionary = backend.dictionary(level)
        paths = [dictionary.path(code) for code in relation[level.name]]
        found += [[path[depth] for path in paths] for depth in range(len(level.levels))]
    return found + [relation[aggregate.name].to_list() for aggregate in node.aggregates]
