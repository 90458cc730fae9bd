"""Every address in docs/spreadsheets.md is answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

TEXT = (Path(__file__).parents[2] / "docs" / "spreadsheets.md").read_text(encoding="utf-8")
ADDRESSES = sorted(set(re.findall(r"(?:https?://[\w.]+(?::\d+)?)?(/api/v1/[^\s\"'`)]+)", TEXT)))


def test_there_are_addresses() -> None:
    assert len(ADDRESSES) > 12


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_is_answered(panel: TestClient, address: str) -> None:
    response = panel.get(address)
    assert response.status_code == 200, response.text
    assert response.content
