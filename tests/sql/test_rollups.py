"""Rollups in databases: the cases of `tests/spec` once more, answered from them wherever they tell the answer."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
import sqlalchemy as sa

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.query.request import QueryRequest
from tests.postgresql import empty_database
from tests.sql.rolled import rolled
from tests.sql.sources import fill, fill_tables
from tests.sql.test_cases import CASES, test_a_database_answers_as_the_case_says
from tests.toy.star import FOLDER, MODEL

__all__ = ["test_a_database_answers_as_the_case_says"]


@pytest.fixture(scope="module", params=["duckdb", "sqlite", "postgresql"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over the toy star where it lives, with rollups of many grains."""
    model = read_model(MODEL)
    if request.param == "postgresql":
        server: sa.URL = request.getfixturevalue("postgresql")
        address = empty_database(server, "rolled").render_as_string(hide_password=False)
        fill_tables(address, model, FOLDER)
    else:
        address = fill(request.param, model, FOLDER, tmp_path_factory.mktemp("rolled"))
    engine = rolled(MODEL, address)
    yield engine
    engine.close()


def test_they_are_answered_from_rollups(live: Engine) -> None:
    """The finest rollup tells every level and every key: only what goes by days is left for the facts."""
    asked = QueryRequest(cube="sales", measures=["amount", "baskets", "average"])
    assert live.query(asked).source == "sales:all"
    sources = set()
    for case in CASES.values():
        if case.members is None and case.facts is None:
            sources.add(live.query(QueryRequest.model_validate(case.asked())).source)
    assert len(sources) > 10


def test_a_case_is_there(oracle: duckdb.DuckDBPyConnection) -> None:
    assert oracle
