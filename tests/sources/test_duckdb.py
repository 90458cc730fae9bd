"""A DuckDB file as a source: types, views and queries, increments, what it declares, and what goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cube_server.errors import SourceError
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.warehouse.store import Warehouse
from loaders.inference.drafting import infer
from loaders.mistakes import Mistakes
from loaders.pipeline import load
from loaders.sources.base import Declaring, Sized
from loaders.sources.opening import open_source

TABLES = """
    create table item (item_id integer primary key, name varchar, kind enum('가전', 'food'));
    insert into item values (1, '냉장고', '가전'), (2, 'Rice', 'food');
    create table sale (id hugeint primary key, item_id integer references item (item_id), code uuid,
        amount decimal(18, 2), weight double, paid boolean, day date, sold timestamp, tags varchar[],
        hour time);
    insert into sale values
        (3, 1, '00000000-0000-0000-0000-00000000000a', 12.34, 0.5, true, '2024-01-02', '2024-01-02 03:04:05.000006',
         ['a'], '03:04:05'),
        (1, 2, null, null, null, false, '1904-02-29', null, null, null),
        (2, null, '00000000-0000-0000-0000-00000000000b', -0.01, 1e300, null, null, '2024-01-03', [], '23:59:59.5');
    create schema other;
    create view other.recent as select * from sale where day >= date '2024-01-01';
"""
COLUMNS = {
    **{"id": "int", "item_id": "int", "code": "text", "amount": "decimal(2)", "weight": "float", "paid": "bool"},
    **{"day": "date", "sold": "timestamp", "hour": "text"},
}
ROWS = [
    (1, None, None, None, False, date(1904, 2, 29), None, None),
    (
        *(2, "00000000-0000-0000-0000-00000000000b", Decimal("-0.01"), 1e300, None, None),
        *(datetime(2024, 1, 3), "23:59:59.5"),
    ),
    (
        *(3, "00000000-0000-0000-0000-00000000000a", Decimal("12.34"), 0.5, True, date(2024, 1, 2)),
        *(datetime(2024, 1, 2, 3, 4, 5, 6), "03:04:05"),
    ),
]
"""In the order of the key; `item_id` has become the place of an item by then."""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The URL of a file with sales of items."""
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(TABLES)
    return f"duckdb:///{file}"


def described(source: str | dict[str, str], columns: dict[str, str] = COLUMNS) -> Model:
    """Describe sales that are read from `source`."""
    document: dict[str, Any] = {
        "format": 1,
        "name": "shop",
        "tables": {
            "sales": {"key": ["id"], "columns": columns, "source": source},
            "item": {"key": ["item_id"], "columns": {"item_id": "int", "name": "text", "kind": "text"}},
        },
        "dimensions": {
            "item": {
                "table": "item",
                "levels": {"item": {"column": "item_id", "unique": True}},
                "hierarchies": {"item": {"levels": ["item"]}},
            }
        },
        "cubes": {
            "sales": {
                "table": "sales",
                "links": {"item": {"column": "item_id"}},
                "measures": {"lines": {"aggregate": "count"}},
            }
        },
    }
    return parse_model(json.dumps(document))


def read(folder: Path) -> pl.DataFrame:
    """Give the sales of the newest snapshot in a folder."""
    return Warehouse(folder).latest().table("sales").read([name for name in COLUMNS if name != "item_id"])


@pytest.mark.parametrize("source", ["sale", "main.sale", {"query": "select * from sale -- all; even 'a:b'::varchar"}])
def test_types_arrive_exactly(shop: str, tmp_path: Path, source: str | dict[str, str]) -> None:
    report = load(described(source), shop, tmp_path / "warehouse")
    assert read(tmp_path / "warehouse").rows() == ROWS
    assert report.rows == {"sales": 3, "item": 2}


def test_a_view_of_another_schema(shop: str, tmp_path: Path) -> None:
    load(described("other.recent"), shop, tmp_path / "warehouse")
    assert read(tmp_path / "warehouse")["id"].to_list() == [3]


def test_only_what_has_changed_since_a_mark(shop: str) -> None:
    table = described({"table": "sale", "watermark": "id"}).tables[0]
    with open_source(shop) as source:
        found = [part.frame["id"].to_list() for part in source.parts(table, Mistakes(), since=2)]
        assert [number for part in found for number in part] == [2, 3]
        nothing = [part.frame.schema for part in source.parts(table, Mistakes(), since=4)]
    assert [list(schema) for schema in nothing] == [list(COLUMNS)]


def test_sizes_and_references_are_told(shop: str) -> None:
    with open_source(shop) as source:
        assert isinstance(source, Sized)
        assert isinstance(source, Declaring)
        assert source.tables() == ["item", "sale"]
        assert source.references("sale") == {"item_id": ("item", "item_id")}
        assert source.rows(described("sale").tables[0]) == 3
        assert source.rows(described("other.recent").tables[0]) is None
        assert source.columns("sale")["tags"] is None


def test_a_model_is_drafted_of_it(shop: str) -> None:
    drafted = infer(shop)
    (cube,) = drafted.model.cubes
    assert cube.table.name == "sale"
    assert "item" in {link.name for link in cube.links}
    left_out = [note.message for note in drafted.notes if note.place == "sale.tags"]
    assert left_out == ["The column cannot be loaded: a model has no type for a list."]


@pytest.mark.parametrize(
    ("source", "columns", "told"),
    [
        ("sales", COLUMNS, ["There is no table 'sales'", "sale"]),
        ("sale", {**COLUMNS, "amuont": "int"}, ["There is no column 'amuont'", "amount"]),
        ("sale", {**COLUMNS, "tags": "text"}, ["Column 'tags' is a list", "source: {query: SELECT ...}"]),
        ({"query": "select wrong from sale"}, COLUMNS, ["Cannot read duckdb", "wrong"]),
    ],
)
def test_what_is_not_there_is_named(
    shop: str, tmp_path: Path, source: str | dict[str, str], columns: dict[str, str], told: list[str]
) -> None:
    with pytest.raises(SourceError) as refused:
        load(described(source, columns), shop, tmp_path / "warehouse")
    assert [part for part in told if part not in str(refused.value)] == [], refused.value
    assert not list((tmp_path / "warehouse").glob("snapshots/*"))


def test_no_file_and_no_database(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no DuckDB file"), open_source(f"duckdb:///{tmp_path}/none.duckdb"):
        pass
    (tmp_path / "text.duckdb").write_text("no database " * 1_000)
    with pytest.raises(SourceError, match="Cannot read duckdb"), open_source(f"duckdb:///{tmp_path}/text.duckdb"):
        pass


def test_a_file_that_somebody_writes_into(shop: str) -> None:
    file = shop.removeprefix("duckdb:///")
    code = f"import duckdb; c = duckdb.connect({file!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        with pytest.raises(SourceError, match="Another program writes into it"), open_source(shop):
            pass
        writer.communicate(b"\n")
