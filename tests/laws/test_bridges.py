"""Laws about facts with many members: once under each, once in every total, and DuckDB's numbers in every cell."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.backends.embedded import bridges
from tests.comparison import same_row
from tests.laws.bridged import AGGREGATES, LINKS, MEASURES, Opened, Row, Star, opened, stars

PROFILE = settings(settings.get_profile("laws"), max_examples=12)

KEYS = {"category": "category, odd", "product": "product, odd", "brand": "brand, odd"}
links = st.sampled_from(LINKS)
levels = st.sampled_from(tuple(KEYS))
PLAIN = tuple(name for name in MEASURES if name != "offered")


def assert_same(found: dict[Row, Row], expected: dict[Row, Row]) -> None:
    """Assert that two tables hold the same values at the same keys."""
    assert found.keys() == expected.keys()
    for keys, values in expected.items():
        assert same_row(found[keys], values), (keys, found[keys], values)


def by_member(link: str, level: str, measures: str = AGGREGATES, where: str = "true") -> str:
    """Write the query for each member of a level, unknown ones as null, which the engine tells apart by a column."""
    key = "member" if level == "product" else level
    once = f"select distinct row, amount, basket, coupon, {key} as k, odd from reach_{link} where {where}"
    return f"select k, odd, {measures} from ({once}) group by k, odd"


def asked(star: Opened, link: str, level: str, **question: object) -> dict[Row, Row]:
    """Ask for each member of a level; unknown members are told by their column, which not every link has."""
    name = {"category": f"{link}.category", "brand": f"{link}.brand", "product": f"~{link}.product"}[level]
    hierarchy = link if level == "category" else name
    request = {"axes": {"rows": [name]}, **question}
    try:
        return star.ask([name, f"{hierarchy}.unknown"], PLAIN, **request)
    except Exception as error:
        if "unknown" not in str(error):
            raise
        return {(*keys, False): values for keys, values in star.ask([name], PLAIN, **request).items()}


@PROFILE
@given(stars(), links, levels)
def test_every_member_has_its_facts_once(star: Star, link: str, level: str) -> None:
    """Each cell is that of the distinct facts that reach the member, however many ways lead there."""
    with opened(star) as here:
        assert_same(asked(here, link, level), here.sql(by_member(link, level), 2))


@PROFILE
@given(stars(), links, levels)
def test_copying_in_many_runs_changes_nothing(star: Star, link: str, level: str) -> None:
    """Copies are made a run at a time; where runs end is of no consequence, for sums nor for distinct counts."""
    with opened(star) as here, pytest.MonkeyPatch.context() as patch:
        patch.setattr(bridges, "_RUN", 3)
        assert_same(asked(here, link, level), here.sql(by_member(link, level), 2))


@PROFILE
@given(stars(), links)
def test_a_grid_too_large_to_lay_out_changes_nothing(star: Star, link: str) -> None:
    """Cells are numbered by a table where the grid is small, else by searching."""
    with opened(star) as here, pytest.MonkeyPatch.context() as patch:
        patch.setattr(bridges, "_SMALL_GRID", 0)
        patch.setattr(bridges, "_RUN", 3)
        assert_same(asked(here, link, "product"), here.sql(by_member(link, "product"), 2))


@PROFILE
@given(stars(), links)
def test_a_total_over_a_bridge_is_the_total_without_it(star: Star, link: str) -> None:
    """Grand totals count every fact once; a parent is at most the sum of its children, and at least the largest."""
    axis = {"rows": [{"level": f"{link}.category", "subtotals": True}, f"{link}.product"]}
    with opened(star) as here:
        keys = [f"{link}.category", f"{link}.product", f"{link}.depth"]
        plain = here.ask([], ["lines", "amount", "baskets"])
        cells = here.ask(keys, ["lines", "amount", "baskets"], axes=axis, totals=True)
    assert cells[(None, None, 0)] == plain[()]
    for (category, _, depth), (lines, _, _) in cells.items():
        if depth == 1 and category is not None:
            children = [values[0] for keys, values in cells.items() if keys[0] == category and keys[2] == 2]
            assert max(children) <= lines <= sum(children)


@PROFILE
@given(stars(), links, st.sampled_from(("a", "b")))
def test_a_cut_and_its_exclusion_part_the_facts(star: Star, link: str, member: str) -> None:
    """A fact has any member inside, or none: the two cuts' counts and sums add up to the whole."""
    cut = {"level": f"{link}.category", "members": [member]}
    with opened(star) as here:
        inside, outside, whole = (
            here.ask([], ["lines"], cut=cuts)[()][0] or 0 for cuts in ([cut], [{**cut, "exclude": True}], [])
        )
        expected = here.sql(f"select count(distinct row) from reach_{link} where category = '{member}'", 0)[()][0]
    assert inside == expected
    assert inside + outside == whole


@PROFILE
@given(stars(), links, st.sampled_from(("a", "b")))
def test_members_left_out_are_just_not_there(star: Star, link: str, member: str) -> None:
    """Excluding members, not facts, gives the other members' cells, and the total of the facts that have any."""
    cut = [{"level": f"{link}.category", "members": [member], "exclude": "members"}]
    others = f"category is distinct from '{member}'"
    with opened(star) as here:
        assert_same(asked(here, link, "product", cut=cut), here.sql(by_member(link, "product", where=others), 2))
        expected = here.sql(f"select count(distinct row) from reach_{link} where {others}", 0)[()][0]
        assert (here.ask([], ["lines"], cut=cut)[()][0] or 0) == expected


@PROFILE
@given(stars(), st.sampled_from(("category", "product")))
def test_pairs_and_their_lift_are_symmetric(star: Star, level: str) -> None:
    """Baskets with A and B are baskets with B and A; a member with itself has its own baskets; lift is symmetric."""
    formulas = {
        "alone": {"formula": "(baskets, also.all)"},
        "lift": {
            "formula": "baskets * (baskets, product.all, also.all) / ((baskets, also.all) * (baskets, product.all))"
        },
    }
    keys = [f"~product.{level}", f"~also.{level}"]
    keys = [key.replace("~", "") if level == "category" else key for key in keys]
    question = {
        "axes": {"rows": keys},
        "with": {"measures": formulas},
        # Without null: a line without a basket goes with it, and that pair has no counterpart.
        "cut": [{"level": f"{link}.category", "members": ["a", "b"]} for link in ("product", "also")],
    }
    with opened(star) as here:
        found = here.ask(keys, ["baskets", "alone", "lift"], **question)
    for (one, other), (both, alone, lift) in found.items():
        if both:
            back = found[(other, one)]
            assert both == back[0]
            assert lift == pytest.approx(back[2])
            assert both <= alone
            assert one != other or both == alone


@PROFILE
@given(stars(), links)
def test_distinct_members_reached_are_duckdbs(star: Star, link: str) -> None:
    """A distinct count of a bridged level sees what the facts of a cell reach, under any other bridge too."""
    with opened(star) as here:
        found = here.ask([f"~{link}.product"], ["offered"], axes={"rows": [f"~{link}.product"]})
        expected = here.sql(
            f"select m.member, count(distinct c.member) from reach_{link} m join reach_coupon c using (row) "
            f"{'where m.member is not distinct from c.member' if link == 'coupon' else ''} group by m.member",
            1,
        )
    assert_same(found, expected)
