"""Two backends over the same random star give the same cells: in memory, and in databases of its files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.errors import UserError
from cube_server.model.read import parse_model
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten
from tests.comparison import Row, assert_same_rows
from tests.laws.questions import Question, questions
from tests.laws.stars import NAMES_OF_MEASURES, Star, stars
from tests.laws.worlds import loaded
from tests.sql.sources import fill

PROFILE = settings(settings.get_profile("laws"), max_examples=8)

FORMULAS = {
    "of_all": "share(amount, d1.all)",
    "of_parent": "share(quantity, d0.parent)",
    "before": "previous(amount)",
    "so_far": "rolling(baskets, 2)",
    "places": "rank(amount)",
}
SET = {"of": "d1.leaf", "formula": "amount > 0"}


def answer(engine: Engine, request: QueryRequest) -> list[Row]:
    """Ask, and lay the answer flat; a question that is refused is answered by its error."""
    try:
        return flatten(engine.query(request), Budget(Limits())).rows()
    except UserError as error:
        return [(error.code,)]


def asked(question: Question, more: dict[str, Any], data: st.DataObject) -> QueryRequest:
    """Put what any question may have onto a question."""
    by = data.draw(st.sampled_from(NAMES_OF_MEASURES))
    rows: list[dict[str, Any]] = [{"level": level.name, "subtotals": True} for level in question.rows]
    if rows:
        rows[0] |= data.draw(
            st.sampled_from(
                (
                    {},
                    {"order": {"by": by, "desc": True}},
                    {"having": "lines > 1"},
                    {"top": {"n": 2, "by": by}},
                    {"top": {"n": 1, "by": by, "others": True}},
                )
            )
        )
    columns = [level.name for level in question.columns]
    cut = [cut.document() for cut in question.cuts]
    if data.draw(st.booleans()):
        cut.append({"level": "d1.good", "members": [[data.draw(st.booleans())]]})
    return question.request(axes={"rows": rows, "columns": columns}, cut=cut, **more)


@PROFILE
@given(stars(), st.data())
def test_databases_agree_with_memory(star: Star, data: st.DataObject) -> None:
    """Any question to any star: nulls, keys without a row, levels of no facts, sets, steps, tops and others."""
    drawn = [data.draw(questions(star)) for _ in range(4)]
    defined = {"measures": {name: {"formula": text} for name, text in FORMULAS.items()}, "sets": {"good": SET}}
    more = {"with": defined, "measures": [*NAMES_OF_MEASURES, *FORMULAS], "nonempty": data.draw(st.booleans())}
    requests = [asked(question, more, data) for question in drawn]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        memory = loaded(star, folder)
        model = parse_model((folder / "cubes.json").read_text(encoding="utf-8"))
        for kind in ("duckdb", "sqlite"):
            database = Engine.open(folder / "cubes.json", fill(kind, model, folder / "source", folder))
            for request in requests:
                assert_same_rows(answer(database, request), answer(memory, request))
            database.close()
