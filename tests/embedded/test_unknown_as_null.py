"""A dimension may let keys without a row stand under null, as an outer join in SQL does."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from tests.toy.star import MODEL


@pytest.fixture(scope="module")
def engine(toy_paths: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Engine:
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["dimensions"]["product"]["unknown"] = "null"
    model = tmp_path_factory.mktemp("model") / "cubes.json"
    model.write_text(json.dumps(document), encoding="utf-8")
    return Engine.open(model, toy_paths[1])


def test_unknown_and_null_are_one_member(engine: Engine, oracle: duckdb.DuckDBPyConnection) -> None:
    asked = {"cube": "sales", "measures": ["lines", "baskets"], "axes": {"rows": ["product.department"]}}
    cells = engine.query(QueryRequest.model_validate(asked))
    found = [[row[0] for row in cells.matrix(name)] for name in ("lines", "baskets")]
    sql = "select count(*), count(distinct basket_id) from sales group by department order by department nulls last"
    assert list(zip(*found, strict=True)) == oracle.execute(sql).fetchall()
    assert cells.rows.dictionaries[0].has_unknown is False


def test_the_key_null_names_them_all(engine: Engine, oracle: duckdb.DuckDBPyConnection) -> None:
    cut = [{"level": "product.department", "members": [None]}]
    asked = QueryRequest.model_validate({"cube": "sales", "measures": ["lines"], "cut": cut})
    assert engine.query(asked).matrix("lines") == [
        list(row) for row in oracle.execute("select count(*) from sales where department is null").fetchall()
    ]
