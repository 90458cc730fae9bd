"""Tables derived from others when they are loaded; what is expected is added up by hand."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cube_server.errors import ModelError, SourceError
from cube_server.model.read import parse_model
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "name": "derived",
    "tables": {
        "order": {
            "source": "orders",
            "columns": {"id": "int", "item": "int", "no": "int", "day": "text", "price": "int"},
        },
        "item": {"source": "items", "columns": {"id": "int", "name": "text", "kind": "int"}},
        "kind": {"source": "kinds", "columns": {"id": "int", "kind name": "text"}},
        "items": {
            "key": ["id"],
            "columns": {"id": "int", "name": "text", "kind": "text"},
            "from": {
                "table": "item",
                "joins": [{"table": "kind", "as": "k", "on": {"id": "item.kind"}}],
                "where": "not is_null(id)",
                "values": {"kind": 'upper(column("k", "kind name"))'},
            },
        },
        "days": {
            "key": ["key"],
            "columns": {"key": "text", "day": "text", "no": "int"},
            "from": {"table": "order", "values": {"key": "tuple(day, no)"}, "distinct": True},
        },
        "sold": {
            "columns": {"item": "int", "to_day": "text", "double": "int", "one": "int"},
            "from": {
                "table": "order",
                "joins": [{"table": "item", "on": {"id": "item"}, "keep": "matched"}],
                "values": {"to_day": "tuple(day, no)", "double": "price * 2", "one": "1"},
            },
        },
    },
    "dimensions": {
        "item": {"table": "items", "levels": {"item": {"column": "name"}}, "hierarchies": {"h": {"levels": ["item"]}}},
        "day": {"table": "days", "levels": {"day": {"column": "day"}}, "hierarchies": {"h": {"levels": ["day"]}}},
    },
    "cubes": {
        "sold": {
            "table": "sold",
            "links": {"item": {"column": "item"}, "day": {"column": "to_day"}},
            "measures": {"double": {"aggregate": "sum", "column": "double"}},
        }
    },
}

SOURCE = {
    "orders": "id,item,no,day,price\n1,1,1,mon,10\n2,2,1,mon,20\n3,9,2,tue,30\n4,1,2,tue,\n5,,2,tue,50\n",
    "items": "id,name,kind\n1,pear,7\n2,bread,8\n,nothing,7\n",
    "kinds": "id,kind name\n7,fruit\n",
}


def load_rows(document: dict[str, Any], folder: Path) -> dict[str, pl.DataFrame]:
    """Load a model from the little source; give its tables."""
    for name, text in SOURCE.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    load(parse_model(json.dumps(document)), str(folder), folder / "warehouse")
    snapshot = Warehouse(folder / "warehouse").latest()
    names = snapshot.manifest.tables
    return {name: snapshot.table(name).read(list(names[name].columns)) for name in names}


def test_joins_conditions_and_formulas(tmp_path: Path) -> None:
    tables = load_rows(DOCUMENT, tmp_path)
    assert tables["items"].select("id", "name", "kind").sort("id").rows() == [(1, "pear", "FRUIT"), (2, "bread", None)]
    assert tables["days"].select("key", "day", "no").sort("key").rows() == [
        ('["mon","1"]', "mon", 1),
        ('["tue","2"]', "tue", 2),
    ]
    # The third order's item is none, the fifth has none: the join leaves both out.
    assert tables["sold"].select("double", "one").rows() == [(20, 1), (40, 1), (None, 1)]


def test_tables_that_only_others_are_made_of_are_not_kept(tmp_path: Path) -> None:
    assert set(load_rows(DOCUMENT, tmp_path)) == {"items", "days", "sold"}


def test_what_is_derived_is_checked_as_what_is_read(tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["tables"]["items"]["from"]["joins"] = []
    document["tables"]["items"]["from"]["values"] = {"id": "1", "kind": "name"}
    with pytest.raises(SourceError) as caught:
        load_rows(document, tmp_path)
    told = "The key id='1' is also that of table items, from items.csv, row 1 (line 2)."
    assert f"table items, from items.csv, row 2 (line 3): {told}" in str(caught.value)


def test_a_value_of_another_type_is_a_mistake(tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["tables"]["sold"]["from"]["values"]["double"] = "price / 4"
    with pytest.raises(SourceError) as caught:
        load_rows(document, tmp_path)
    assert "table sold, from orders.csv, row 1 (line 2), column double: 2.5 is not of type int." in str(caught.value)


def issues_of(document: dict[str, Any]) -> dict[str, str]:
    """Give the mistakes of a model by place."""
    with pytest.raises(ModelError) as caught:
        parse_model(json.dumps(document))
    return {issue.place: f"{issue.message} {issue.hint}" for issue in caught.value.issues}


def test_every_mistake_of_a_derivation_is_told_at_its_place() -> None:
    document = copy.deepcopy(DOCUMENT)
    tables = document["tables"]
    tables["items"]["from"]["joins"][0]["table"] = "knd"
    tables["days"]["source"] = "days"
    tables["days"]["from"]["where"] = "no + 1"
    tables["days"]["from"]["values"]["dya"] = "day"
    tables["sold"]["from"]["joins"][0]["on"] = {"id": "day"}
    found = issues_of(document)
    assert "No table 'knd'. Did you mean 'kind'" in found["/tables/items/from/joins/0/table"]
    assert "either a `source` or a `from`" in found["/tables/days/source"]
    assert "a condition is needed" in found["/tables/days/from/where"]
    assert "no column 'dya'" in found["/tables/days/from/values/dya"]
    assert "id is int, but what it has to equal is text." in found["/tables/sold/from/joins/0/on/id"]


def test_a_column_needs_a_value() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["tables"]["days"]["columns"]["dya"] = "text"
    assert "has no column 'dya', and no value is given" in issues_of(document)["/tables/days/from/values"]


def test_no_table_is_derived_from_itself() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["tables"]["order"] = {"columns": {"id": "int"}, "from": {"table": "sold", "values": {"id": "item"}}}
    assert any("derived from itself" in message for message in issues_of(document).values())


def test_two_tables_need_two_names() -> None:
    document = copy.deepcopy(DOCUMENT)
    join = document["tables"]["sold"]["from"]["joins"][0]
    document["tables"]["sold"]["from"]["joins"] = [join, join]
    assert "Two tables are called 'item'" in issues_of(document)["/tables/sold/from/joins/1"]
