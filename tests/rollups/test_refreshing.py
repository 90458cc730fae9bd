"""Rollups after a load: brought up to date from the added facts or, with the reason why, made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cube_server.backends.rollups.definition import Definition
from cube_server.engine import Engine
from tests.loaders import days
from tests.rollups.forcing import force
from tests.rollups.refreshing import every_answer, every_rollup, write_model

KINDS = Definition(cube="sales", levels=("product.kind", "time.month"))
PRODUCTS = {1: "food", 2: "goods", 3: "food"}
SALES = [
    (1, 1, "2024-01-05", 500),
    (2, 2, "2024-01-05", -20),
    (3, 3, "2024-02-01", 700),
    (4, 9, "2024-02-01", 5),
    (10, 1, "2024-02-10", 7),
]
LATER = [(5, 1, "2024-02-02", 50), (6, 3, "2024-01-07", 90), (7, None, None, 1)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a model, and four sales in a warehouse; product 9 has no row."""
    write_model(tmp_path)
    days.increment(days.write(tmp_path / "0", sales=SALES, products=PRODUCTS, days=days.DAYS), wh(tmp_path), "full")
    return tmp_path


def wh(folder: Path) -> Path:
    return folder / "warehouse"


def opened(folder: Path) -> Engine:
    return Engine.open(folder / "cubes.json", wh(folder))


def refreshed(
    folder: Path,
    *definitions: Definition,
    mode: str = "append",
    **brought: Any,  # noqa: ANN401 - as `days.write`
) -> dict[str, tuple[str, int]]:
    """Make rollups, load more, bring them up to date; give why each was made anew, and the rows that were read."""
    for definition in definitions:
        opened(folder).rollups.make(definition)
    days.increment(days.write(folder / "1", **brought), wh(folder), mode)
    engine = opened(folder)
    found = {one.kept.definition.name: (reason, one.kept.read) for one, reason in engine.rollups.refresh()}
    assert every_rollup(engine) == every_rollup(force(opened(folder), definitions))
    return found


def test_only_added_facts_are_read(place: Path) -> None:
    everything = Definition(cube="sales", levels=())
    assert refreshed(place, KINDS, everything, sales=LATER) == {KINDS.name: ("", 3), everything.name: ("", 3)}


def test_a_member_that_moved_with_its_cell_is_followed(place: Path) -> None:
    """All of a product's facts lie in the cells of the product: where its kind has changed, its rollup goes on."""
    products = Definition(cube="sales", levels=("product.product", "time.month"))
    found = refreshed(place, products, KINDS, sales=LATER, products={1: "tools"})
    assert found[products.name] == ("", 3)
    # Made anew of the 7 rows of the other.
    assert found[KINDS.name] == ("members of product have moved", 7)


def test_a_key_that_gets_a_row_leaves_the_unknown(place: Path) -> None:
    assert refreshed(place, KINDS, sales=[], products={9: "food"})[KINDS.name] == ("", 0)
    days.increment(days.write(place / "2", sales=[(8, 10, "2024-01-05", 5), (9, 11, "2024-01-05", 5)]), wh(place))
    assert refreshed(place, KINDS, products={10: "food"}) == {KINDS.name: ("members of product have moved", 7)}


def test_keys_that_come_again_are_counted_anew(place: Path) -> None:
    """So many different prices are a sum of parts only while no price comes again."""
    assert refreshed(place, KINDS, sales=[*LATER, (8, 1, "2024-01-06", 500)]) == {
        KINDS.name: ("added facts have amount of former ones", 9)
    }


def test_held_keys_are_numbered_anew(place: Path) -> None:
    held = Definition(cube="sales", levels=("product.kind",), keys=("id",))
    assert refreshed(place, held, sales=LATER) == {held.name: ("it holds id, which are numbered anew", 8)}


@pytest.mark.parametrize("mode", ["upsert", "full"])
def test_what_is_no_addition_is_planned_anew(place: Path, mode: str) -> None:
    """Former facts are gone: there is nothing to bring up to date."""
    changed = [(1, 1, "2024-01-05", 400), *SALES[1:]]
    assert refreshed(place, mode=mode, sales=changed, products=PRODUCTS, days=days.DAYS) == {}
    engine = opened(place)
    engine.rollups.make(KINDS)
    assert every_answer(engine) == every_answer(opened(place))
