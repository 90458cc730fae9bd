"""Rollups on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cube_server.backends.rollups.definition import Definition
from cube_server.engine import Engine
from tests.toy.star import toy_warehouse

from .conftest import Run


@pytest.fixture
def manage(run: Run, tmp_path: Path) -> Run:
    model, warehouse = toy_warehouse(tmp_path)
    Engine.open(model, warehouse).rollups.make(Definition(cube="sales", levels=("time.year",)))
    return lambda *arguments: run("rollups", *arguments, "--model", model, "--warehouse", warehouse)


def test_they_are_listed_and_dropped(manage: Run) -> None:
    listed = manage("list")
    assert listed.stdout.splitlines()[2].split()[:2] == ["sales:time.year", "2"]
    assert "Removed 1 rollups." in manage("drop").stderr
    assert "There are no rollups." in manage("list").stderr


def test_so_few_facts_need_none(manage: Run) -> None:
    assert "No rollup would spare much." in manage("plan").stderr
    assert manage("build").exit_code == 0
    assert "There are no rollups." in manage("list").stderr
