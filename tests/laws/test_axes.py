"""Laws about axes: pages, order, conditions, swapping, and the sameness of equal questions."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import parse_model
from cube_server.query.request import FactsRequest, QueryRequest
from cube_server.query.resolve import resolve_query
from cube_server.query.spec import QuerySpec
from cube_server.result.flat import flatten
from cube_server.types import UNKNOWN
from tests.comparison import same
from tests.laws.oracle import expected_cells, found_cells
from tests.laws.questions import Cut, Question, axes, questions
from tests.laws.stars import NAMES_OF_MEASURES, Star, stars
from tests.laws.worlds import loaded, world

PROFILE = settings.get_profile("laws")


def flat(engine: Engine, request: QueryRequest) -> pl.DataFrame:
    """Ask, and lay the answer flat."""
    return flatten(engine.query(request), Budget(Limits()))


@PROFILE
@given(stars(), st.data())
def test_pages_concatenate_to_the_whole(star: Star, data: st.DataObject) -> None:
    """Pages of any size, one after the other, are the whole answer; each tells the full count."""
    question = data.draw(questions(star))
    nonempty = data.draw(st.booleans())
    size = data.draw(st.integers(1, 7))
    order = {"by": data.draw(st.sampled_from(NAMES_OF_MEASURES)), "desc": data.draw(st.booleans())}
    rows = [{"level": level.name, "order": order, "subtotals": True} for level in question.rows]
    more: dict[str, Any] = {
        "axes": {"rows": rows, "columns": [level.name for level in question.columns]},
        "nonempty": nonempty,
    }
    with world(star) as here:
        whole = here.engine.query(question.request(**more))
        total = whole.rows.total
        pages = [
            here.engine.query(question.request(**more, limit=size, offset=offset)) for offset in range(0, total, size)
        ]
    assert {page.rows.total for page in pages} <= {total}
    if pages and question.rows:
        assert_frame_equal(
            pl.concat([flatten(page, Budget(Limits())) for page in pages]), flatten(whole, Budget(Limits()))
        )
        assert sum(len(page.rows) for page in pages) == total


@PROFILE
@given(stars(), st.data())
def test_the_order_of_rows_is_stable(star: Star, data: st.DataObject) -> None:
    """The same question has the same answer in the same order, also when the source's rows came in another order."""
    question = data.draw(questions(star))
    by = data.draw(st.sampled_from(("member", *NAMES_OF_MEASURES)))
    rows = [{"level": level.name, "order": {"by": by, "desc": data.draw(st.booleans())}} for level in question.rows]
    request = question.request(axes={"rows": rows, "columns": [level.name for level in question.columns]})
    with world(star) as here, tempfile.TemporaryDirectory() as folder:
        first = flat(here.engine, request)
        assert_frame_equal(flat(here.engine, request), first)
        shuffled = random.Random(7).sample(star.facts, len(star.facts))
        other = loaded(Star(dimensions=star.dimensions, facts=tuple(shuffled)), Path(folder))
        assert_frame_equal(flat(other, request), first)


@PROFILE
@given(stars(), st.data())
def test_swapping_the_axes_transposes_the_cells(star: Star, data: st.DataObject) -> None:
    """A pivot moves cells and changes none."""
    question = data.draw(questions(star))
    swapped = Question(rows=question.columns, columns=question.rows, cuts=question.cuts)
    nonempty = data.draw(st.booleans())
    with world(star) as here:
        one = here.engine.query(question.request(nonempty=nonempty))
        other = here.engine.query(swapped.request(nonempty=nonempty))
    for name in NAMES_OF_MEASURES:
        if len(one.rows) and len(one.columns):
            assert one.matrix(name) == [list(column) for column in zip(*other.matrix(name), strict=True)]
    assert found_cells(one) == {(rows, columns): values for (columns, rows), values in found_cells(other).items()}


@PROFILE
@given(stars(), st.data())
def test_all_members_are_the_members_with_facts_and_empty_ones(star: Star, data: st.DataObject) -> None:
    """Asking for all members adds empty tuples; it changes no cell and leaves the order of the others."""
    rows, columns = data.draw(axes(star, 2))
    question = Question(rows=rows, columns=columns)
    with world(star) as here:
        some = here.engine.query(question.request())
        every = here.engine.query(question.request(nonempty=False))
        expected = expected_cells(here.oracle, question)
    assert found_cells(some) == {at: values for at, values in found_cells(every).items() if at in expected}
    listed = every.rows.tuples.rows()
    places = [listed.index(row) for row in some.rows.tuples.rows()]
    assert places == sorted(places)


@PROFILE
@given(stars(), st.data())
def test_a_condition_chooses_rows_and_changes_none(star: Star, data: st.DataObject) -> None:
    """Having keeps exactly the finest tuples whose value fulfils it; no kept number and no total changes."""
    question = data.draw(questions(star).filter(lambda question: question.rows))
    limit = data.draw(st.integers(-10, 10))
    rows = [{"level": level.name} for level in question.rows]
    chosen = [*rows[:-1], {**rows[-1], "having": f"amount > {limit} or quantity <= 0"}]
    with world(star) as here:
        before = found_cells(here.engine.query(question.request(axes={"rows": rows}, totals=["rows"])))
        after = found_cells(here.engine.query(question.request(axes={"rows": chosen}, totals=["rows"])))
    amount, quantity = NAMES_OF_MEASURES.index("amount"), NAMES_OF_MEASURES.index("quantity")
    assert after == {
        at: values
        for at, values in before.items()
        if not at[0]
        or (values[amount] is not None and values[amount] > limit)
        or (values[quantity] is not None and values[quantity] <= 0)
    }


@PROFILE
@given(stars(), st.data())
def test_the_order_by_a_measure_is_sorted(star: Star, data: st.DataObject) -> None:
    """Over the axis the values ascend or descend from row to row, and null values stand last."""
    question = data.draw(questions(star).filter(lambda question: question.rows))
    by, desc = data.draw(st.sampled_from(NAMES_OF_MEASURES)), data.draw(st.booleans())
    rows: list[dict[str, Any]] = [{"level": level.name} for level in question.rows]
    rows[-1]["order"] = {"by": by, "desc": desc, "within": "axis"}
    with world(star) as here:
        cells = here.engine.query(question.request(axes={"rows": rows}, totals=False))
    values = [row[0] for row in cells.matrix(by)]
    present = [value for value in values if value is not None]
    assert values == present + [None] * (len(values) - len(present))
    assert present == sorted(present, reverse=desc)


@PROFILE
@given(stars(), st.data())
def test_the_facts_behind_a_cell_reconcile(star: Star, data: st.DataObject) -> None:
    """The facts of any coordinate are as many as its lines, and add up to its sums and distinct counts."""
    question = data.draw(questions(star, 2))
    with world(star) as here:
        cells = found_cells(here.engine.query(question.request()))
        (rows, columns), values = data.draw(
            st.sampled_from(sorted(cells.items(), key=repr)) if cells else st.just((((), ()), ()))
        )
        if not values:
            return
        levels = (*question.rows[: len(rows)], *question.columns[: len(columns)])
        inner = tuple(Cut(level, (path,), exclude=False) for level, path in zip(levels, (*rows, *columns), strict=True))
        cut = [one.document() for one in (*question.cuts, *inner)]
        request = {"cube": "cube", "cut": cut, "columns": ["row", "quantity", "basket", "amount"], "limit": None}
        facts = here.engine.facts(FactsRequest.model_validate(request)).frame
    of = dict(zip(NAMES_OF_MEASURES, values, strict=True))
    assert facts.height == facts["row"].n_unique() == (of["lines"] or 0)
    assert facts["basket"].drop_nulls().n_unique() == (of["baskets"] or 0)
    for name in ("quantity", "amount"):
        present = facts[name].drop_nulls()
        assert same(present.cast(pl.Float64).sum() if len(present) else None, of[name])


@PROFILE
@given(stars(), st.data())
def test_equal_questions_are_equal_specs(star: Star, data: st.DataObject) -> None:
    """However a question is spelled, it resolves to one value with one hash; another question to another."""
    question = data.draw(questions(star))
    request = question.request()
    text = json.dumps(star.model())
    specs = [resolve_query(parse_model(text), one) for one in (request, _respelled(request, question))]
    other = resolve_query(parse_model(text), request.model_copy(update={"offset": 1}))
    assert specs[0] == specs[1]
    assert hash(specs[0]) == hash(specs[1])
    assert isinstance(specs[0], QuerySpec)
    assert len({*specs, other}) == 2


def _respelled(request: QueryRequest, question: Question) -> QueryRequest:
    """Spell a request anew: through JSON, flags for signs, whole hierarchy names, a bare key for a path of one."""
    body = QueryRequest.model_validate_json(request.model_dump_json()).model_dump(by_alias=True)
    body["totals"] = ["columns", "rows"]
    for axis in body["axes"].values():
        for item in axis:
            item["level"], item["alone"] = _spelled(item["level"])
    for one, cut in zip(body["cut"], question.cuts, strict=True):
        one["level"], one["alone"] = _spelled(one["level"])
        if len(cut.level.columns) == 1:
            one["members"] = [member[0] for member in one["members"]]
        assert any(UNKNOWN in path for path in cut.members) == ("unknown" in str(one["members"]))
    return QueryRequest.model_validate(body)


def _spelled(level: str) -> tuple[str, bool]:
    link, name = level.removeprefix("~").split(".")
    return (f"{link}.{name}" if name == "attr" else f"{link}.main.{name}", level.startswith("~"))
