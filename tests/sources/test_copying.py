"""Rows of PostgreSQL by COPY: the same values as by its cursor, in the same transaction, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from cube_server.errors import SourceError
from cube_server.model.sources import Reading
from cube_server.model.tables import Column, Table
from cube_server.types import DataType
from loaders.conversion import convert_series
from loaders.mistakes import Mistakes
from loaders.sources.copying import Copying, copying
from loaders.sources.database import Database
from loaders.sources.opening import open_source
from tests.postgresql import empty_database

MADE = r"""
    create type mood as enum ('glad', 'sad');
    create domain pieces as int check (value > 0);
    create table odd (id int primary key, small int2, big int8, single float4, double float8, loose numeric,
        fixed numeric(10, 2), yes bool, day date, at timestamp, hour time, word text, short varchar(20),
        padded char(4), item uuid, how mood, many pieces);
    insert into odd (id) values (1);
    insert into odd values
        (2, -1, 9007199254740993, 0.1, 1e-300, 42.00, 12.30, true, '2024-02-29', '2024-01-01 23:59:59.123456',
            '10:20', '', 'a,b', 'x', '00000000-0000-0000-0000-000000000001', 'sad', 7),
        (3, 1, -1, 'NaN', 'Infinity', 'NaN', -0.05, false, '0001-01-01', '1900-01-01',
            '00:00:00.5', E'two\nlines "q"', '\N', 'é한', null, 'glad', 1),
        (4, 0, 0, 0, 0, 123456789012345678901234567890.5, 0, null, null, null,
            null, E'\\.', ' ', '', null, null, null);
    create table many as select n as id, repeat('x', 100) as word from generate_series(1, 300000) n;
    create table forever (id int, day date);
    insert into forever values (1, 'infinity');
"""
TYPES = {
    **dict.fromkeys(("id", "small", "big", "many"), "int"),
    **dict.fromkeys(("word", "short", "padded", "item", "how"), "text"),
    "single": "float",
    "double": "float",
    "loose": "decimal(1)",
    "fixed": "decimal(2)",
    "yes": "bool",
    "day": "date",
    "at": "timestamp",
}


@pytest.fixture(scope="module")
def url(postgresql: sa.URL) -> sa.URL:
    url = empty_database(postgresql, "copied")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(MADE, execution_options={"no_parameters": True})
    engine.dispose()
    return url


@pytest.fixture
def connection(url: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url)
    with engine.connect() as connection, connection.begin():
        yield connection
    engine.dispose()


def copied(connection: sa.Connection, text: str) -> Copying:
    found = copying(connection, sa.select(sa.text("*")).select_from(sa.text(f"({text}) as asked")), "query")
    assert found is not None
    return found


def table(columns: dict[str, str], query: str = "", source: str = "odd") -> Table:
    made = tuple(Column(name, DataType.parse(type_)) for name, type_ in columns.items())
    return Table(name="odd", source=source, key=made[:1], columns=made, reading=Reading(query=query))


def values(frame: pl.DataFrame, types: dict[str, str]) -> dict[str, list[Any]]:
    return {name: convert_series(frame[name], DataType.parse(type_)).to_list() for name, type_ in types.items()}


def test_values_are_those_of_rows(connection: sa.Connection) -> None:
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in TYPES]
    query = sa.select(*columns).select_from(sa.table("odd")).order_by(sa.column("id"))
    fast = copying(connection, query, "table odd")
    assert fast is not None
    (frame,) = fast.frames()
    (slow,) = Database(connection)._rows(query, "table odd", Mistakes())
    assert values(frame, TYPES) == values(slow.frame, TYPES)
    # An exact number is a whole one whatever is written behind its point, and null where it does not fit.
    assert convert_series(frame["loose"], DataType.parse("int")).to_list() == [None, 42, None, None]
    assert frame["word"].to_list() == [None, "", 'two\nlines "q"', "\\."]
    assert frame["short"].to_list() == [None, "a,b", "\\N", " "]


def test_times_are_texts(connection: sa.Connection) -> None:
    frames = list(copied(connection, "select hour from odd order by id").frames())
    assert pl.concat(frames)["hour"].to_list() == [None, "10:20:00", "00:00:00.5", None]


def test_signs_that_mean_something_to_drivers(connection: sa.Connection) -> None:
    text = "select word || '%s %% :id' as said from odd where word like '%lin%' and id::text <> '%(id)s'"
    (part,) = Database(connection).parts(table({"said": "text"}, text), Mistakes())
    assert part.frame["said"].to_list() == ['two\nlines "q"%s %% :id']


def test_no_rows_have_columns_all_the_same(connection: sa.Connection) -> None:
    (frame,) = copied(connection, "select id, fixed, word from odd where id > 9").frames()
    assert frame.schema == {"id": pl.Int32, "fixed": pl.Decimal(38, 0), "word": pl.String}
    assert frame.height == 0


def test_a_reader_that_stops_leaves_the_transaction_as_it_was(connection: sa.Connection) -> None:
    frames = copied(connection, "select * from many").frames()
    assert next(frames).height < 300_000
    frames.close()
    shown = (
        connection.exec_driver_sql("show datestyle").scalar_one(),
        connection.exec_driver_sql("select 1").scalar_one(),
    )
    assert shown == ("ISO, MDY", 1)
    assert sum(frame.height for frame in copied(connection, "select * from many").frames()) == 300_000


def test_a_type_that_is_not_known_is_read_by_rows(connection: sa.Connection) -> None:
    query = sa.select(sa.text("now() as at, id")).select_from(sa.table("odd"))
    assert copying(connection, query, "query") is None


def test_what_has_no_date(url: sa.URL) -> None:
    with open_source(url.render_as_string(hide_password=False)) as source:
        forever = table({"id": "int", "day": "date"}, source="forever")
        with pytest.raises(SourceError, match=r"Cannot read table forever: .*infinity"):
            list(source.parts(forever, Mistakes()))


def test_a_row_that_is_too_long(connection: sa.Connection) -> None:
    with pytest.raises(SourceError, match="a row is longer than 16 MiB"):
        list(copied(connection, "select 1 as id, repeat('x', 30000000) as word").frames())


def test_a_server_that_says_nothing_more_in_the_middle(connection: sa.Connection) -> None:
    connection.exec_driver_sql("set statement_timeout = 4000")
    slow = "select id, word, case when id = 250000 then pg_sleep(30)::text end as waited from many"
    frames = copied(connection, slow).frames()
    assert next(frames).height > 0
    with pytest.raises(connection.dialect.loaded_dbapi.Error, match="statement timeout"):
        list(frames)
