"""Whether rollups are brought up to date or made anew: they say the same, and answer as the facts do."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings

from cube_server.engine import Engine
from loaders import increments
from tests.laws.test_increments import Books, Step, asked, expected, steps
from tests.loaders import days
from tests.rollups.forcing import every_grain, force
from tests.rollups.refreshing import every_answer, every_rollup, load, write_model


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put files together already when there are four."""
    monkeypatch.setattr(increments, "MOST_SMALL", 4)


@settings(settings.get_profile("patient"), max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps)
def test_refreshed_rollups_are_those_made_anew(steps: list[Step]) -> None:
    """After every load, of whatever kind: refreshed rollups say what rebuilt ones do, and answer as the facts do."""
    with TemporaryDirectory() as name:
        folder, warehouse, books = Path(name), Path(name) / "warehouse", Books()
        path = write_model(folder)
        days.increment(days.write(folder / "0", sales=[], products={}, days=days.DAYS), warehouse, "full")
        engine = Engine.open(path, warehouse)
        grains = tuple(one for one in every_grain(engine.model.cubes[0]) if not one.keys)
        for definition in grains:
            engine.rollups.make(definition)
        for number, step in enumerate(steps, 1):
            if (brought := books.take(step)) is not None:
                load(brought, folder / str(number), warehouse)
                engine = Engine.open(path, warehouse)
                engine.rollups.open()
                kept = [one.kept.definition for one, _ in engine.rollups.refresh()]
                for definition in () if kept or engine.rollups.open()["sale"] else grains:
                    engine.rollups.make(definition)
                anew = force(Engine.open(path, warehouse), grains)
                assert every_rollup(engine) == every_rollup(anew)
                assert every_answer(engine) == every_answer(anew) == every_answer(Engine.open(path, warehouse))
                assert asked(engine) == expected(books)
