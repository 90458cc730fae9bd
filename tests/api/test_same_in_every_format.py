"""Law: CSV, JSON and Arrow hold the same table, whatever is asked."""

from __future__ import annotations

import csv
import io

import pyarrow.ipc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

QUERY = "/api/v1/cubes/sales/query"

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
Json = str | int | float | bool | dict[str, bool] | None

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


def same(text: str, value: Json) -> bool:
    """Whether a field of CSV is a value of JSON."""
    if value is None or isinstance(value, dict):
        return text == ""
    if isinstance(value, bool):
        return text == str(value).lower()
    return float(text) == value if isinstance(value, int | float) else text == value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions)
def test_csv_json_and_arrow_hold_the_same(client: TestClient, question: dict[str, str]) -> None:
    records = client.get(f"{QUERY}.json", params=question)
    assert records.status_code == 200, records.text
    table = pyarrow.ipc.open_stream(client.get(f"{QUERY}.arrow", params=question).content).read_all()
    lines = client.get(f"{QUERY}.csv", params=question).content.decode()
    header, *rows = csv.reader(io.StringIO(lines, newline=""))

    plain = [
        {name: None if isinstance(value, dict) else value for name, value in row.items()} for row in records.json()
    ]
    assert table.to_pylist() == plain
    assert header == table.column_names
    assert len(rows) == len(plain)
    for row, record in zip(rows, records.json(), strict=True):
        assert all(same(text, record[name]) for name, text in zip(header, row, strict=True)), (row, record)
