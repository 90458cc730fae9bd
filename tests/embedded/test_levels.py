"""Members in their order, and looking them up, against the oracle's own sorting of the toy star."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from cube_server.backends.embedded.backend import EmbeddedBackend
from cube_server.errors import QueryError
from cube_server.model.elements import Cube
from cube_server.query.spec import Range
from cube_server.types import UNKNOWN, KeyPath
from tests.embedded.conftest import Ref

MEMBERS = {
    "product.department": "department",
    "product.category": "department, category",
    "~product.category": "category",
    "product.brand": "brand",
}


@pytest.mark.parametrize("name", MEMBERS)
def test_members_stand_in_order_known_then_unknown_then_null(
    name: str, ref: Ref, backend: EmbeddedBackend, oracle: duckdb.DuckDBPyConnection
) -> None:
    columns = MEMBERS[name]
    classed = [f"class_of({column}, false)" for column in columns.split(", ")]
    order = ", ".join(f"{rank}, {column}" for rank, column in zip(classed, columns.split(", "), strict=True))
    known = oracle.sql(f"select distinct {columns}, {order} from dim_product order by {order}").fetchall()
    width = len(columns.split(", "))
    expected = [row[:width] for row in known]
    at = next((place for place, path in enumerate(expected) if path[0] is None), len(expected))
    expected.insert(at, (UNKNOWN,) * width)
    dictionary = backend.dictionary(ref(name))
    found = [dictionary.path(code) for code in range(len(dictionary))]
    # The null key of the facts is a member of every level, whether or not a dimension row has one.
    null = (None,) * width
    assert [path for path in found if path != null] == [path for path in expected if path != null]
    assert found[-1] == null


def test_an_order_column_sorts_the_members(ref: Ref, backend: EmbeddedBackend) -> None:
    dictionary = backend.dictionary(ref("customer.age"))
    assert [dictionary.path(code) for code in range(len(dictionary))] == [("under 20",), ("20-29",), ("60+",), (None,)]


def test_leaves_without_a_dimension_row_stand_under_unknown_each_itself(ref: Ref, backend: EmbeddedBackend) -> None:
    dictionary = backend.dictionary(ref("product.product"))
    paths = [dictionary.path(code) for code in range(len(dictionary))]
    assert [path for path in paths if path[0] is UNKNOWN] == [(UNKNOWN, UNKNOWN, key) for key in (97, 98, 99)]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("product.department", ("Fod",)),
        ("product.category", ("Food", "Light")),
        ("~product.category", ("Gifs",)),
        ("customer.area", (UNKNOWN,)),
    ],
)
def test_a_member_that_does_not_exist_is_named_in_the_error(
    name: str, path: KeyPath, ref: Ref, backend: EmbeddedBackend
) -> None:
    level = backend._level(ref(name))
    with pytest.raises(QueryError, match="has no member"):
        level.find(ref(name), (path,))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2024-01", "2024-03", ["2024-01", "2024-02", "2024-03"]),
        ("2024-02", None, ["2024-02", "2024-03", "2024-04", "2024-12"]),
        (None, "2023-12", ["2023-12"]),
        (None, None, ["2023-12", "2024-01", "2024-02", "2024-03", "2024-04", "2024-12"]),
        # Ends that no member has, inside, before and behind.
        ("2024-05", "2024-11", []),
        ("2020-01", "2023-12", ["2023-12"]),
        ("2024-06", "2030-01", ["2024-12"]),
    ],
)
def test_a_range_holds_both_ends_and_known_members_only(
    first: str | None, last: str | None, expected: list[str], ref: Ref, backend: EmbeddedBackend
) -> None:
    level_ref = ref("~time.month")
    ends = [None if end is None else (end,) for end in (first, last)]
    inside = backend._level(level_ref).between(level_ref, Range(first=ends[0], last=ends[1]))
    dictionary = backend.dictionary(level_ref)
    assert [dictionary.path(int(code))[0] for code in inside.nonzero()[0]] == expected


def test_the_last_day_is_the_last_one_with_facts(backend: EmbeddedBackend, cube: Cube) -> None:
    assert backend.last_day(cube) == dt.date(2024, 12, 31)
