"""Sums beyond what a float can hold, through the loader and back out of the backend."""

from __future__ import annotations

import json

import polars as pl
import pytest

from cube_server.backends.embedded.backend import open_snapshot
from cube_server.model.read import parse_model
from cube_server.plan.nodes import Cuboid, Facts
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load
from tests.embedded.aggregates import of_measures
from tests.embedded.conftest import BUDGET

MODEL = {
    "format": 1,
    "name": "large",
    "tables": {
        "facts": {"key": ["id"], "columns": {"id": "int", "side": "text", "large": "int", "cents": "decimal(2)"}},
        "sides": {"key": ["side"], "columns": {"side": "text"}},
    },
    "dimensions": {
        "side": {
            "table": "sides",
            "levels": {"side": {"column": "side", "unique": True}},
            "hierarchies": {"sides": {"levels": ["side"]}},
        }
    },
    "cubes": {
        "large": {
            "table": "facts",
            "links": {"side": {"column": "side"}},
            "measures": {
                "total": {"aggregate": "sum", "column": "large"},
                "least": {"aggregate": "min", "column": "large"},
                "greatest": {"aggregate": "max", "column": "large"},
                "money": {"aggregate": "sum", "column": "cents"},
            },
        }
    },
}

LARGE = [2**60 + 1, -(2**60), 2**53 + 1, None, 5, -7]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("large")
    source, warehouse = folder / "source", folder / "warehouse"
    source.mkdir()
    sides = ["a", "a", "a", "b", "b", "b"]
    cents = pl.Series(["0.10", "0.20", "-0.30", "90071992547409.93", "0.01", None]).cast(pl.Decimal(18, 2))
    facts = pl.DataFrame({"id": range(6), "side": sides, "large": LARGE, "cents": cents})
    facts.write_parquet(source / "facts.parquet")
    pl.DataFrame({"side": ["a", "b"]}).write_parquet(source / "sides.parquet")
    model = parse_model(json.dumps(MODEL))
    load(model, str(source), warehouse)
    cube = model.cubes[0]
    aggregates = of_measures(cube, *(measure.name for measure in cube.measures))
    backend = open_snapshot(model, Warehouse(warehouse).latest())
    by_side = backend.cuboid(Cuboid(Facts(cube), tuple(cube.level_refs()), (), aggregates), BUDGET)
    return {name: by_side.sort("side.side")[name].to_list() for name in by_side.columns}


def test_integers_add_up_exactly(answered: dict[str, object]) -> None:
    assert answered["total"] == [2**53 + 2, -2]


def test_extremes_keep_every_digit(answered: dict[str, object]) -> None:
    assert answered["least"] == [-(2**60), -7]
    assert answered["greatest"] == [2**60 + 1, 5]


def test_decimals_add_up_to_the_nearest_float(answered: dict[str, object]) -> None:
    # A float adds 0.1 + 0.2 - 0.3 to 5.6e-17.
    assert answered["money"] == [0.0, 90071992547409.94]
