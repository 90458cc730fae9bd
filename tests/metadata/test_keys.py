"""Keys are found by themselves alone, as long as they work."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from cube_server.errors import ConflictError, NotFoundError
from cube_server.metadata.database import Database
from cube_server.metadata.keys import Keys
from cube_server.metadata.moments import parse_span

from .conftest import Time


def test_a_key_is_found_and_is_not_kept(database: Database, time: Time) -> None:
    keys = Keys(database, time)
    info, text = keys.add("ann")
    assert text.startswith(f"cube_{info.id}_")
    assert keys.find(text) == info
    with database.reading() as connection:
        (row,) = connection.execute(sa.text("SELECT * FROM cube_keys")).mappings()
    assert row["digest"] == sha256(text.encode()).hexdigest()
    assert text.rpartition("_")[2] not in str(dict(row))


def test_nothing_else_is_found(database: Database) -> None:
    keys = Keys(database)
    info, text = keys.add("ann")
    _, other = keys.add("bob")
    secret = other.rpartition("_")[2]
    for wrong in ("", "ann", info.id, text[:-1], text + "0", text.upper(), f"cube_{info.id}_{secret}", "cube_é_é", " "):
        assert keys.find(wrong) is None


def test_a_key_ends_when_it_expires(database: Database, time: Time) -> None:
    keys = Keys(database, time)
    info, text = keys.add("ann", dt.timedelta(days=90))
    assert info.expires == dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    time.passes(days=90, seconds=-1)
    assert keys.find(text)
    time.passes(seconds=1)
    assert keys.find(text) is None
    assert keys.ever()
    keys.add("ann")


def test_a_key_is_revoked_by_name_or_id(database: Database, time: Time) -> None:
    keys = Keys(database, time)
    ann, first = keys.add("ann")
    _, second = keys.add("bob")
    assert keys.revoke(ann.id).revoked == time.at
    assert keys.revoke("bob").revoked == time.at
    assert (keys.find(first), keys.find(second)) == (None, None)
    time.passes(days=1)
    assert keys.revoke(ann.id).revoked == time.at - dt.timedelta(days=1)
    with pytest.raises(NotFoundError, match="There is no key 'bob' that works"):
        keys.revoke("bob")


def test_a_name_is_free_again_when_its_key_is_revoked(database: Database) -> None:
    keys = Keys(database)
    keys.add("ann")
    with pytest.raises(ConflictError, match="There is a key 'ann' already"):
        keys.add("ann")
    keys.revoke("ann")
    _, text = keys.add("ann")
    assert keys.find(text)
    assert [key.revoked is None for key in keys.all()] == [False, True]


def test_its_last_use_is_known_to_the_minute(database: Database, time: Time) -> None:
    keys = Keys(database, time)
    info, text = keys.add("ann")
    used = []
    for seconds in (0, 59, 1):
        time.passes(seconds=seconds)
        keys.use(keys.find(text) or info)
        used.append(keys.all()[0].last_used)
    start = info.created
    assert used == [start, start, start + dt.timedelta(minutes=1)]


def test_writers_wait_for_each_other(database: Database) -> None:
    keys = Keys(database)
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda name: keys.add(f"key {name}")[1], range(24)))
    assert len({found.id for text in texts if (found := keys.find(text))}) == 24


@given(st.integers(1, 999), st.sampled_from("smhdw"))
def test_spans(count: int, unit: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[unit]
    assert parse_span(f" {count}{unit.upper()} ").total_seconds() == count * seconds


@pytest.mark.parametrize("text", ["", "0d", "-1d", "90", "d", "1y", "999999w", "1d2h", "\N{FULLWIDTH DIGIT ONE}d"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="90d"):
        parse_span(text)
