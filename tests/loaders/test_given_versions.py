"""Versions that the source brings: what is stored of them, and which are refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from cube_server.errors import ModelError, SourceError
from cube_server.model.read import parse_model
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load

COLUMNS = {"id": "int", "name": "text", "area": "text", "valid_from": "date", "valid_to": "date"}
HISTORY = {"columns": {"area": 2}, "from": "valid_from", "to": "valid_to"}


def document(history: dict[str, Any]) -> str:
    """A shop with customers who move."""
    return json.dumps(
        {
            "format": 1,
            "name": "shop",
            "tables": {
                "sale": {"columns": {"customer": "int", "day": "date"}},
                "customer": {"key": ["id"], "columns": COLUMNS, "history": history},
                "days": {"key": ["day"], "columns": {"day": "date"}},
            },
            "dimensions": {
                "customer": {
                    "table": "customer",
                    "levels": {"area": {"column": "area"}, "customer": {"column": "id", "caption": "name"}},
                    "hierarchies": {"home": {"levels": ["area", "customer"]}},
                },
                "time": {
                    "table": "days",
                    "role": "time",
                    "levels": {"day": {"column": "day"}},
                    "hierarchies": {"calendar": {"levels": ["day"]}},
                },
            },
            "cubes": {
                "sales": {
                    "table": "sale",
                    "links": {"customer": {"column": "customer"}, "time": {"column": "day"}},
                    "measures": {"lines": {"aggregate": "count"}},
                }
            },
        }
    )


def loaded(folder: Path, rows: str, history: dict[str, Any] | None = None) -> Warehouse:
    """Load customers, and two sales."""
    (folder / "customer.csv").write_text("id,name,area,valid_from,valid_to\n" + rows, encoding="utf-8")
    (folder / "sale.csv").write_text("customer,day\n1,2024-01-01\n7,2024-02-01\n", encoding="utf-8")
    (folder / "days.csv").write_text("day\n2024-01-01\n2024-02-01\n", encoding="utf-8")
    load(parse_model(document(history or HISTORY)), str(folder), folder / "warehouse")
    return Warehouse(folder / "warehouse")


def test_what_is_stored(tmp_path: Path) -> None:
    """A row a key as it is now, and the versions beside it: areas of their time, the name overwritten."""
    rows = "2,Bob,West,2024-01-10,\n1,Ann,North,,2023-12-31\n1,Anne,South,2024-01-01,9999-12-31\n"
    snapshot = loaded(tmp_path, rows).latest()
    now = snapshot.table("customer").read(["_key", "_status", "id", "name", "area"])
    assert now.rows() == [(0, 0, 1, "Anne", "South"), (1, 0, 2, "Bob", "West"), (2, 1, 7, None, None)]
    versions = snapshot.table("customer.versions").read(["_key", "_from", "id", "name", "area"])
    assert versions.rows() == [
        (0, None, 1, "Anne", "North"),
        (0, dt.date(2024, 1, 1), 1, "Anne", "South"),
        (1, dt.date(2024, 1, 10), 2, "Bob", "West"),
    ]


@pytest.mark.parametrize(
    ("rows", "told", "place"),
    [
        ("1,A,N,2024-01-01,2024-01-31\n1,A,S,2024-02-02,\n", "leaves a gap", "row 1 (line 2)"),
        ("1,A,S,2024-02-01,\n1,A,N,2024-01-01,2024-02-01\n", "overlaps the next version", "row 2 (line 3)"),
        ("1,A,N,2024-01-01,\n1,A,S,2024-02-01,\n", "has no end, though another", "row 1 (line 2)"),
        ("1,A,N,2024-01-01,2023-12-30\n", "ends before it begins", "row 1 (line 2)"),
        ("1,A,N,,2024-01-01\n1,A,S,,2024-02-01\n", "begins on the same day", "row 1 (line 2)"),
        (",A,N,2024-01-01,\n1,A,S,2024-02-01,\n", "The key column id is null", "row 1 (line 2)"),
    ],
)
def test_versions_that_do_not_follow_each_other(tmp_path: Path, rows: str, told: str, place: str) -> None:
    with pytest.raises(SourceError) as caught:
        loaded(tmp_path, rows)
    (issue,) = {str(issue.place): issue for issue in caught.value.issues}.values()
    assert told in issue.message
    assert place in issue.place


def test_versions_that_end_before_a_day(tmp_path: Path) -> None:
    history = {"columns": {"area": 2}, "from": "valid_from", "until": "valid_to"}
    stored = loaded(tmp_path, "1,A,N,2024-01-01,2024-02-01\n1,A,S,2024-02-01,\n", history).latest()
    assert stored.table("customer.versions").rows == 2
    with pytest.raises(SourceError, match="leaves a gap"):
        loaded(tmp_path, "1,A,N,2024-01-01,2024-01-31\n1,A,S,2024-02-01,\n", history)


def test_places_are_those_of_the_source(tmp_path: Path) -> None:
    """The row that is refused is a customer's newest version, which stands last in the file."""
    rows = "1,A,N,2024-01-01,2024-01-31\n1,A,S,2024-02-01,\n,B,S,2024-02-01,\n"
    with pytest.raises(SourceError) as caught:
        loaded(tmp_path, rows)
    assert [str(issue.place) for issue in caught.value.issues] == ["customer.csv, row 3 (line 4)"]


def test_a_snapshot_without_versions_does_not_fit(tmp_path: Path) -> None:
    from cube_server.engine import Engine

    without = json.loads(document(HISTORY))
    del without["tables"]["customer"]["history"]
    for name, text in (("customer", "id,name,area,valid_from,valid_to\n1,A,N,,\n"), ("sale", "customer,day\n")):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "days.csv").write_text("day\n2024-01-01\n", encoding="utf-8")
    load(parse_model(json.dumps(without)), str(tmp_path), tmp_path / "warehouse")
    (tmp_path / "cubes.json").write_text(document(HISTORY), encoding="utf-8")
    with pytest.raises(ModelError, match="has no versions of the rows of 'customer'"):
        Engine.open(tmp_path / "cubes.json", tmp_path / "warehouse")
