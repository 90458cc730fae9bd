"""Statements for Trino: read by sqlglot as Trino's, translated to DuckDB's words, and asked there.

Where `CUBE_TEST_TRINO` names a server with a catalog to write into, the cases are asked of it: see `conftest.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import polars as pl
import pytest
import sqlalchemy as sa
import sqlglot
from sqlglot import exp
from trino.dbapi import Cursor

from cube_server.backends.sql import live
from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.database import Database, Schema, gathered, typed
from cube_server.backends.sql.dialects import TRINO, Selection
from cube_server.backends.sql.inline import inline
from cube_server.backends.sql.trino_database import TrinoDatabase
from cube_server.budget import Budget
from cube_server.engine import Engine
from cube_server.errors import CapabilityError, LimitError
from cube_server.model.read import read_model
from cube_server.types import DataType, Kind
from tests.comparison import assert_same_rows
from tests.sql.sources import fill
from tests.sql.test_cases import CASES, _asked
from tests.toy.star import FOLDER, MODEL

URL = "trino://nobody@localhost:1/memory/default"
FILES = ("aggregates", "analysis_windows", "bridges", "shown_totals")
"""The cases that are tried: they have all that statements have."""


_WRITER: Any = Cursor.__new__(Cursor)
"""Writes parameters down as the driver sends them."""


class Translated(TrinoDatabase):
    """A Trino whose statements are asked of a DuckDB."""

    def __init__(self, file: str) -> None:
        super().__init__(sa.make_url(URL))
        self._file = duckdb.connect(file, read_only=True)

    def fetch(self, statement: Selection, schema: Schema, budget: Budget) -> pl.DataFrame:
        """Translate, and ask."""
        compiled = statement.compile(self._engine, compile_kwargs={"render_postcompile": True})
        first, *rest = str(compiled).split("?")
        # The driver's own words for parameters.
        values = (_WRITER._format_prepared_param(compiled.params[name]) for name in compiled.positiontup or ())
        text = first + "".join(value + part for value, part in zip(values, rest, strict=True))
        tree = sqlglot.parse_one(text, read="trino").transform(_in_select)
        with self._file.cursor() as cursor:
            return gathered([typed(cursor.sql(tree.sql("duckdb")).to_arrow_table(), schema)], schema, budget)

    def columns(self, table: str) -> Mapping[str, str] | None:
        """Give the columns of the DuckDB's table."""
        with self._file.cursor() as cursor:
            return dict(cursor.execute("select column_name, column_type from (describe " + table + ")").fetchall())


def _in_select(node: exp.Expression) -> exp.Expression:
    """Put several lists that are unnested in FROM into a SELECT, as DuckDB has it."""
    if not isinstance(node, exp.Unnest):
        return node
    alias = node.args["alias"]
    named = zip(node.expressions, alias.columns, strict=True)
    lists = (exp.Unnest(expressions=[one]).as_(name.name) for one, name in named)
    return exp.select(*lists).subquery(alias.this.name)


def translate(address: str) -> Database:
    """Open a DuckDB as if it were a Trino."""
    return Translated(str(sa.make_url(address).database))


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that writes for Trino, over the toy star in a DuckDB."""
    address = fill("duckdb", read_model(MODEL), FOLDER, tmp_path_factory.mktemp("trino"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "open_database", translate)
        engine = Engine.open(MODEL, address)
        yield engine
        engine.close()


@pytest.mark.parametrize("file", FILES)
def test_statements_for_trino_mean_what_the_cases_say(
    translated: Engine, oracle: duckdb.DuckDBPyConnection, file: str
) -> None:
    for name, case in CASES.items():
        if name.partition(":")[0] == file:
            try:
                total, rows = _asked(translated, case)
            except CapabilityError:
                continue
            assert_same_rows(rows, oracle.sql(case.sql).fetchall())
            assert case.total in (None, total), name


def test_a_statement_is_written_as_trino_has_it() -> None:
    database = open_database(URL)
    sent = inline("sent", {"key": (pl.Series([1, 2, None]), DataType(Kind.INT))}, TRINO)
    facts = sa.table("fact", sa.column("key", sa.BigInteger), schema="shop")
    wanted = sa.select(sa.func.count(facts.c.key.distinct())).select_from(facts.join(sent, facts.c.key == sent.c.key))
    expected = (
        "SELECT count(DISTINCT shop.fact.key) AS count_1 FROM shop.fact "
        "JOIN unnest(CAST(? AS ARRAY(BIGINT))) AS sent(key) ON shop.fact.key = sent.key LIMIT ?"
    )
    assert " ".join(database.text(wanted.limit(3)).split()) == expected
    database.close()


def test_what_would_not_fit_into_the_text_is_refused() -> None:
    with pytest.raises(LimitError, match="at most 10000"):
        inline("sent", {"key": (pl.Series(range(10_001)), DataType(Kind.INT))}, TRINO)
