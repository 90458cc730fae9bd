"""The pivot layout. Expected numbers are those that tests/toy/README.md adds up by hand."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.api.reading import READERS, same
from tests.api.serving import assert_error

QUERY = "/api/v1/cubes/sales/query"
PIVOTED = ("csv", "tsv", "html", "xml", "xlsx")
ASKED = "rows=product.department&columns=time.year,time.quarter&measures=lines&totals=true&subtotals=time.year"


def test_a_column_for_every_column_tuple_totals_as_in_the_cell_set(client: TestClient) -> None:
    assert client.get(f"{QUERY}.csv?{ASKED}&layout=pivot").text.splitlines() == [
        "product.department,product.depth,product.unknown,lines,"
        "2023 | lines,2023/Q4 | lines,2024 | lines,2024/Q1 | lines,2024/Q2 | lines,2024/Q4 | lines",
        ",0,false,17,3,3,14,8,2,4",
        "Food,1,false,9,3,3,6,3,1,2",
        "Home,1,false,5,,,5,3,,2",
        ",1,true,2,,,2,2,,",
        ",1,false,1,,,1,,1,",
    ]


def test_several_measures_and_hierarchies_make_one_name_each(client: TestClient) -> None:
    names, rows = READERS["csv"](
        client.get(f"{QUERY}.csv?columns=time.year,store.store&measures=lines,quantity&layout=pivot").content
    )
    tuples = ["2023 | A-1", "2024 | A-1", "2024 | B:2"]
    assert names == [f"{place} | {measure}" for place in tuples for measure in ("lines", "quantity")]
    assert sum(int(str(value)) for value in rows[0][::2]) == 17
    assert sum(int(str(value)) for value in rows[0][1::2]) == 26


def test_keys_with_a_bar_cannot_be_taken_for_two(client: TestClient) -> None:
    found = client.get(f"{QUERY}.csv?columns=store.store&measures=lines&layout=pivot&nonempty=false")
    assert READERS["csv"](found.content)[0] == ["A-1 | lines", "B:2 | lines", '"C|3" | lines']


def test_nothing_in_the_cut_leaves_the_row_keys(client: TestClient) -> None:
    asked = "rows=product.department&columns=time.year&cut=store.store:%22C|3%22&layout=pivot"
    assert client.get(f"{QUERY}.csv?{asked}").text.startswith("product.department,product.depth")
    assert client.get(f"{QUERY}.csv?columns=time.year&cut=store.store:%22C|3%22&layout=pivot").status_code == 200


ROWS = ["product.department", "product.category", "store.store"]
COLUMNS = ["customer.area", "time.year", "time.quarter"]


def some(levels: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(levels), unique=True).map(lambda names: ",".join(sorted(names, key=levels.index)))


questions = st.fixed_dictionaries(
    {
        "rows": some(ROWS),
        "columns": some(COLUMNS),
        "measures": st.just("amount,lines"),
        "totals": st.sampled_from(["true", "false"]),
        "nonempty": st.sampled_from(["true", "false"]),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions)
def test_every_format_is_the_matrix_of_the_cell_set(client: TestClient, question: dict[str, str]) -> None:
    cells = client.get(f"{QUERY}.json", params=question | {"layout": "cellset"}).json()["cells"]
    paired = [
        [value for pair in zip(*both, strict=True) for value in pair]
        for both in zip(cells["amount"], cells["lines"], strict=True)
    ]
    for format in PIVOTED:
        names, found = READERS[format](client.get(f"{QUERY}.{format}", params=question | {"layout": "pivot"}).content)
        assert len(names) == len(set(names))
        assert len(found) == len(paired)
        for row, values in zip(found, paired, strict=True):
            numbers = row[len(row) - len(values) :]
            assert all(map(same, numbers, values)), (format, question)


def test_a_page_of_a_pivot_links_to_the_next_pivot(client: TestClient) -> None:
    response = client.get(f"{QUERY}.csv?{ASKED}&layout=pivot&limit=2")
    following = response.headers["link"].partition(">")[0].removeprefix("<")
    whole = client.get(f"{QUERY}.csv?{ASKED}&layout=pivot").text.splitlines()
    assert client.get(following).text.splitlines() == [whole[0], *whole[3:5]]


@pytest.mark.parametrize("format", ["json", "arrow", "parquet"])
def test_other_formats_have_no_pivot(client: TestClient, format: str) -> None:
    body = assert_error(client.get(f"{QUERY}.{format}?layout=pivot"), 400, "invalid_query")
    assert body["issues"][0]["place"] == "layout"  # type: ignore[index]
