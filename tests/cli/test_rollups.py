"""Rollups on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cube_server.backends.rollups.definition import Definition
from cube_server.engine import Engine
from tests.loaders import days
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
    assert "Removed 1 rollup." in manage("drop").stderr
    assert "There are no rollups." in manage("list").stderr


def test_they_are_brought_up_to_date(run: Run, tmp_path: Path) -> None:
    folder, warehouse = tmp_path / "first", tmp_path / "warehouse"
    model = tmp_path / "cubes.json"
    model.write_text(json.dumps(days.DOCUMENT))
    days.increment(days.write(folder, sales=[(1, 1, days.DAYS[0], 5)], products={}, days=days.DAYS), warehouse, "full")
    Engine.open(model, warehouse).rollups.make(Definition(cube="sales", levels=("time.month",)))
    places = ("--model", model, "--warehouse", warehouse)
    assert "Nothing is to be brought up to date." in run("rollups", "refresh", *places).stderr
    days.increment(days.write(tmp_path / "later", sales=[(2, 1, days.DAYS[1], 5), (3, 1, None, 5)]), warehouse)
    assert "sales:time.month: brought up to date, 2 rows read" in run("rollups", "refresh", *places).stderr
    assert run("rollups", "list", *places).stdout.splitlines()[2].split()[3] == "2"


def test_so_few_facts_need_none(manage: Run) -> None:
    assert "No rollup would spare much." in manage("plan").stderr
    assert manage("build").exit_code == 0
    assert "There are no rollups." in manage("list").stderr


def test_what_the_model_declares_is_made_in_any_case(run: Run, tmp_path: Path) -> None:
    model, warehouse = toy_warehouse(tmp_path)
    document = json.loads(model.read_text(encoding="utf-8"))
    document["cubes"]["sales"]["rollups"] = [["time.year"]]
    declared = tmp_path / "declared.json"
    declared.write_text(json.dumps(document), encoding="utf-8")
    places = ("--model", declared, "--warehouse", warehouse)
    assert "declared" in run("rollups", "plan", *places).stdout
    assert "sales:time.year: 2 rows" in run("rollups", "build", *places).stderr
