"""Part of a star here and part there: a mixed engine answers as one in memory and one in a database do."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.engine import Engine
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.progress import SILENT
from loaders.pipeline import load
from tests.comparison import assert_same_rows
from tests.laws.databases import answer
from tests.laws.questions import questions
from tests.laws.stars import NAMES_OF_MEASURES, Star, stars
from tests.laws.test_databases import FORMULAS, SET, asked
from tests.laws.worlds import _write, loaded
from tests.sql.sources import fill, fill_clickhouse, fill_postgresql

PROFILE = settings(settings.get_profile("laws"), max_examples=int(os.environ.get("CUBE_TEST_EXAMPLES", "8")))

Filler = Callable[[Model, Path, Path], str]

# Different baskets in windows over both places are refused: tests/mixed.
MEASURES = {**FORMULAS, "so_far": "rolling(amount, 2)"}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Star, int, tuple[str, ...], bool]:
    """Draw a star, the first id of time whose facts lie here, the dimensions that do, and whether facts lie once."""
    star = draw(stars())
    names = [dimension.name for dimension in star.dimensions[1:]]
    here = draw(st.lists(st.sampled_from(names), unique=True))
    return star, draw(st.integers(1, 6)), tuple(here), draw(st.booleans())


@pytest.fixture(scope="module")
def fillers(postgresql: sa.URL, clickhouse: str) -> tuple[Filler, ...]:
    """What makes a database of a star's files, and gives its URL: of these each example draws one."""
    return (
        partial(fill, "duckdb"),
        lambda model, files, _: fill_postgresql(postgresql, "mixed", model, files),
        lambda model, files, _: fill_clickhouse(clickhouse, "mixed", model, files),
    )


@PROFILE
@given(worlds(), st.data())
def test_mixed_is_all_here_is_all_there(
    fillers: tuple[Filler, ...], world: tuple[Star, int, tuple[str, ...], bool], data: st.DataObject
) -> None:
    """Any question, any boundary, any dimensions here: facts of both places, or each in its own alone."""
    star, since, here, once = world
    drawn = [data.draw(questions(star)) for _ in range(4)]
    defined = {"measures": {name: {"formula": text} for name, text in MEASURES.items()}, "sets": {"good": SET}}
    more = {"with": defined, "measures": [*NAMES_OF_MEASURES, *MEASURES], "nonempty": data.draw(st.booleans())}
    requests = [asked(question, more, data) for question in drawn]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        memory = loaded(star, folder)
        model = parse_model((folder / "cubes.json").read_text(encoding="utf-8"))
        there = Engine.open(folder / "cubes.json", fill("duckdb", model, folder / "source", folder))
        filler = data.draw(st.sampled_from(fillers))
        mixed = Engine.open(folder / "cubes.json", parted(star, folder, filler, since, here, once=once))
        for request in requests:
            expected = answer(memory, request)
            assert_same_rows(answer(there, request), expected)
            assert_same_rows(answer(mixed, request), expected)
        mixed.close()
        there.close()


def parted(star: Star, folder: Path, filler: Filler, since: int, here: tuple[str, ...], *, once: bool) -> Path:
    """Lay a star out in two places; give its storage.json."""
    place = folder / "mixed"
    model = parse_model((folder / "cubes.json").read_text(encoding="utf-8"))
    is_recent = [fact.links[0] is not None and since <= fact.links[0] for fact in star.facts]
    for name, wanted in (("recent", True), ("history", False)):
        facts = tuple(fact for fact, recent in zip(star.facts, is_recent, strict=True) if recent == wanted or not once)
        (place / name).mkdir(parents=True)
        _write(replace(star, facts=facts), place / name)
    load(model, str(place / "recent"), place / "warehouse", progress=SILENT)
    tables = tuple(table for table in model.tables if table.name.removeprefix("dim_") not in here)
    address = filler(replace(model, tables=tables), place / "history", place)
    storage = place / "storage.json"
    document = {
        "format": 1,
        "here": "warehouse",
        "there": address,
        "tables": {f"dim_{name}": "here" for name in here},
        "recent": {"cube": {"link": "d0", "since": since}},
    }
    storage.write_text(json.dumps(document), encoding="utf-8")
    return storage
