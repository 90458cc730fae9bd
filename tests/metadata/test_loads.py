"""The record of loads, kept and read again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from cube_server.errors import NotFoundError
from cube_server.metadata.database import Database
from cube_server.metadata.loads import LoadedContent, LoadedTable, LoadRecord, Loads

RECORD = LoadRecord(
    started=dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC),
    seconds=1.5,
    outcome="loaded",
    source="exports/일별",
    model_name="shop",
    model_hash="abc",
    snapshot="000003",
    steps=(("read sale", 0.5), ("write", 1.0)),
    tables=(
        LoadedTable(
            name="sale",
            mode="append",
            rows_read=2**40,
            rows_loaded=5,
            rows_rejected=1,
            rows_deduplicated=2,
            rows_repeated=4,
            rows_filtered=5,
            rows_known=6,
            rows_removed=3,
            files_written=1,
            bytes_written=2**41,
            contents=(
                LoadedContent(name="sale/1.csv", sha256="0" * 64, skipped="000001"),
                LoadedContent(name="sale/2.csv", sha256="1" * 64),
            ),
        ),
        LoadedTable(name="product", mode="left", rows_read=0, rows_loaded=0),
    ),
)
FAILED = replace(
    RECORD,
    outcome="failed",
    snapshot=None,
    rejects="refused",
    error_code="invalid_source",
    error="1 mistake\n  row 3",
    tables=(),
)


def test_what_is_recorded_is_read_again(database: Database) -> None:
    loads = Loads(database)
    assert loads.newest() == ()
    first, second = loads.add(RECORD), loads.add(FAILED)
    assert first == replace(RECORD, id=first.id)
    assert loads.newest() == (second, first)
    assert loads.find(first.id) == first
    assert loads.count() == 2


def test_a_page_of_them(database: Database) -> None:
    loads = Loads(database)
    added = [loads.add(replace(RECORD, seconds=float(number))) for number in range(5)]
    assert loads.newest(limit=2, offset=1) == (added[3], added[2])


def test_one_that_does_not_exist(database: Database) -> None:
    with pytest.raises(NotFoundError, match="There is no load 7"):
        Loads(database).find(7)
