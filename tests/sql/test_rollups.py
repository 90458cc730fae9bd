"""Rollups in databases: the cases of `tests/spec` once more, answered from them wherever they tell the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.query.request import QueryRequest
from tests.postgresql import empty_database
from tests.sql.rolled import rolled
from tests.sql.sources import fill, fill_clickhouse, fill_tables
from tests.sql.test_cases import test_a_database_answers_as_the_case_says
from tests.toy.star import FOLDER, MODEL

__all__ = ["test_a_database_answers_as_the_case_says"]


@pytest.fixture(scope="module", params=["duckdb", "postgresql", "clickhouse"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over the toy star where it lives, with rollups of many grains."""
    model = read_model(MODEL)
    if request.param == "postgresql":
        server: sa.URL = request.getfixturevalue("postgresql")
        address = empty_database(server, "rolled").render_as_string(hide_password=False)
        fill_tables(address, model, FOLDER)
    elif request.param == "clickhouse":
        address = fill_clickhouse(request.getfixturevalue("clickhouse"), "rolled", model, FOLDER)
    else:
        address = fill(request.param, model, FOLDER, tmp_path_factory.mktemp("rolled"))
    engine = rolled(MODEL, address)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ({"cube": "sales", "measures": ["amount", "baskets", "average"]}, "sales:all"),
        ({"cube": "sales", "measures": ["amount"], "axes": {"rows": ["product.category"]}}, "product.category"),
        ({"cube": "sales", "measures": ["variance"], "axes": {"rows": ["product.department"]}}, "product"),
        (
            {
                "cube": "bridged",
                "measures": ["baskets"],
                "axes": {"rows": ["also.category"], "columns": ["time.month"]},
            },
            "basket_id",
        ),
    ],
)
def test_what_they_tell_is_answered_from_them(live: Engine, question: dict[str, object], source: str) -> None:
    """The smallest that tells it."""
    assert source in live.query(QueryRequest.model_validate(question)).source
