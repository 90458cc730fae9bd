"""Calculated members of a model: built, checked, and named by questions like those of a query."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from cube_server.engine import Engine
from cube_server.model.read import parse_model
from cube_server.query.request import QueryRequest
from tests.model.test_mistakes import issues_of, toy


def with_members(members: dict[str, Any]) -> dict[str, Any]:
    document = toy()
    document["cubes"]["sales"]["members"] = members
    return document


RISE = {"of": "time", "formula": "time.year[2024] - time.year[2023]", "label": {"en": "Rise", "ko": "증가"}}


def test_a_member_of_the_model_stands_on_an_axis(
    toy_paths: tuple[Path, Path], tmp_path: Path, oracle: duckdb.DuckDBPyConnection
) -> None:
    document = with_members({"rise": RISE, "growth": {"of": "time", "formula": "rise / time.year[2023]"}})
    model = tmp_path / "cubes.json"
    model.write_text(json.dumps(document), encoding="utf-8")
    axes = {"rows": [{"members": ["rise", "growth"]}]}
    request = QueryRequest.model_validate({"cube": "sales", "measures": ["lines"], "axes": axes})
    cells = Engine.open(model, toy_paths[1]).query(request)
    (expected,) = oracle.sql("""
        select later - before, (later - before) / before
        from (select count(*) filter (year = 2024) as later, count(*) filter (year = 2023) as before from sales)
        """).fetchall()
    assert [value for (value,) in cells.matrix("lines")] == list(expected)
    assert cells.rows.dictionaries[0].frame["caption"].to_list() == ["Rise", "Growth"]


def test_mistakes_are_told_at_their_place() -> None:
    found = issues_of(
        with_members(
            {
                "amount": RISE,
                "first": {"of": "time", "formula": "second * 2"},
                "second": {"of": "time", "formula": "time.year[2024] -"},
                "third": {"of": "time", "formula": "time.year[2024]", "parent": 'customer.area["North"]'},
            }
        )
    )
    assert sorted(found) == [
        "/cubes/sales/members/amount",
        "/cubes/sales/members/first/formula",
        "/cubes/sales/members/second/formula",
        "/cubes/sales/members/third/parent",
    ]
    assert "►second" in found["/cubes/sales/members/first/formula"].message
    assert "another hierarchy" in found["/cubes/sales/members/third/parent"].message


def test_members_change_the_hash_of_a_model() -> None:
    assert parse_model(json.dumps(toy())).hash != parse_model(json.dumps(with_members({"rise": RISE}))).hash
