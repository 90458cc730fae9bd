"""Facts that refer to a level above the leaves: loading them again and again, with keys that no leaf has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.errors import ModelError, SourceError
from cube_server.model.read import parse_model, read_model
from cube_server.query.request import MembersRequest, QueryRequest
from cube_server.result.flat import flatten
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load

DAYS = "day,month,year,season\n1,1,2024,cold\n2,1,2024,cold\n3,2,2024,mild\n"
PLANS = "month,planned\n1,10\n2,20\n7,5\n8,6\n,1\n"


def document() -> dict[str, Any]:
    """A model of plans by month and sales by day."""
    ints = {"day": "int", "month": "int", "year": "int", "season": "text"}
    return {
        "format": 1,
        "name": "shop",
        "tables": {
            "dim_day": {"key": ["day"], "columns": ints},
            "fact_plan": {"columns": {"month": "int", "planned": "int"}},
            "fact_sale": {"columns": {"day": "int", "sold": "int"}},
        },
        "dimensions": {
            "time": {
                "table": "dim_day",
                "role": "time",
                "levels": {
                    "year": {"column": "year", "unique": True},
                    "month": {"column": "month", "unique": True, "attributes": {"season": {"column": "season"}}},
                    "day": {"column": "day", "unique": True},
                },
                "hierarchies": {"calendar": {"levels": ["year", "month", "day"]}},
            }
        },
        "cubes": {
            "plans": {
                "table": "fact_plan",
                "links": {"time": {"column": "month", "level": "month"}},
                "measures": {"planned": {"aggregate": "sum", "column": "planned"}},
            },
            "sales": {
                "table": "fact_sale",
                "links": {"time": {"column": "day"}},
                "measures": {"sold": {"aggregate": "sum", "column": "sold"}},
            },
        },
    }


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the model and the first files."""
    (tmp_path / "cubes.json").write_text(json.dumps(document()), encoding="utf-8")
    write(tmp_path, days=DAYS)
    return tmp_path


def write(folder: Path, *, days: str, plans: str = PLANS) -> None:
    """Write the files of a load."""
    files = {"dim_day": days, "fact_plan": plans, "fact_sale": "day,sold\n1,1\n3,2\n"}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def loaded(folder: Path) -> Engine:
    """Load the files and open the newest snapshot."""
    load(read_model(folder / "cubes.json"), str(folder), folder / "warehouse")
    return Engine.open(folder / "cubes.json", folder / "warehouse")


def by(engine: Engine, level: str) -> list[tuple[Any, ...]]:
    """Give a level's keys, whether they are unknown, and what is planned."""
    request = QueryRequest.model_validate({"cube": "plans", "measures": ["planned"], "axes": {"rows": [level]}})
    flat = flatten(engine.query(request), Budget(Limits()))
    return flat.select(level, "time.unknown", "planned").rows()


def test_keys_without_a_leaf_are_each_themselves_below_unknown(shop: Path) -> None:
    engine = loaded(shop)
    assert by(engine, "time.month") == [(1, False, 10), (2, False, 20), (7, True, 5), (8, True, 6), (None, False, 1)]
    assert by(engine, "time.year") == [(2024, False, 30), (None, True, 11), (None, False, 1)]


def test_later_loads_that_add_days_give_them_their_places(shop: Path) -> None:
    loaded(shop)
    write(shop, days=DAYS + "4,7,2024,warm\n0,1,2024,cold\n")
    assert by(loaded(shop), "time.month") == [
        (1, False, 10), (2, False, 20), (7, False, 5), (8, True, 6), (None, False, 1),
    ]  # fmt: skip


def test_surrogates_of_keys_stay(shop: Path) -> None:
    loaded(shop)
    write(shop, days="day,month,year,season\n9,0,2024,cold\n3,2,2024,mild\n", plans=PLANS + "0,4\n")
    engine = loaded(shop)
    assert by(engine, "time.month")[:2] == [(0, False, 4), (2, False, 20)]
    first, second = (
        snapshot.table("dim_day@month").read(["_key", "month"]).rows()
        for snapshot in map(Warehouse(shop / "warehouse").snapshot, ("000001", "000002"))
    )
    assert first == [(0, 1), (1, 2), (2, 7), (3, 8)]
    assert second == [*first, (4, 0)]


def test_a_month_without_days_stays_unknown_to_cubes_of_days(shop: Path) -> None:
    page = loaded(shop).members(MembersRequest(cube="sales", level="time.month"))
    assert page.frame["key_1"].to_list() == [1, 2]


def test_an_attribute_that_the_level_does_not_tell_is_a_mistake(shop: Path) -> None:
    write(shop, days=DAYS.replace("2,1,2024,cold", "2,1,2024,mild"))
    with pytest.raises(SourceError, match="know time by month, but one has two values of season"):
        loaded(shop)


@pytest.mark.parametrize(
    ("link", "place", "message"),
    [
        ({"level": "mnth"}, "level", "no level 'mnth'. Did you mean 'month'?"),
        ({"level": "season"}, "level", "no level 'season'"),
        ({"level": "day"}, "level", "has the dimension's own key"),
        ({"level": "month", "column": "note"}, "column", "fact_plan.note is text, but the key of 'time.month' is int"),
    ],
)
def test_mistakes_of_the_model(link: dict[str, str], place: str, message: str) -> None:
    part = document()
    part["tables"]["fact_plan"]["columns"]["note"] = "text"
    part["cubes"]["plans"]["links"]["time"] |= link
    with pytest.raises(ModelError) as caught:
        parse_model(json.dumps(part))
    (issue,) = caught.value.issues
    assert issue.place == f"/cubes/plans/links/time/{place}"
    assert message in str(issue)


def test_a_level_whose_keys_repeat_cannot_be_linked() -> None:
    part = document()
    del part["dimensions"]["time"]["levels"]["month"]["unique"]
    with pytest.raises(ModelError, match="does not identify a member alone"):
        parse_model(json.dumps(part))
