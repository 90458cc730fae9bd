"""Which snapshots a policy keeps, and which one a date means."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_server.errors import NotFoundError
from cube_server.warehouse.retention import Dated, Retention
from cube_server.warehouse.store import Warehouse
from tests.warehouse.test_reading import put


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


# Two loads on most days; worked out by hand below.
LOADS = tuple(
    Dated(id=f"{number:06d}", created=at(text))
    for number, text in enumerate(
        [
            "2025-12-31T01:00", "2025-12-31T22:00", "2026-01-15T01:00", "2026-02-26T01:00",
            "2026-02-27T01:00", "2026-02-27T13:00", "2026-02-28T23:59", "2026-03-01T00:00", "2026-03-01T06:00",
        ],
        1,
    )
)  # fmt: skip
NOW = at("2026-03-01T12:00")


def kept(policy: Retention) -> list[int]:
    return [int(snapshot.id) for snapshot, reasons in policy.reasons(LOADS, NOW) if reasons]


def test_without_a_policy_all_are_kept() -> None:
    assert kept(Retention()) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_the_newest_ones() -> None:
    assert kept(Retention(newest=2)) == [8, 9]
    assert kept(Retention(newest=99)) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_the_last_of_each_day_and_of_each_month_this_one_included() -> None:
    assert kept(Retention(days=1)) == [9]
    assert kept(Retention(days=3)) == [6, 7, 9]
    assert kept(Retention(months=2)) == [7, 9]
    assert kept(Retention(months=4)) == [2, 3, 7, 9]
    assert kept(Retention(newest=2, days=3, months=4)) == [2, 3, 6, 7, 8, 9]


moments = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2026, 3, 1), timezones=st.just(dt.UTC))
numbers = st.none() | st.integers(1, 40)


@given(st.lists(moments, min_size=1, max_size=30), numbers, numbers, numbers)
def test_law_a_policy_keeps_the_newest_and_what_it_kept_when_it_is_asked_again(
    loads: list[dt.datetime], newest: int | None, days: int | None, months: int | None
) -> None:
    snapshots = [Dated(id=f"{n:06d}", created=moment) for n, moment in enumerate(sorted(loads), 1)]
    policy = Retention(newest=newest, days=days, months=months)
    first = [snapshot for snapshot, reasons in policy.reasons(snapshots, NOW) if reasons]
    assert first[-1] == snapshots[-1]
    assert [snapshot for snapshot, reasons in policy.reasons(first, NOW) if reasons] == first


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    for number, created in enumerate(["2026-02-27T13:00:00Z", "2026-02-28T23:59:59Z", "2026-03-01T06:00:00Z"], 1):
        put(tmp_path, f"{number:06d}", created=created)
    return Warehouse(tmp_path)


@pytest.mark.parametrize(
    ("as_of", "meant"),
    [
        ("000001", "000001"),
        ("2026-02-27", "000001"),
        ("2026-02-28", "000002"),
        ("2026-12-31", "000003"),
        ("9999-12-31", "000003"),
        ("2026-03-01T05:59", "000002"),
        ("2026-03-01T06:00:00", "000003"),
        ("2026-03-01T07:00+02:00", "000002"),
    ],
)
def test_a_date_or_a_time_means_the_newest_snapshot_at_or_before_it(
    warehouse: Warehouse, as_of: str, meant: str
) -> None:
    assert warehouse.find(as_of) == meant


@pytest.mark.parametrize("as_of", ["2026-02-26", "0001-01-01"])
def test_a_date_before_all_snapshots_names_the_oldest(warehouse: Warehouse, as_of: str) -> None:
    with pytest.raises(NotFoundError, match=f"at or before {as_of}. The oldest is 000001, of 2026-02-27 13:00 UTC"):
        warehouse.find(as_of)


@pytest.mark.parametrize("as_of", ["2026-02-30", "yesterday", "000009", "20260301", "-", "9999-12-31T"])
def test_what_is_neither_a_snapshot_nor_a_date_names_those_that_exist(warehouse: Warehouse, as_of: str) -> None:
    with pytest.raises(NotFoundError, match=r"There is no snapshot '.*000003"):
        warehouse.find(as_of)
