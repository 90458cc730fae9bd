"""Rollups on disk, in the background, and what happens to damaged ones."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cube_server.backends.embedded.rollups.keeper import RollupSettings
from cube_server.backends.embedded.rollups.packing import unpacked
from cube_server.backends.rollups.definition import Definition
from cube_server.backends.rollups.needs import Need
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from tests.rollups.forcing import backend_of
from tests.toy.star import toy_warehouse

MONTHS = Definition(cube="sales", levels=("product.department", "time.month"))
HELD = Definition(cube="sales", levels=("product.category",), keys=("basket_id",))
QUESTION = QueryRequest.model_validate(
    {"cube": "sales", "measures": ["amount", "average", "spread"], "axes": {"rows": ["product.department"]}}
)
BASKETS = QueryRequest.model_validate(
    {"cube": "sales", "measures": ["baskets"], "axes": {"rows": ["product.department"]}}
)


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return toy_warehouse(tmp_path)


def test_what_was_made_is_opened_again(paths: tuple[Path, Path]) -> None:
    plain = Engine.open(*paths)
    expected, baskets = plain.query(QUESTION), plain.query(BASKETS)
    plain.rollups.make(MONTHS)
    plain.rollups.make(HELD)
    again = Engine.open(*paths)
    assert again.query(QUESTION).source == "scan"
    again.rollups.open()
    found = again.query(QUESTION)
    assert (expected.source, found.source) == ("scan", MONTHS.name)
    assert found.matrix("amount") == expected.matrix("amount")
    assert [row[0] for row in found.matrix("spread")] == pytest.approx([row[0] for row in expected.matrix("spread")])
    held = again.query(BASKETS)
    assert (held.source, held.matrix("baskets")) == (HELD.name, baskets.matrix("baskets"))


def test_a_rollup_is_made_of_a_larger_one(paths: tuple[Path, Path]) -> None:
    """A rollup of a rollup has every number that one of the facts has, moments and exact counts of keys among them."""
    one, other = Engine.open(*paths), Engine.open(*paths)
    other.rollups.make(Definition(cube="sales", levels=("customer.customer", "time.day", "store.store")))
    definition = Definition(cube="sales", levels=("customer.area", "time.month"))
    of_facts, of_rollup = one.rollups.make(definition).kept, other.rollups.make(definition).kept
    assert of_facts.numbers.keys() == of_rollup.numbers.keys()
    assert "distinct basket_id" in of_facts.numbers
    for name, numbers in of_facts.numbers.items():
        assert unpacked(of_rollup.numbers[name]).values == pytest.approx(unpacked(numbers).values), name


def test_members_below_a_larger_rollup_are_counted_of_the_facts(paths: tuple[Path, Path]) -> None:
    """Areas by month do not tell customers: how many an area has is not read off them."""
    one, other = Engine.open(*paths), Engine.open(*paths)
    definition = Definition(cube="sales", levels=("customer.area",))
    name = "distinct customer_id@customer area/customer"
    of_facts = unpacked(one.rollups.make(definition).kept.numbers[name])
    other.rollups.make(Definition(cube="sales", levels=("customer.area", "time.month")))
    of_rollup = unpacked(other.rollups.make(definition).kept.numbers[name])
    assert of_facts.values.tolist() == of_rollup.values.tolist() == [2, 2, 0]


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "version"])
def test_a_damaged_rollup_is_let_go(paths: tuple[Path, Path], damage: str) -> None:
    engine = Engine.open(*paths)
    engine.rollups.make(MONTHS)
    (manifest,) = (paths[1] / "rollups").rglob("manifest.json")
    column = manifest.with_name("0.npy")
    data = column.read_bytes()
    match damage:
        case "cut":
            column.write_bytes(data[:-1])
        case "changed":
            column.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "gone":
            column.unlink()
        case "version":
            manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 0}))
    again = Engine.open(*paths)
    assert not any(again.rollups.open().values())
    assert not manifest.exists()
    assert again.query(QUESTION).source == "scan"


def test_rollups_of_another_model_are_not_these(paths: tuple[Path, Path], tmp_path: Path) -> None:
    Engine.open(*paths).rollups.make(MONTHS)
    changed = tmp_path / "cubes.json"
    document = json.loads(paths[0].read_text(encoding="utf-8"))
    document["cubes"]["sales"]["measures"]["smallest"]["aggregate"] = "max"
    changed.write_text(json.dumps(document), encoding="utf-8")
    other = Engine.open(changed, paths[1])
    assert not any(other.rollups.open().values())


def test_the_log_outlives_the_server(paths: tuple[Path, Path]) -> None:
    engine = Engine.open(*paths)
    engine.rollups.make(MONTHS)
    engine.query(QUESTION)
    engine.query(BASKETS)
    engine.rollups.log.write()
    log = Engine.open(*paths).rollups.log
    assert log.hits() == {MONTHS.name: 1}
    assert log.needs() == {
        Need(cube="sales", levels=("product.department",)): 1,
        Need(cube="sales", levels=("product.department",), counted=("basket_id",)): 1,
    }


def test_what_was_asked_is_made_in_the_background(paths: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    # So small a star needs no rollups, unless a row is said to be dear.
    monkeypatch.setattr("cube_server.backends.rollups.choosing._FLOOR", 0)
    monkeypatch.setattr("cube_server.backends.rollups.choosing._FEWER", 1)
    asked = Engine.open(*paths)
    for _ in range(3):
        asked.query(QUESTION)
    asked.rollups.log.write()
    engine = Engine.open(*paths, rollups=RollupSettings(mode="auto", share=100.0))
    until = time.monotonic() + 30
    while not backend_of(engine).rollups.of(engine.model.cubes[0]) and time.monotonic() < until:
        time.sleep(0.05)
    engine.close()
    assert engine.query(QUESTION).source != "scan"
    assert engine.query(QUESTION).matrix("amount") == asked.query(QUESTION).matrix("amount")


def test_explain_tells_the_source_and_why(paths: tuple[Path, Path]) -> None:
    engine = Engine.open(*paths)
    assert "from " not in engine.explain(QUESTION).partition("plan")[2].replace("from 0", "")
    engine.rollups.make(MONTHS)
    assert f"from rollup {MONTHS.name}, {engine.rollups.open()['fact_sales'][0].kept.size} rows" in engine.explain(
        QUESTION
    )
    told = engine.explain(BASKETS)
    assert "from the facts" in told
    assert "baskets does not follow from its cells, as the same key may lie in several" in told
    by_product = QUESTION.model_copy(update={"axes": BASKETS.axes.model_validate({"rows": ["product.product"]})})
    assert "it does not tell product.product" in engine.explain(by_product)
