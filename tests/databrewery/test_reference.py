"""The reference installation, where it is at hand: imported, loaded, and every sum beside that of SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from loaders.databrewery.findings import NoteKind
from loaders.databrewery.importing import Imported, import_cubes
from loaders.pipeline import load

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared" / "slicer"

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference installation is not at hand")

SUMS = {
    "irbd_balance": {"amount_sum": "sum(amount)", "double_amount_sum": "sum(amount * 2)", "record_count": "count(*)"},
    "sales": {
        "quantity_sum": "sum(quantity)", "price_total_sum": "sum(price_total)", "price_total_min": "min(price_total)",
    },
    "webvisits": {"pageviews_sum": "sum(pageviews)", "pageviews_max": "max(pageviews)", "record_count": "count(*)"},
    "dw_sales": {
        "price_sum": "sum(price)", "price_avg": "avg(price)", "revenue": "sum(quantity * price)",
        "discounted": "sum(discount) / sum(price)", "n": "count(*)",
    },
    "j_three": {"amount_sum": "sum(amount)", "record_count": "count(*)"},
    "aggregate_test": {"amount_sum": "sum(amount)", "count": "count(*)"},
    "agg_default": {
        "amount_sum": "sum(amount)", "amount_max": "max(amount)", "price_avg": "avg(price)",
        "discount_sum": "sum(discount)", "amount_distinct": "count(distinct amount)",
        "discount_nonempty": "count(discount)", "count": "count(*)",
    },
    "hier": {"fact_count": "count(*)"},
    "flat": {"amount_sum": "sum(amount)"},
    "odd": {"amount_sum": "sum(amount)", "amount_avg": "avg(amount)", "n": "count(*)", "nn": "count(amount)"},
    "big": {"amount_sum": "sum(amount)", "n": "count(*)"},
    "contracts": {"total_amount": "sum(contract_amount)", "average_amount": "avg(contract_amount)"},
}  # fmt: skip
TABLES = {
    "dw_sales": "fact_sales", "j_three": "jt_facts", "aggregate_test": "facts", "agg_default": "agg_facts",
    "hier": "hier_cube", "flat": "flat_facts", "odd": "odd_facts", "big": "big_facts", "contracts": "ft_contracts",
}  # fmt: skip


@pytest.fixture(scope="module")
def imported() -> Imported:
    """Import the reference installation."""
    return import_cubes((REFERENCE / "slicer.ini",))


@pytest.fixture(scope="module")
def engine(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Load it."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "cubes.json").write_text(imported.text, encoding="utf-8")
    load(imported.model, f"sqlite:///{REFERENCE / 'data.sqlite'}", folder / "warehouse")
    return Engine.open(folder / "cubes.json", folder / "warehouse")


def test_every_cube_is_there(imported: Imported) -> None:
    assert len(imported.model.cubes) == 19
    assert imported.model.slicer is not None
    assert len(imported.model.slicer.cubes) == 19


def test_only_a_function_that_nobody_knows_is_left_out(imported: Imported) -> None:
    left_out = [note.message for note in imported.notes if note.kind is NoteKind.UNSUPPORTED]
    assert len(left_out) == 1
    assert "'iamunknown'" in left_out[0]


@pytest.mark.parametrize("cube", SUMS)
def test_sums(engine: Engine, cube: str) -> None:
    measures = SUMS[cube]
    with sqlite3.connect(REFERENCE / "data.sqlite") as connection:
        expected = connection.execute(f"select {', '.join(measures.values())} from {TABLES.get(cube, cube)}").fetchone()
    connection.close()
    found = engine.query(QueryRequest(cube=cube, measures=tuple(measures))).cells.select(*measures).row(0)
    assert found == pytest.approx(expected)
