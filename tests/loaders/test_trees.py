"""Trees at load: what cannot be a tree is refused with its rows; what is stored fits the model that asks for it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from cube_server.engine import Engine
from cube_server.errors import ModelError, SourceError
from cube_server.model.read import parse_model
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load

MODEL: dict[str, Any] = {
    "format": 1,
    "name": "staff",
    "tables": {
        "pay": {"columns": {"who": "text", "paid": "int"}},
        "person": {"key": ["id"], "columns": {"id": "text", "boss": "text"}},
    },
    "dimensions": {
        "person": {
            "table": "person",
            "levels": {"person": {"column": "id"}},
            "hierarchies": {
                "bosses": {"tree": {"of": "person", "parent": "boss", "root": "-", "depth": 3}},
                "people": {"levels": ["person"]},
            },
        }
    },
    "cubes": {
        "pay": {
            "table": "pay",
            "links": {"person": {"column": "who"}},
            "measures": {"paid": {"aggregate": "sum", "column": "paid"}},
        }
    },
}


def loaded(folder: Path, people: str, model: dict[str, Any] = MODEL) -> Path:
    """Load a table of people; give the warehouse."""
    (folder / "source").mkdir(exist_ok=True)
    (folder / "source" / "person.csv").write_text(f"id,boss\n{people}", encoding="utf-8")
    (folder / "source" / "pay.csv").write_text("who,paid\na,1\n", encoding="utf-8")
    load(parse_model(json.dumps(model)), str(folder / "source"), folder / "warehouse")
    return folder / "warehouse"


@pytest.mark.parametrize(
    ("people", "told"),
    [
        (
            "a,-\nb,x\n",
            "person.csv, row 2 (line 3): The row with id='b' and boss='x' has a parent that is the id of no row.",
        ),
        ("a,a\n", "row 1 (line 2): The row with id='a' and boss='a' stands above itself"),
        (
            "a,\nb,c\nc,b\nd,c\n",
            "row 4 (line 5): The row with id='d' and boss='c' stands above itself, or below one that",
        ),
        ("d,c\nc,b\nb,a\na,-\n", "row 1 (line 2): The row with id='d' and boss='c' stands deeper than the 3 levels"),
    ],
)
def test_rows_that_make_no_tree(tmp_path: Path, people: str, told: str) -> None:
    with pytest.raises(SourceError) as caught:
        loaded(tmp_path, people)
    assert told in str(caught.value)
    assert Warehouse(tmp_path / "warehouse").snapshots() == ()


def test_an_empty_table_is_a_tree(tmp_path: Path) -> None:
    loaded(tmp_path, "")


@pytest.mark.parametrize(("field", "value"), [("depth", 4), ("depth", 2), ("root", "a"), ("parent", "id")])
def test_another_tree_needs_another_load(tmp_path: Path, field: str, value: object) -> None:
    """Levels are made by a load: a model with another tree is refused, and not served with the old levels."""
    warehouse = loaded(tmp_path, "a,-\nb,a\nc,b\n")
    document = copy.deepcopy(MODEL)
    document["dimensions"]["person"]["hierarchies"]["bosses"]["tree"][field] = value
    (tmp_path / "cubes.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelError, match="other levels of the tree"):
        Engine.open(tmp_path / "cubes.json", warehouse)
