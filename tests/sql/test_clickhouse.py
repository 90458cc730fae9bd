"""ClickHouse's own types and habits, as its users have them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import clickhouse_connect
import polars as pl
import pytest
import sqlalchemy as sa

from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.clickhouse_types import clickhouse_variance
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.dialects import CLICKHOUSE
from cube_server.backends.sql.inline import inline
from cube_server.budget import Budget, Limits
from cube_server.errors import WarehouseError
from cube_server.types import DataType, Kind

COLUMNS = {
    "kind": ("Enum8('new' = 1, 'old' = 2)", Kind.TEXT),
    "town": ("LowCardinality(Nullable(String))", Kind.TEXT),
    "code": ("FixedString(3)", Kind.TEXT),
    "id": ("UUID", Kind.TEXT),
    "day": ("Date", Kind.DATE),
    "born": ("Date32", Kind.DATE),
    "seen": ("DateTime('Asia/Seoul')", Kind.TIMESTAMP),
    "exact": ("DateTime64(3)", Kind.TIMESTAMP),
    "is_open": ("UInt8", Kind.BOOL),
    "small": ("UInt32", Kind.INT),
    "price": ("Decimal(9, 2)", Kind.DECIMAL),
}
UUID = "61f0c404-5cb3-11e7-907b-a6006ad3dba0"
ROW = (
    f"('old', '서울', 'abc', '{UUID}', '2024-02-29', '1911-03-01', '2024-01-01 08:00:00', '2024-01-01 08:00:00.123', "
    "1, 4000000000, 12.50)"
)
KINDS = {
    name: DataType(kind, scale=2) if kind is Kind.DECIMAL else DataType(kind) for name, (_, kind) in COLUMNS.items()
}


@pytest.fixture(scope="module")
def database(clickhouse: str) -> Iterator[Database]:
    """A table with one row of everything."""
    url = sa.make_url(clickhouse)
    client = clickhouse_connect.get_client(host=url.host, port=url.port, username="default")
    columns = ", ".join(f"{name} {type_}" for name, (type_, _) in COLUMNS.items())
    client.command("CREATE DATABASE types")
    client.command(f"CREATE TABLE types.all ({columns}) ENGINE = MergeTree ORDER BY tuple()")
    client.command(f"INSERT INTO types.all VALUES {ROW}")
    client.close()
    found = open_database(url.set(database="types").render_as_string(hide_password=False))
    yield found
    found.close()


def rows() -> sa.TableClause:
    return sa.table("all", *(sa.column(name, CLICKHOUSE.type(type_)) for name, type_ in KINDS.items()))


def test_types_come_out_as_the_model_has_them(database: Database) -> None:
    """Enums are not numbers, days are no counts, and times are in UTC."""
    frame = database.fetch(sa.select(rows()), KINDS, Budget(Limits()))
    assert frame.row(0, named=True) == {
        "kind": "old",
        "town": "서울",
        "code": "abc",
        "id": UUID,
        "day": date(2024, 2, 29),
        "born": date(1911, 3, 1),
        "seen": datetime(2023, 12, 31, 23),
        "exact": datetime(2024, 1, 1, 8, 0, 0, 123000),
        "is_open": True,
        "small": 4_000_000_000,
        "price": Decimal("12.50"),
    }


def test_each_value_finds_its_row(database: Database) -> None:
    """As a parameter, in a list (but for a `DateTime`, which ClickHouse refuses there), and in a table that travels."""
    table = rows()
    found = database.fetch(sa.select(table), KINDS, Budget(Limits()))
    for name, type_ in KINDS.items():
        column, value = table.c[name], found[name][0]
        sent = inline("sent", {"key": (found[name], type_)}, CLICKHOUSE)
        # A table that travels is matched by columns of one type, as those of a model are.
        own = sa.cast(column, CLICKHOUSE.type(type_)) if type_.kind is not Kind.BOOL else column
        listed = own if name == "seen" else column
        for where in (column == value, listed.in_([value]), own.in_(sa.select(sent.c.key))):
            statement = sa.select(sa.func.count().label("n")).select_from(table).where(where)
            assert database.fetch(statement, {"n": DataType(Kind.INT)}, Budget(Limits()))["n"][0] == 1, (name, where)


def test_the_variance_of_one_is_null(database: Database) -> None:
    variance = clickhouse_variance(sa.cast(rows().c.small, sa.Double)).label("v")
    frame = database.fetch(sa.select(variance), {"v": DataType(Kind.FLOAT)}, Budget(Limits()))
    assert frame["v"].to_list() == [None]


def test_columns_have_their_types(database: Database) -> None:
    assert (
        database.columns("types.all") == database.columns("all") == {name: made for name, (made, _) in COLUMNS.items()}
    )
    assert database.columns("none") is None


def test_a_missing_table_is_told(database: Database) -> None:
    wanted = sa.select(sa.column("x", sa.BigInteger)).select_from(sa.table("nowhere"))
    with pytest.raises(WarehouseError, match="nowhere"):
        database.fetch(wanted, {"x": DataType(Kind.INT)}, Budget(Limits()))


def test_who_does_not_answer_is_told() -> None:
    with pytest.raises(WarehouseError, match=r"127\.0\.0\.1:9.* cannot be reached"):
        open_database("clickhouse://default:secret@127.0.0.1:9/x")


def test_an_answer_is_a_frame(database: Database) -> None:
    """No rows are rows, too."""
    table = rows()
    none = database.fetch(sa.select(table).where(table.c.small == 1), KINDS, Budget(Limits()))
    assert (none.height, none.schema["price"]) == (0, pl.Decimal(38, 2))
