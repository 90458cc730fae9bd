"""What sources tell of their tables without reading them."""

from __future__ import annotations

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from cube_server.errors import SourceError
from loaders.sources.opening import open_source


def types(source: str, table: str) -> dict[str, str | None]:
    """Give the declared types of a table, as models write them."""
    with open_source(source) as opened:
        return {name: str(type_) if type_ else None for name, type_ in opened.columns(table).items()}


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database with a column of each kind."""
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "create table kinds (i integer, s varchar(20), r real, n numeric(10, 2), b boolean, d date, t timestamp, "
            "big numeric(30, 2), raw blob);"
            "create view seen as select i + 1 as more from kinds;"
        )
    connection.close()
    return f"sqlite:///{path}"


def test_a_database_tells_its_types(database: str) -> None:
    assert types(database, "kinds") == {
        "i": "int", "s": "text", "r": "float", "n": "decimal(2)", "b": "bool", "d": "date", "t": "timestamp",
        "big": "float", "raw": None,
    }  # fmt: skip


def test_a_database_names_its_tables_and_views(database: str) -> None:
    with open_source(database) as opened:
        assert list(opened.tables() or ()) == ["kinds", "seen"]
    with pytest.raises(SourceError, match="There is no table 'kind'") as caught:
        types(database, "kind")
    assert caught.value.hint == "Did you mean 'kinds'?"


def test_files_tell_their_types(tmp_path: Path) -> None:
    (tmp_path / "text.csv").write_text("i,x,s,d\n1,1.5,a,2024-01-31\n2,,b,2024-02-01\n", encoding="utf-8")
    frame = pl.DataFrame({"i": [1], "n": [Decimal("1.25")], "d": [date(2024, 1, 31)], "b": [True]})
    frame.write_parquet(tmp_path / "typed.parquet")
    assert types(str(tmp_path), "text") == {"i": "int", "x": "float", "s": "text", "d": "date"}
    assert types(str(tmp_path), "typed") == {"i": "int", "n": "decimal(2)", "d": "date", "b": "bool"}
    with open_source(str(tmp_path)) as opened:
        assert list(opened.tables() or ()) == ["text", "typed"]
    with pytest.raises(SourceError, match=r"There is no txt\.csv"):
        types(str(tmp_path), "txt")
