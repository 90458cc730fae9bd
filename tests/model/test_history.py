"""Mistakes in what a model says of history."""

from __future__ import annotations

from typing import Any

import pytest

from cube_server.model.dimensions import LevelRef
from cube_server.model.read import read_model
from tests.model.test_mistakes import issues_of, toy
from tests.toy.star import MODEL


def test_a_model_is_read_in_both_ways() -> None:
    model = read_model(MODEL)
    now, then = (model.read_as(scd).cube("moved") for scd in ("now", "then"))
    assert model.cube("moved") == now == model.read_as(None).cube("moved")
    assert now is not None
    assert then is not None
    assert (now.scd["client"], then.scd["client"]) == ("now", "then")
    client, addressee = then.link("client"), then.link("addressee")
    assert client is not None
    assert addressee is not None
    assert isinstance(client.when, LevelRef)
    assert isinstance(addressee.when, LevelRef)
    assert (client.when.name, addressee.when.name) == ("~time.day", "~ship.day")
    assert [level.name for level in client.dimension.levels if level.varies] == ["area", "segment", "since"]
    assert model.read_as("then").cube("visits") == model.cube("visits")


def test_without_history_there_is_one_way() -> None:
    document = toy()
    del document["tables"]["dim_client"]["history"]
    place = "/cubes/moved/links/addressee/when"
    found = issues_of(document)
    assert found.keys() == {place}
    assert "has no history" in found[place].message


@pytest.mark.parametrize(
    ("history", "place", "message", "hint"),
    [
        ({"columns": {"are": 2, "area": 2}}, "/columns/are", "has no column 'are'", "'area'"),
        ({"columns": {"client_id": 2}}, "/columns/client_id", "is the key", "Leave it out"),
        ({"columns": {"name": 1}}, "/columns", "No column is of type 2", '"region": 2'),
        ({"columns": {"area": 2}, "to": "valid_to"}, "/to", "also begins", "`from`"),
        ({"columns": {"area": 2}, "since": "valid_from", "from": "valid_from"}, "/since", "or from loads", "Give one"),
        ({"columns": {"area": 2}, "from": "segment"}, "/from", "is text, not a date", "by the day"),
        (
            {"columns": {"area": 2}, "from": "valid_from", "to": "valid_to", "until": "valid_to"},
            "/until",
            "either on `to`",
            "Give one",
        ),
    ],
)
def test_mistakes_of_a_table(history: dict[str, Any], place: str, message: str, hint: str) -> None:
    document = toy()
    document["tables"]["dim_client"]["history"] = history
    found = issues_of(document)
    spot = f"/tables/dim_client/history{place}"
    assert found.keys() == {spot}
    assert message in found[spot].message
    assert hint in found[spot].hint


def test_what_stands_together_changes_together() -> None:
    """A former area would stand under the region, and be called by the name, of the present one."""
    document = toy()
    table, client = document["tables"]["dim_client"], document["dimensions"]["client"]
    table["columns"] |= {"region": "text", "area_name": "text"}
    client["levels"]["region"] = {"column": "region"}
    client["levels"]["area"] = {"column": "area", "caption": "area_name", "unique": True}
    client["hierarchies"]["home"]["levels"] = ["region", "area", "client"]
    found = issues_of(document)["/tables/dim_client/history/columns"]
    assert "'region', the level above of it, is overwritten" in found.message or "'area_name'" in found.message
    table["history"]["columns"] |= {"region": 2}
    found = issues_of(document)["/tables/dim_client/history/columns"]
    assert found.hint == 'Add "area_name": 2.'


def test_mistakes_of_dimensions_and_links() -> None:
    document = toy()
    document["tables"]["dim_date"]["history"] = {"columns": {"weekday": 2}}
    document["tables"]["fact_visit"]["history"] = {"columns": {"minutes": 2}}
    document["tables"]["dim_staff"]["history"] = {"columns": {"boss_id": 2}}
    document["dimensions"]["store"]["scd"] = "then"
    document["cubes"]["moved"]["links"]["addressee"]["when"] = "product"
    document["cubes"]["moved"]["links"]["also"]["when"] = "ship"
    found = issues_of(document)
    expected = {
        "/tables/dim_date/history": "is time itself",
        "/tables/fact_visit/history": "is no dimension's table",
        "/tables/dim_staff/history/columns/boss_id": "is what the tree 'bosses' is made of",
        "/dimensions/store/scd": "has no history",
        "/cubes/moved/links/addressee/when": "'product' is no link to time",
        "/cubes/moved/links/also/when": "of a day already",
    }
    assert {place: expected[place] in found[place].message for place in expected} == dict.fromkeys(expected, True)
