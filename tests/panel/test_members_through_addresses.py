"""Every member of the panel can be named in an address by the text that the server gives for it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from cube_server.model.read import read_model
from tests.sample import ROOT

BATCH = 500
MOST = 6_000
"""Of a level with more members, every n-th is taken."""

MODEL = read_model(ROOT / "cubes.json")
LEVELS = [(cube.name, ref.name) for cube in MODEL.cubes for ref in cube.level_refs()]
COUNTS = {"sales": "lines", "contacts": "contacts", "redemptions": "redemptions", "promotions": "promoted_items"}
"""A measure of each cube that every fact has."""
ALONE = [("sales", "~product.category"), ("sales", "~product.type"), ("sales", "~time.quarter")]


def shown(client: TestClient, cube: str, level: str, cut: str = "") -> list[str]:
    """Ask for the members with facts, as text that can be compared."""
    asked = f"measures={COUNTS[cube]}&rows={quote(level)}&layout=cellset&cut={quote(cut)}"
    address = f"/api/v1/cubes/{cube}/query?{asked}"
    response = client.get(address)
    assert response.status_code == 200, response.text
    return [json.dumps(row[0]["key"]) for row in response.json()["axes"]["rows"]["tuples"]]


@pytest.mark.parametrize(("cube", "level"), LEVELS + ALONE)
def test_members_come_back_by_their_own_text(panel: TestClient, cube: str, level: str) -> None:
    members: list[dict[str, Any]] = panel.get(f"/api/v1/cubes/{cube}/members?level={quote(level)}&limit=1000000").json()
    with_facts = set(shown(panel, cube, level))
    chosen = members[:: 1 + len(members) // MOST]
    assert chosen
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        texts = [member["cut"].removeprefix(f"{level}:") for member in batch]
        expected = [key for member in batch if (key := json.dumps(member["key"])) in with_facts]
        assert shown(panel, cube, level, f"{level}:{','.join(texts)}") == expected


@pytest.mark.parametrize(
    ("level", "name"),
    [
        ("~product.category", "CANDY - PACKAGED"),
        ("customer.income", "35-49K"),
        ("hour.daypart", "Night (0-5)"),
    ],
)
def test_names_with_signs_exist_and_cut(panel: TestClient, level: str, name: str) -> None:
    members = panel.get(f"/api/v1/cubes/sales/members?level={level}&search={quote(name)}").json()
    (cut,) = {member["cut"] for member in members if member["key"][-1] == name}
    response = panel.get(f"/api/v1/cubes/sales/query?rows={level}&cut={quote(cut)}")
    assert [row[level] for row in response.json()] == [name]
