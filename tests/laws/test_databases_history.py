"""Databases whose dimensions have versions give the cells that loads of the same files give, then and now."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.progress import SILENT
from cube_server.query.request import QueryRequest
from loaders.pipeline import load
from tests.laws.databases import PROFILE, Fillers, agree
from tests.laws.histories import Past, model, pasts, write

GIVEN = {"columns": {"area": 2, "mood": 2}, "from": "since"}
LEVELS = ("person.area", "person.person", "~person.person", "person.mood", "time.month", "friend.area", "also.area")
MORE = ("friend.person", "also.mood", "person.glad")
CUTS: tuple[dict[str, Any], ...] = (
    {"level": "person.area", "members": ["North"], "by": "value"},
    {"level": "person.mood", "members": ["sad"], "by": "value", "exclude": True},
    {"level": "~person.person", "members": [1], "exclude": True},
    {"level": "friend.mood", "members": ["glad"], "by": "value"},
    {"level": "also.area", "members": ["South"], "by": "value", "exclude": True},
    {"level": "person.glad", "members": [True]},
)
FORMULAS = (
    "previous(amount, time)",
    "rolling(lines, 2, time)",
    "share(lines, person.parent)",
    "(amount, person.lag(1))",
    "rolling(amount, 2, person)",
    "rank(amount)",
)


@st.composite
def of_history(draw: st.DrawFn) -> QueryRequest:
    """Draw a question about people who move: any levels, cuts, steps and sets, as it was then or is now."""
    rows: list[dict[str, Any]] = [
        {"level": name, "subtotals": draw(st.booleans())}
        for name in draw(st.lists(st.sampled_from((*LEVELS, *MORE)), min_size=1, max_size=2, unique=True))
    ]
    rows[0] |= draw(st.sampled_from(({}, {}, {"top": {"n": 2, "by": "amount"}}, {"having": "lines > 1"})))
    formulas = draw(st.lists(st.sampled_from(FORMULAS), max_size=1))
    measures = {f"step_{number}": {"formula": text} for number, text in enumerate(formulas)}
    body = {
        "cube": "sales",
        "scd": draw(st.sampled_from(("then", "then", "now"))),
        "measures": ["lines", "amount", "people", "baskets", *measures],
        "with": {"measures": measures, "sets": {"glad": {"of": "person.person", "formula": "lines > 1"}}},
        "axes": {"rows": rows},
        "cut": draw(st.lists(st.sampled_from(CUTS), max_size=2, unique_by=lambda cut: str(cut["level"]))),
        "totals": draw(st.booleans()),
        "nonempty": draw(st.booleans()) or any("also" in str(row) or "friend" in str(row) for row in rows),
    }
    return QueryRequest.model_validate(body)


@PROFILE
@given(pasts(), st.lists(of_history(), min_size=4, max_size=4))
def test_databases_agree_on_history(fillers: Fillers, past: Past, requests: list[QueryRequest]) -> None:
    """People without a row, versions that held ever before, facts of no day, friends of a basket on many days."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path = write(past, folder / "source", model(GIVEN), past.versions)
        shutil.copy(path, folder)
        load(read_model(path), str(folder / "source"), folder / "warehouse", progress=SILENT)
        agree(Engine.open(path, folder / "warehouse"), requests, folder, fillers)
