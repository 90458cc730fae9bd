"""Laws about rollups: whichever are kept, every answer is DuckDB's from the raw facts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.backends.embedded.rollups import lately
from tests.comparison import same_row
from tests.laws import bridged, calendars, questions, stars, test_bridges, test_semi_additive
from tests.laws.oracle import expected_cells, found_cells
from tests.laws.worlds import world
from tests.rollups.forcing import backend_of, every_grain, force

PROFILE = settings(settings.get_profile("laws"), max_examples=8)


@PROFILE
@given(stars.stars(), st.data())
def test_rollups_change_no_answer(star: stars.Star, data: st.DataObject) -> None:
    """Every cell and total of every measure is a GROUP BY of the raw files, whatever part of it rollups answer."""
    question = data.draw(questions.questions(star))
    with world(star) as here:
        grains = list(every_grain(here.engine.model.cubes[0]))
        kept = data.draw(st.lists(st.sampled_from(grains), unique=True))
        found = found_cells(force(here.engine, kept).query(question.request()))
        expected = expected_cells(here.oracle, question)
    assert found.keys() == expected.keys()
    for coordinate, values in expected.items():
        assert same_row(found[coordinate], values), coordinate


@PROFILE
@given(bridged.stars(), test_bridges.links, test_bridges.levels)
def test_rollups_change_no_answer_over_a_bridge(star: bridged.Star, link: str, level: str) -> None:
    """Facts with many members count once under each, from rollups that hold the keys and from the facts."""
    with bridged.opened(star) as here:
        force(here.engine)
        expected = here.sql(test_bridges.by_member(link, level), 2)
        test_bridges.assert_same(test_bridges.asked(here, link, level), expected)


@PROFILE
@given(calendars.shops(), test_semi_additive.questions(*calendars.PLACES, None))
def test_rollups_change_no_stock(shop: calendars.Shop, question: test_semi_additive.Question) -> None:
    """What is taken from one of many days is taken from rollups that tell the days and the items."""
    days = f"s.{question.place.number} = k.n_" if question.place else "true"
    with calendars.opened(shop) as here:
        if test_semi_additive.fits(question, here):
            force(here.engine)
            question.holds(here, "{}", days, keeps_cut=True)


@PROFILE
@given(stars.stars(), st.data())
def test_what_was_computed_changes_no_later_answer(star: stars.Star, data: st.DataObject) -> None:
    """Of several questions each is DuckDB's, whatever follows from the cuboids of those before."""
    asked = data.draw(st.lists(questions.questions(star), min_size=2, max_size=3))
    with world(star) as here, pytest.MonkeyPatch.context() as patch:
        patch.setattr(lately, "_FEWER", 0)
        backend_of(here.engine).rollups.lately = lately.Lately(1 << 20)
        for question in asked:
            found = found_cells(here.engine.query(question.request()))
            expected = expected_cells(here.oracle, question)
            assert found.keys() == expected.keys()
            for coordinate, values in expected.items():
                assert same_row(found[coordinate], values), coordinate
