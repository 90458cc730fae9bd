"""A token opens one report until it expires or is revoked, and cannot be made by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from cube_server.errors import NotFoundError
from cube_server.metadata.database import Database
from cube_server.metadata.reports import Reports
from cube_server.metadata.tokens import Tokens

from .conftest import Time

DAY = dt.timedelta(days=1)


@pytest.fixture
def report(database: Database) -> str:
    return Reports(database).create({}, slug="one", author="ann").id


def test_a_token_names_its_report(database: Database, report: str, time: Time) -> None:
    tokens = Tokens(database, time)
    info, text = tokens.add(report, DAY, author="ann")
    assert tokens.find(text) == info
    assert (info.report, info.author, info.expires) == (report, "ann", time.at + DAY)
    assert tokens.all(report) == (info,)


def test_it_ends_when_it_expires(database: Database, report: str, time: Time) -> None:
    tokens = Tokens(database, time)
    _, text = tokens.add(report, DAY, author="")
    time.passes(days=1, seconds=-1)
    assert tokens.find(text)
    time.passes(seconds=1)
    assert tokens.find(text) is None


def test_it_ends_when_it_is_revoked(database: Database, report: str) -> None:
    tokens = Tokens(database)
    info, text = tokens.add(report, DAY, author="")
    _, other = tokens.add(report, DAY, author="")
    tokens.revoke(report, info.id)
    tokens.revoke(report, info.id)
    assert tokens.find(text) is None
    assert tokens.find(other)
    with pytest.raises(NotFoundError):
        tokens.revoke("another", info.id)


def test_nothing_in_it_can_be_changed(database: Database, report: str) -> None:
    tokens = Tokens(database)
    _, text = tokens.add(report, DAY, author="")
    for at in range(len(text)):
        changed = text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1 :]
        assert tokens.find(changed) is None
    for wrong in ("", text[:-1], text + "0", text.upper()):
        assert tokens.find(wrong) is None


def test_the_secret_of_another_server_signs_nothing_here(database: Database, report: str) -> None:
    tokens = Tokens(database)
    _, text = tokens.add(report, DAY, author="")
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE cube_secrets SET value = '{'ab' * 32}'")
    assert tokens.find(text) is None
