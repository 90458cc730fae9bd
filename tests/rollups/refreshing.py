"""Sales of products by day with rollups, and all that rollups and engines say of them, to compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cube_server.backends.embedded.rollups.kept import Kept
from cube_server.backends.embedded.rollups.packing import unpacked
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from loaders.periods import parse_period
from tests.laws.test_increments import Step
from tests.loaders import days
from tests.rollups.forcing import backend_of

_MEASURES: dict[str, Any] = {
    "tickets": {"aggregate": "distinct", "column": "id"},
    "prices": {"aggregate": "distinct", "column": "amount"},
    "months": {"aggregate": "distinct", "level": "time.month"},
    "least": {"aggregate": "min", "column": "amount"},
    "greatest": {"aggregate": "max", "column": "amount"},
    "average": {"aggregate": "avg", "column": "amount"},
    "spread": {"aggregate": "variance", "column": "amount"},
}


def write_model(folder: Path) -> Path:
    """Write the model of days, with measures of every kind."""
    document = json.loads(json.dumps(days.DOCUMENT))
    document["cubes"]["sales"]["measures"] |= _MEASURES
    path = folder / "cubes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def told(kept: Kept) -> dict[tuple[int, ...], dict[str, object]]:
    """Give what a rollup says of each of its cells."""
    positions = [codes.tolist() for codes in kept.positions.values()]
    numbers = {
        name: [
            round(float(value), 3) if numbers.valid is None or numbers.valid[row] else None
            for row, value in enumerate(numbers.values)
        ]
        for name, numbers in ((name, unpacked(column)) for name, column in kept.numbers.items())
    }
    return {
        tuple(codes[row] for codes in positions): {name: column[row] for name, column in numbers.items()}
        for row in range(kept.size)
    }


def every_answer(engine: Engine) -> list[object]:
    """Ask all measures by each level, across both dimensions, and in all."""
    found: list[object] = []
    for rows in (["product.kind"], ["time.month"], ["product.product", "time.month"], ["product.kind", "time.day"], []):
        body = {"cube": "sales", "measures": ["amount", "lines", "products", *_MEASURES], "axes": {"rows": rows}}
        cells = engine.query(QueryRequest.model_validate(body))
        found.append([cells.rows.tuples.rows(), *(_rounded(cells.matrix(name)) for name in body["measures"])])
    return found


def _rounded(matrix: list[list[Any]]) -> list[list[Any]]:
    return [[None if value is None else round(value, 6) for value in row] for row in matrix]


def load(step: Step, folder: Path, warehouse: Path) -> None:
    """Load what a step brings."""
    source = days.write(folder, sales=list(step.sales.values()), products=step.products)
    if step.mode == "replace":
        days.replace(source, warehouse, parse_period(step.period) if step.period else None)
    else:
        days.increment(source, warehouse, step.mode)


def every_rollup(engine: Engine) -> dict[str, object]:
    """Give what all rollups of an engine say."""
    rollups = backend_of(engine).rollups.of(engine.model.cubes[0])
    return {one.kept.definition.name: told(one.kept) for one in rollups}
