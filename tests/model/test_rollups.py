"""Rollups that a model declares."""

from __future__ import annotations

import json

from cube_server.backends.rollups.definition import declared_of
from cube_server.model.read import parse_model
from tests.model.test_mistakes import issues_of, toy


def test_they_are_of_levels_and_keys() -> None:
    document = toy()
    document["cubes"]["sales"]["rollups"] = [
        ["product.department", "time.month"],
        ["product.category", "basket_id"],
        [],
    ]
    names = [one.name for one in declared_of(parse_model(json.dumps(document)).cubes)]
    assert names == ["sales:product.department+time.month", "sales:product.category+basket_id", "sales:all"]


def test_what_none_can_be_of_is_blamed_where_it_stands() -> None:
    document = toy()
    document["cubes"]["sales"]["rollups"] = [["product.department", "product.nothing"], ["amount"]]
    document["cubes"]["bridged"]["rollups"] = [["also.category"]]
    issues = issues_of(document)
    assert "product.nothing" in issues["/cubes/sales/rollups/0/1"].message
    assert "neither a level nor a column" in issues["/cubes/sales/rollups/1/0"].message
    assert "A fact has many members" in issues["/cubes/bridged/rollups/0/0"].message
