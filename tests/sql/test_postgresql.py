"""What only PostgreSQL has: connections that the server ends, and limits that it keeps by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.dialects import Selection
from cube_server.budget import Budget, Limits
from cube_server.errors import WarehouseError
from cube_server.types import DataType, Kind
from tests.postgresql import empty_database

_TEXT = DataType(Kind.TEXT)


@pytest.fixture
def own(postgresql: sa.URL) -> sa.URL:
    """A database of its own: connections to it are ended."""
    return empty_database(postgresql, "ended")


@pytest.fixture
def database(own: sa.URL) -> Iterator[Database]:
    found = open_database(own.render_as_string(hide_password=False))
    yield found
    found.close()


def setting(database: Database, name: str, limits: Limits | None = None) -> str:
    statement = sa.select(sa.func.current_setting(name).label("value"))
    return str(database.fetch(statement, {"value": _TEXT}, Budget(limits or Limits())).item())


def end_all(url: sa.URL) -> None:
    """End all other connections to a database, as a server does that begins anew."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname = current_database()"
        )
    engine.dispose()


def test_connections_that_the_server_has_ended_are_replaced(database: Database, own: sa.URL) -> None:
    assert setting(database, "TimeZone") == "UTC"
    end_all(own)
    assert setting(database, "TimeZone") == "UTC"
    end_all(own)
    with database.transaction() as held:
        assert setting(held, "TimeZone") == "UTC"


def test_who_is_answered_leaves_no_transaction_behind(database: Database, own: sa.URL) -> None:
    """Its end is sent, and not waited for: but sent it is, or what the transaction sees would be kept for it."""
    with database.transaction() as held:
        setting(held, "TimeZone")
        assert states(own) == {"idle in transaction"}
    end = time.monotonic() + 10
    while states(own) != {"idle"}:
        assert time.monotonic() < end
    assert setting(database, "TimeZone") == "UTC"


def test_a_connection_that_is_ended_at_once_after_an_answer_is_replaced(database: Database, own: sa.URL) -> None:
    for _ in range(20):
        assert setting(database, "TimeZone") == "UTC"
        end_all(own)


def test_a_failed_statement_leaves_the_connection_to_others(database: Database) -> None:
    wrong = sa.select(sa.cast(sa.literal("x"), sa.Integer).label("value"))
    for _ in range(3):
        with pytest.raises(WarehouseError), database.transaction() as held:
            held.fetch(wrong, {"value": DataType(Kind.INT)}, Budget(Limits()))
        assert setting(database, "TimeZone") == "UTC"


def test_a_look_that_fails_leaves_the_connection_to_others(database: Database) -> None:
    """A query of states that names a table that is gone fails within what begins the transaction."""
    gone: Selection = sa.select(sa.func.max(sa.column("load"))).select_from(sa.table("gone"))
    for _ in range(3):
        with pytest.raises(WarehouseError, match="gone"), database.transaction(gone):
            pass
        assert setting(database, "TimeZone") == "UTC"


def states(url: sa.URL) -> set[str]:
    """Tell what the other connections to a database are doing."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "select state from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
        ).scalars()
        told = {state for state in found if state}
    engine.dispose()
    return told


def test_a_connection_that_ends_within_a_transaction_is_told(database: Database, own: sa.URL) -> None:
    """What was read before may be of another state: the question fails, and the next one is answered."""
    with database.transaction() as held:
        setting(held, "TimeZone")
        end_all(own)
        with pytest.raises(WarehouseError, match="does not answer"):
            setting(held, "TimeZone")
    assert setting(database, "TimeZone") == "UTC"


def test_the_server_ends_what_takes_too_long_to_the_minute(database: Database) -> None:
    """Our own watch is exact; the server's limit is for the case that we are gone."""
    assert setting(database, "statement_timeout") == "1min"
    assert setting(database, "statement_timeout", Limits(seconds=100)) == "2min"
    assert setting(database, "statement_timeout", Limits(seconds=0.9)) == "1min"


def test_transactions_only_read_one_state(database: Database) -> None:
    with database.transaction() as held:
        assert setting(held, "transaction_read_only") == "on"
        assert setting(held, "transaction_isolation") == "repeatable read"
        assert setting(held, "statement_timeout", Limits(seconds=200)) == "4min"
        assert setting(held, "statement_timeout") == "1min"
