"""Versions that loads make: of rows that change, in any order of the days that the loads tell of."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cube_server.cli import program
from cube_server.errors import ModelError
from cube_server.model.read import parse_model
from cube_server.model.tables import Mode
from cube_server.warehouse.store import Warehouse
from loaders.modes import How
from loaders.pipeline import load
from tests.loaders.test_given_versions import COLUMNS, HISTORY, document, loaded

MADE: dict[str, Any] = {"columns": {"area": 2}}
SINCE: dict[str, Any] = {"columns": {"area": 2}, "since": "valid_from"}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2024-{text}")


def take(folder: Path, rows: str, on: str, history: dict[str, Any] | None = None) -> None:
    """Load customers as they are on a day."""
    (folder / "customer.csv").write_text("id,name,area,valid_from,valid_to\n" + rows, encoding="utf-8")
    (folder / "sale.csv").write_text("customer,day\n1,2024-01-01\n7,2024-02-01\n", encoding="utf-8")
    (folder / "days.csv").write_text("day\n2024-01-01\n2024-02-01\n", encoding="utf-8")
    effective = None if history and "since" in history else day(on)
    load(parse_model(document(history or MADE)), str(folder), folder / "warehouse", effective=effective)


def versions(folder: Path) -> list[tuple[object, ...]]:
    found = Warehouse(folder / "warehouse").latest().table("customer.versions")
    return found.read(["id", "name", "area", "_from"]).rows()


def now(folder: Path) -> list[tuple[object, ...]]:
    found = Warehouse(folder / "warehouse").latest().table("customer")
    return found.read(["id", "name", "area", "_status"]).rows()


def test_a_change_begins_a_version(tmp_path: Path) -> None:
    """The name is of type 1: it is overwritten in all versions, and begins none."""
    take(tmp_path, "1,Ann,North,,\n2,Bob,West,,\n", "01-10")
    take(tmp_path, "1,Ann,North,,\n2,Bert,West,,\n", "01-20")
    take(tmp_path, "1,Anne,South,,\n2,Bert,West,,\n3,Cy,,,\n", "02-01")
    assert versions(tmp_path) == [
        (1, "Anne", "North", day("01-10")),
        (1, "Anne", "South", day("02-01")),
        (2, "Bert", "West", day("01-10")),
        (3, "Cy", None, day("02-01")),
    ]
    assert now(tmp_path) == [(1, "Anne", "South", 0), (2, "Bert", "West", 0), (7, None, None, 1), (3, "Cy", None, 0)]


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    for on in ("01-10", "01-10", "02-01", "02-01"):
        take(tmp_path, "1,Ann,North,,\n", on)
    assert versions(tmp_path) == [(1, "Ann", "North", day("01-10"))]
    first, *_, last = Warehouse(tmp_path / "warehouse").snapshots()
    files = [
        Warehouse(tmp_path / "warehouse").snapshot(id).manifest.tables["customer.versions"].files
        for id in (first, last)
    ]
    assert files[0][0].path == files[1][0].path


def test_a_second_load_of_a_day_corrects_it(tmp_path: Path) -> None:
    take(tmp_path, "1,Ann,North,,\n", "01-10")
    take(tmp_path, "1,Ann,South,,\n", "02-01")
    take(tmp_path, "1,Ann,North,,\n", "02-01")
    assert versions(tmp_path) == [(1, "Ann", "North", day("01-10"))]


def test_a_late_load_splits_a_version(tmp_path: Path) -> None:
    """What later loads told stays: Ann was in the East up to the next load only; Cy, who came after it, is known on."""
    take(tmp_path, "1,Ann,North,,\n", "01-10")
    take(tmp_path, "1,Ann,North,,\n3,Cy,West,,\n", "02-01")
    take(tmp_path, "1,Ann,North,,\n3,Cy,South,,\n", "03-01")
    take(tmp_path, "1,Ann,East,,\n", "01-20")
    assert versions(tmp_path) == [
        (1, "Ann", "North", day("01-10")),
        (1, "Ann", "East", day("01-20")),
        (1, "Ann", "North", day("02-01")),
        (3, "Cy", "West", day("02-01")),
        (3, "Cy", "South", day("03-01")),
    ]
    assert now(tmp_path) == [(1, "Ann", "North", 0), (7, None, None, 1), (3, "Cy", "South", 0)]


def test_a_load_of_a_day_before_all(tmp_path: Path) -> None:
    take(tmp_path, "1,Ann,South,,\n", "02-01")
    take(tmp_path, "1,Ann,North,,\n", "01-10")
    assert versions(tmp_path) == [(1, "Ann", "North", day("01-10")), (1, "Ann", "South", day("02-01"))]
    assert now(tmp_path)[0] == (1, "Ann", "South", 0)


def test_who_left_is_unknown_now_and_was_known_then(tmp_path: Path) -> None:
    take(tmp_path, "1,Ann,North,,\n", "01-10")
    take(tmp_path, "2,Bob,West,,\n", "02-01")
    assert now(tmp_path) == [(1, None, None, 1), (7, None, None, 1), (2, "Bob", "West", 0)]
    assert versions(tmp_path)[0] == (1, "Ann", "North", day("01-10"))


def test_the_source_says_since_when(tmp_path: Path) -> None:
    """A row is a change of its own day, whenever it comes; one without a day held ever before."""
    take(tmp_path, "1,Ann,North,,\n2,Bob,West,2024-01-05,\n", "02-01", SINCE)
    take(tmp_path, "1,Ann,South,2024-03-01,\n2,Bob,West,2024-01-05,\n", "02-02", SINCE)
    take(tmp_path, "1,Ann,East,2024-02-01,\n2,Bert,North,2024-01-05,\n", "02-03", SINCE)
    assert versions(tmp_path) == [
        (1, "Ann", "North", None),
        (1, "Ann", "East", day("02-01")),
        (1, "Ann", "South", day("03-01")),
        (2, "Bert", "North", day("01-05")),
    ]
    assert now(tmp_path)[:2] == [(1, "Ann", "South", 0), (2, "Bert", "North", 0)]


def test_a_column_that_comes_later(tmp_path: Path) -> None:
    """It has no past: all versions have what it holds first."""
    take(tmp_path, "1,Ann,North,,\n", "01-10")
    take(tmp_path, "1,Ann,South,,\n", "02-01")
    wider = json.loads(document({"columns": {"area": 2, "mood": 2}}))
    wider["tables"]["customer"]["columns"] = {**COLUMNS, "mood": "text"}
    for on, mood in (("03-01", "glad"), ("04-01", "sad")):
        (tmp_path / "customer.csv").write_text(f"id,name,area,valid_from,valid_to,mood\n1,Ann,South,,,{mood}\n")
        load(parse_model(json.dumps(wider)), str(tmp_path), tmp_path / "warehouse", effective=day(on))
    found = Warehouse(tmp_path / "warehouse").latest().table("customer.versions").read(["area", "mood", "_from"])
    assert found.rows() == [
        ("North", "glad", day("01-10")),
        ("South", "glad", day("02-01")),
        ("South", "sad", day("04-01")),
    ]


def test_a_day_that_nothing_depends_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Nothing in the model depends on the day 2024-01-01"):
        load(parse_model(document(SINCE)), str(tmp_path), tmp_path / "warehouse", effective=day("01-01"))


def test_the_day_on_the_command_line(tmp_path: Path) -> None:
    take(tmp_path, "1,Ann,North,,\n", "01-10")
    (tmp_path / "cubes.json").write_text(document(MADE), encoding="utf-8")
    (tmp_path / "customer.csv").write_text("id,name,area,valid_from,valid_to\n1,Ann,South,,\n", encoding="utf-8")
    words = ["load", "--from", str(tmp_path), "--model", str(tmp_path / "cubes.json"), "--effective"]
    told = CliRunner().invoke(program, [*words, "2024-02-01", "--warehouse", str(tmp_path / "warehouse")])
    assert told.exit_code == 0, told.output
    assert versions(tmp_path)[-1] == (1, "Ann", "South", day("02-01"))
    assert CliRunner().invoke(program, [*words, "soon"]).exit_code == 2


def test_rows_that_an_upsert_leaves_keep_their_versions(tmp_path: Path) -> None:
    """Be they made by loads, of any day, or brought by the source."""
    how = How(modes={"customer": Mode.UPSERT})
    take(tmp_path, "1,Ann,North,,\n2,Bob,West,,\n", "01-10")
    take(tmp_path, "1,Ann,South,,\n2,Bob,West,,\n", "02-01")
    (tmp_path / "customer.csv").write_text("id,name,area,valid_from,valid_to\n2,Bob,East,,\n", encoding="utf-8")
    load(parse_model(document(MADE)), str(tmp_path), tmp_path / "warehouse", effective=day("01-20"), how=how)
    assert [row[::2] for row in versions(tmp_path)[:2]] == [(1, "North"), (1, "South")]
    assert [row[2:] for row in versions(tmp_path)[2:]] == [
        ("West", day("01-10")),
        ("East", day("01-20")),
        ("West", day("02-01")),
    ]
    given = tmp_path / "given"
    given.mkdir()
    loaded(given, "1,Ann,North,,2023-12-31\n1,Ann,South,2024-01-01,\n2,Bob,West,,\n")
    (given / "customer.csv").write_text("id,name,area,valid_from,valid_to\n2,Bob,East,,\n", encoding="utf-8")
    load(parse_model(document(HISTORY)), str(given), given / "warehouse", how=how)
    assert [row[::2] for row in versions(given)] == [(1, "North"), (1, "South"), (2, "East")]
