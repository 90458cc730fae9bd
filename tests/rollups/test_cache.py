"""Answers that are kept, shared by those who ask at once, and cuboids of them that answer others."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from cube_server.backends.embedded.rollups import lately
from cube_server.budget import Budget, Limits
from cube_server.cache import Keyed, Recent
from cube_server.engine import Engine
from cube_server.errors import BusyError
from cube_server.query.request import QueryRequest
from tests.toy.star import toy_warehouse

MIB = 1 << 20


def question(**body: object) -> QueryRequest:
    return QueryRequest.model_validate({"cube": "sales", "measures": ["amount", "lines"], **body})


BY_PRODUCT = question(axes={"rows": ["product.product"]}, cut=[{"level": "time.year", "members": [2024]}])


def counted(engine: Engine) -> int:
    """Count the cuboids of facts that were computed."""
    return sum(engine.rollups.log.needs().values())


def test_an_answer_is_kept(tmp_path: Path) -> None:
    # A warehouse of its own: its log of questions is kept beside it.
    engine = Engine.open(*toy_warehouse(tmp_path), cache=MIB)
    first, again = engine.query(BY_PRODUCT), engine.query(BY_PRODUCT)
    spelled = engine.query(BY_PRODUCT.model_copy(update={"measures": ["amount", "lines"], "nonempty": True}))
    assert [cells.source for cells in (first, again, spelled)] == ["scan", "cache", "cache"]
    assert again.matrix("amount") == first.matrix("amount")
    assert counted(engine) == 1


def test_nothing_is_kept_unless_asked(toy_paths: tuple[Path, Path]) -> None:
    engine = Engine.open(*toy_paths)
    assert [engine.query(BY_PRODUCT).source for _ in range(2)] == ["scan", "scan"]


def test_many_at_once_compute_once(tmp_path: Path) -> None:
    engine = Engine.open(*toy_warehouse(tmp_path), cache=MIB)
    together = Barrier(8)

    def ask(_: int) -> list[list[int | float | None]]:
        together.wait()
        return engine.query(BY_PRODUCT).matrix("lines")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert counted(engine) == 1


def test_who_waits_gets_what_the_first_makes() -> None:
    recent: Recent[str, int] = Recent(most=0, weigh=lambda _: 1)
    begun, go, made = Event(), Event(), []

    def slow() -> int:
        begun.set()
        assert go.wait(10)
        made.append(1)
        return 7

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(recent.get, "a", slow)
        assert begun.wait(10)
        others = [pool.submit(recent.get, "a", slow) for _ in range(4)]
        time.sleep(0.1)
        go.set()
        # The value is too heavy to be kept, and still nobody else makes it.
        assert [part.result(10) for part in (first, *others)] == [7] * 5
    assert len(made) == 1


def test_a_first_that_fails_spoils_nothing() -> None:
    recent: Recent[str, int] = Recent(most=9, weigh=lambda _: 1)
    begun, go = Event(), Event()

    def fails() -> int:
        begun.set()
        assert go.wait(10)
        raise BusyError("too slow")

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(recent.get, "a", fails)
        assert begun.wait(10)
        others = [pool.submit(recent.get, "a", lambda: 5) for _ in range(2)]
        time.sleep(0.1)
        go.set()
        with pytest.raises(BusyError):
            first.result(10)
        assert [part.result(10) for part in others] == [5, 5]
    assert recent.get("a", fails) == 5


def test_who_waits_keeps_the_own_time() -> None:
    recent: Recent[str, int] = Recent(most=9, weigh=lambda _: 1)
    begun, go = Event(), Event()

    def slow() -> int:
        begun.set()
        assert go.wait(10)
        return 1

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(recent.get, "a", slow)
        assert begun.wait(10)
        with pytest.raises(BusyError):
            recent.get("a", slow, Budget(Limits(seconds=0.1)).check_time)
        go.set()
        assert first.result(10) == 1


def test_equal_keys_find_each_other() -> None:
    assert Keyed((1, "a")) == Keyed((1, "a"))
    assert len({Keyed((1, "a")), Keyed((1, "a")), Keyed((2, "a"))}) == 2


@pytest.mark.parametrize(
    "later",
    [
        {"axes": {"rows": ["product.department"]}},
        {"axes": {"rows": ["product.category"]}, "measures": ["lines"]},
        {},
        {"axes": {"rows": ["product.brand"]}, "cut": [{"level": "product.department", "members": ["Food"]}]},
    ],
)
def test_a_part_follows_from_what_was_computed(toy_paths: tuple[Path, Path], later: dict[str, Any]) -> None:
    """Products of 2024 were asked: their departments, their total, a cut of them need no look at the facts."""
    wide = question(axes={"rows": ["product.department"], "columns": ["time.year"]})
    engine, plain = Engine.open(*toy_paths, cache=MIB), Engine.open(*toy_paths)
    engine.query(wide.model_copy(update={"cut": BY_PRODUCT.cut}))
    engine.query(question(axes={"rows": ["product.brand", "product.department"]}, cut=BY_PRODUCT.cut))
    year = [part.model_dump() for part in BY_PRODUCT.cut]
    request = question(**{**later, "cut": [*later.get("cut", []), *year]})
    found, expected = engine.query(request), plain.query(request)
    assert found.matrix("lines") == expected.matrix("lines")
    assert found.rows.tuples.equals(expected.rows.tuples)


def test_totals_of_distinct_counts_follow_from_the_sets_that_were_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One scan for a table and its totals; none for the same table swapped, sorted, or rolled up afterwards."""
    monkeypatch.setattr(lately, "_FEWER", 0)
    engine, plain = Engine.open(*toy_warehouse(tmp_path), cache=MIB), Engine.open(*toy_warehouse(tmp_path / "plain"))
    measures = ["amount", "baskets", "customers"]
    table = {"rows": ["product.department"], "columns": ["time.quarter"]}
    first = question(measures=measures, axes=table, totals=True)
    later = (
        question(measures=measures, axes={"rows": table["columns"], "columns": table["rows"]}, totals=True),
        question(measures=["customers"], axes={"columns": ["time.year"]}),
        question(measures=["baskets"], cut=[{"level": "product.department", "members": ["Food"]}]),
    )
    for request in (first, *later):
        found, expected = engine.query(request), plain.query(request)
        assert ("scan" in found.source.split(",")) == (request is first)
        for measure in request.measures:
            assert found.matrix(measure) == expected.matrix(measure)


def test_another_cut_is_another_thing(toy_paths: tuple[Path, Path]) -> None:
    engine, plain = Engine.open(*toy_paths, cache=MIB), Engine.open(*toy_paths)
    engine.query(question(axes={"rows": ["store.store"]}, cut=BY_PRODUCT.cut))
    of_2024 = question(cut=BY_PRODUCT.cut)
    found = engine.query(of_2024)
    assert found.source == "sales:store.store"
    assert found.matrix("amount") == plain.query(of_2024).matrix("amount")
    assert engine.query(question()).source == "scan"
