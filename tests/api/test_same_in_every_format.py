"""Law: whatever is asked, every format holds the same numbers, nulls and totals."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.api.reading import READERS, same

CUBE = "/api/v1/cubes/sales"
QUERY = f"{CUBE}/query"

LEVELS = [
    "product.department",
    "product.category",
    "product.product",
    "customer.area",
    "customer.age",
    "store.store",
    "time.month",
    "ship.weekly.week",
]

levels = st.lists(
    st.sampled_from(LEVELS),
    unique=True,
    min_size=1,
    max_size=3,
).map(lambda names: sorted(names, key=LEVELS.index))
measures = st.lists(st.sampled_from(["amount", "lines", "price", "weight", "average"]), unique=True, min_size=1)
questions = st.fixed_dictionaries(
    {
        "rows": levels.map(",".join),
        "measures": measures.map(",".join),
        "totals": st.sampled_from(["true", "false"]),
        "nonempty": st.sampled_from(["true", "true", "false"]),
        "limit": st.sampled_from(["all", "0", "1", "7"]),
        "cut": st.sampled_from(["", "product.department:!Food", "time.year:2023", "product.department:unknown()"]),
    }
)
subtotals = st.booleans()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions, subtotals)
def test_every_format_holds_the_same(client: TestClient, question: dict[str, str], with_subtotals: bool) -> None:
    if with_subtotals:
        question = question | {"subtotals": question["rows"].partition(",")[0]}
    assert_same_everywhere(client, QUERY, question | {"guard": "off"})


@pytest.mark.parametrize("level", ["product.category", "store.store", "time.weekly.day", "customer.age"])
def test_members_are_the_same_in_every_format(client: TestClient, level: str) -> None:
    response = client.get(f"{CUBE}/members.csv", params={"level": level})
    for format, read in READERS.items():
        found = client.get(f"{CUBE}/members.{format}", params={"level": level})
        assert found.status_code == 200, found.text
        names, rows = read(found.content)
        expected, lines = READERS["csv"](response.content)
        assert names == expected
        assert [[told(value) for value in row] for row in rows] == lines


def test_facts_are_the_same_in_every_format(client: TestClient) -> None:
    assert_same_everywhere(client, f"{CUBE}/facts", {"cut": "time.year:2024"})


def assert_same_everywhere(client: TestClient, path: str, question: dict[str, str]) -> None:
    response = client.get(f"{path}.json", params=question)
    assert response.status_code == 200, response.text
    records = response.json()
    for format, read in READERS.items():
        found = client.get(f"{path}.{format}", params=question)
        assert found.status_code == 200, found.text
        names, rows = read(found.content)
        assert names == list(records[0] if records else names), format
        assert len(rows) == len(records), format
        for row, record in zip(rows, records, strict=True):
            wrong = [name for name, value in zip(names, row, strict=True) if not same(value, record[name])]
            assert wrong == [], (format, row, record)


def told(value: object) -> str | None:
    """Write a value of any format as CSV does."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value).removesuffix(" 00:00:00")
