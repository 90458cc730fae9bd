"""Laws about single cells and totals: each is what DuckDB computes from the same files."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison import same, same_row
from tests.laws.oracle import AGGREGATES, Values, condition, expected_cells, found_cells
from tests.laws.questions import Cut, Question, cuts, every_level, levels, questions
from tests.laws.stars import ADDITIVE, NAMES_OF_MEASURES, Star, stars
from tests.laws.worlds import world

PROFILE = settings.get_profile("laws")
NOTHING = (None,) * len(NAMES_OF_MEASURES)


@PROFILE
@given(stars(), st.data())
def test_every_cell_is_duckdbs(star: Star, data: st.DataObject) -> None:
    """Every cell, subtotal and total of every measure equals a separate GROUP BY of the raw files."""
    question = data.draw(questions(star))
    with world(star) as here:
        found = found_cells(here.engine.query(question.request()))
        expected = expected_cells(here.oracle, question)
    assert found.keys() == expected.keys()
    for coordinate, values in expected.items():
        assert same_row(found[coordinate], values), coordinate


@PROFILE
@given(stars(), st.data())
def test_totals_that_do_not_add_up_are_duckdbs(star: Star, data: st.DataObject) -> None:
    """Distinct counts, extremes, averages and ratios of the totals on both axes equal GROUPING SETS of the facts."""
    rows = data.draw(st.sampled_from(levels(star.dimensions[0])))
    columns = data.draw(st.sampled_from(levels(star.dimensions[1])))
    question = Question(rows=(rows,), columns=(columns,), cuts=data.draw(cuts(star)))
    by_row, by_column = ([*level.columns, level.odd] for level in (rows, columns))
    sql = f"""
        select grouping({rows.odd}), grouping({columns.odd}), {", ".join(AGGREGATES)}
        from star where {condition(question.cuts)}
        group by grouping sets ((), ({", ".join(by_row)}), ({", ".join(by_column)})) having count(*) > 0"""
    with world(star) as here:
        found = found_cells(here.engine.query(question.request()))
        expected = here.oracle.execute(sql).fetchall()
    totals = [
        (int(not row), int(not column), *values)
        for (row, column), values in found.items()
        if not (row and column) and values[0] is not None
    ]
    unmatched = list(expected)
    for total in totals:
        match = next((row for row in unmatched if same_row(total, row)), None)
        assert match is not None, total
        unmatched.remove(match)
    assert not unmatched


@PROFILE
@given(stars(), st.data())
def test_a_rollup_is_the_sum_of_its_parts(star: Star, data: st.DataObject) -> None:
    """Of an additive measure, each tuple's value is the sum of the values one level down; null parts add nothing."""
    question = data.draw(questions(star))
    with world(star) as here:
        found = found_cells(here.engine.query(question.request()))
    for (rows, columns), whole in found.items():
        if len(rows) == len(question.rows):
            continue
        parts = [
            values
            for (inner, across), values in found.items()
            if len(inner) == len(rows) + 1 and inner[:-1] == rows and across == columns
        ]
        assert_adds_up(parts, whole)


@PROFILE
@given(stars(), st.data())
def test_slicing_then_rolling_up_is_filtering_first(star: Star, data: st.DataObject) -> None:
    """A member's row in a table is the total of the table cut to that member."""
    level = data.draw(st.sampled_from(every_level(star)))
    outer = data.draw(cuts(star, most=1))
    with world(star) as here:
        table = found_cells(here.engine.query(Question(rows=(level,), cuts=outer).request()))
        for (rows, _), values in table.items():
            if rows:
                inner = Cut(level, (rows[0],), exclude=False)
                sliced = found_cells(here.engine.query(Question(cuts=(*outer, inner)).request()))
                assert same_row(sliced[(), ()], values)


@PROFILE
@given(stars(), st.data())
def test_a_level_alone_adds_up_its_paths(star: Star, data: st.DataObject) -> None:
    """A member used alone has, of additive measures, the sum of all members with its key, whatever their parents."""
    dimension = data.draw(st.sampled_from(star.dimensions))
    level = data.draw(st.sampled_from(levels(dimension)))
    request = Question(rows=(level,)).request(totals=False)
    axes = {"rows": [{"level": level.name, "alone": True}]}
    with world(star) as here:
        by_path = found_cells(here.engine.query(request))
        alone = found_cells(here.engine.query(Question(rows=(level,)).request(totals=False, axes=axes)))
    assert {rows[0][-1] for rows, _ in by_path} == {rows[0][0] for rows, _ in alone}
    for (rows, _), whole in alone.items():
        parts = [values for (paths, _), values in by_path.items() if paths[0][-1] == rows[0][0]]
        assert_adds_up(parts, whole)


@PROFILE
@given(stars(), st.data())
def test_excluding_is_the_complement(star: Star, data: st.DataObject) -> None:
    """A cut and the cut to all others add up to the whole: each null and unknown is on one side."""
    (cut, *_) = data.draw(cuts(star, most=1).filter(bool))
    with world(star) as here:
        inside, outside, whole = (
            found_cells(here.engine.query(Question().request(cut=some))).get(((), ()), NOTHING)
            for some in ([cut.document()], [{**cut.document(), "exclude": not cut.exclude}], [])
        )
    assert_adds_up([inside, outside], whole)


def assert_adds_up(parts: Sequence[Values], whole: Values) -> None:
    """Assert that every additive measure of the whole is the parts' sum; nulls add nothing, only nulls are null."""
    for name in ADDITIVE:
        place = NAMES_OF_MEASURES.index(name)
        present = [values[place] for values in parts if values[place] is not None]
        assert same(sum(present) if present else None, whole[place]), name
