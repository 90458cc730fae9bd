"""Statements are ended: when the time is up, when who asked has left, and when there are too many rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import reduce
from operator import mul
from threading import Event, Timer

import pytest
import sqlalchemy as sa

from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.dialects import Selection
from cube_server.backends.sql.rows import NUMBER
from cube_server.backends.sql.tables import sql_table
from cube_server.budget import ABANDONED, Budget, Limits
from cube_server.engine import Engine
from cube_server.errors import AbandonedError, BusyError, LimitError
from cube_server.model.read import read_model
from cube_server.query.request import QueryRequest
from tests.toy.star import MODEL

SOON = 10.0
"""Seconds in which a statement of many minutes has been ended, on a machine that is busy."""


@pytest.fixture(scope="module")
def database(address: str) -> Iterator[Database]:
    found = open_database(address)
    yield found
    found.close()


def slow(database: Database) -> Selection:
    """Write a statement that takes minutes: 17 rows, nine times beside each other."""
    rows = lines(database, 9)
    number = reduce(mul, (sa.func.coalesce(part.c.basket_id, 1) % 10 for part in rows))
    return sa.select(sa.func.max(number % 7).label("n")).select_from(beside(rows))


def lines(database: Database, times: int) -> list[sa.FromClause]:
    facts = next(table for table in read_model(MODEL).tables if table.name == "fact_sales")
    return [sql_table(facts, database.dialect).alias(f"f{place}") for place in range(times)]


def beside(rows: list[sa.FromClause]) -> sa.FromClause:
    return reduce(lambda left, right: left.join(right, sa.true()), rows)


def fine(database: Database) -> bool:
    """Tell whether the database still answers, and nothing of what was ended is left over."""
    return database.fetch(sa.select(sa.literal(1).label("n")), {"n": NUMBER}, Budget(Limits()))["n"].to_list() == [1]


def test_a_slow_statement_is_ended(database: Database) -> None:
    begun = time.monotonic()
    with pytest.raises(BusyError, match=r"longer than 0\.2 seconds") as caught:
        database.fetch(slow(database), {"n": NUMBER}, Budget(Limits(seconds=0.2)))
    assert "CUBE_MAX_SECONDS" in str(caught.value.hint)
    assert time.monotonic() - begun < SOON
    assert fine(database)


def test_a_statement_ends_with_who_asked(database: Database) -> None:
    left = Event()
    before = ABANDONED.set(left)
    try:
        begun = time.monotonic()
        Timer(0.2, left.set).start()
        with pytest.raises(AbandonedError):
            database.fetch(slow(database), {"n": NUMBER}, Budget(Limits(seconds=300)))
        assert time.monotonic() - begun < SOON
    finally:
        ABANDONED.reset(before)
    assert fine(database)


def test_rows_are_counted_as_they_come(database: Database) -> None:
    """83,521 groups where a thousand are allowed: the rest is not taken in."""
    rows = lines(database, 4)
    many = sa.select(rows[0].c.line_id.label("n")).select_from(beside(rows))
    with pytest.raises(LimitError, match="the limit is 1,000"):
        database.fetch(many, {"n": NUMBER}, Budget(Limits(rows=1000)))
    assert fine(database)


def test_a_question_has_its_time(address: str) -> None:
    """The limit is the question's, whatever it takes of statements."""
    engine = Engine.open(MODEL, address, Limits(seconds=0.0))
    with pytest.raises(BusyError, match="CUBE_MAX_SECONDS"):
        engine.query(QueryRequest.model_validate({"cube": "sales", "measures": ["lines"]}))
    engine.close()
