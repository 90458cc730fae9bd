"""Laws about what is shown and what is left out: others, totals of the shown, pages over both."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.query.request import QueryRequest
from cube_server.result.cellset import AxisTuples, CellSet
from cube_server.types import UNKNOWN, KeyPath
from tests.comparison import same_row
from tests.laws.oracle import AGGREGATES, Values, condition, found_cells
from tests.laws.questions import Cut, Level, Question, cuts, every_level, existing, levels, questions
from tests.laws.stars import NAMES_OF_MEASURES, Star, stars
from tests.laws.test_totals import assert_adds_up
from tests.laws.worlds import world

PROFILE = settings.get_profile("laws")
NOTHING = (None,) * len(NAMES_OF_MEASURES)

Kind = tuple[str, tuple[KeyPath, ...]]
"""Over all, shown or others, and the members that are not rolled up."""


@st.composite
def tops(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a top with others."""
    much = draw(st.sampled_from([{"n": 0}, {"n": 1}, {"n": 2}, {"percent": 40}, {"share": 50}]))
    by = draw(st.sampled_from(NAMES_OF_MEASURES))
    return {**much, "by": by, "bottom": draw(st.booleans()), "others": True}


def by_kind(cells: CellSet) -> dict[Kind, Values]:
    """Read the rows of an answer without column levels."""
    kinds = list(zip(cells.rows.over, _members(cells.rows), strict=True))
    values = cells.cells.drop("row", "column").rows()
    found = {kinds[row]: value for row, value in zip(cells.cells["row"], values, strict=True)}
    assert len(found) == len(values)
    return {kind: found.get(kind, NOTHING) for kind in kinds}


def _members(axis: AxisTuples) -> list[tuple[KeyPath, ...]]:
    return [
        tuple(members.path(code) for code, members in zip(codes, axis.dictionaries, strict=True) if code is not None)
        for codes in axis.tuples.rows()
    ]


def one_level(level: Level, outer: tuple[Cut, ...], **asked: object) -> QueryRequest:
    """Ask for one level on rows, with both totals."""
    rows = [{"level": level.name, **asked}]
    return Question(rows=(level,), cuts=outer).request(axes={"rows": rows}, totals={"rows": ["all", "shown"]})


@PROFILE
@given(stars(), st.data())
def test_the_shown_and_the_others_are_all(star: Star, data: st.DataObject) -> None:
    """Of additive measures, inside each parent the members shown and the others add up to the parent's own value."""
    outer, inner = data.draw(st.permutations(star.dimensions[:2]))
    rows = (data.draw(st.sampled_from(levels(outer))), data.draw(st.sampled_from(levels(inner))))
    question = Question(rows=rows, cuts=data.draw(cuts(star)))
    axes = {"rows": [{"level": rows[0].name, "subtotals": True}, {"level": rows[1].name, "top": data.draw(tops())}]}
    with world(star) as here:
        found = by_kind(here.engine.query(question.request(axes=axes)))
    for (over, members), whole in found.items():
        if over == "all" and len(members) == 1:
            inside = [v for (_, path), v in found.items() if len(path) == 2 and path[:1] == members]
            assert_adds_up([*inside, found.get(("others", members), NOTHING)], whole)


@PROFILE
@given(stars(), st.data())
def test_others_are_duckdbs(star: Star, data: st.DataObject) -> None:
    """Every measure of the others, distinct counts too, is DuckDB's over the facts of the members that are not shown.

    So is every measure of the total of the shown, over the facts of those that are.
    """
    level, outer = data.draw(st.sampled_from(every_level(star))), data.draw(cuts(star))
    with world(star) as here:
        found = by_kind(here.engine.query(one_level(level, outer, top=data.draw(tops()))))
        shown = tuple(path for over, (path, *_) in ((o, m) for o, m in found if m))
        for kind, excluded in (("others", True), ("shown", False)):
            sides = (Cut(level, shown, exclude=excluded),) if shown else ()
            where = condition((*outer, *sides)) if shown or excluded else "false"
            sql = f"select {', '.join(AGGREGATES)} from star where {where} having count(*) > 0"
            expected = here.oracle.execute(sql).fetchone() or NOTHING
            # Without facts there are no others to show.
            assert same_row(found.get((kind, ()), NOTHING), expected)


@PROFILE
@given(stars(), st.data())
def test_totals_of_the_shown_are_totals_of_the_cut_to_them(star: Star, data: st.DataObject) -> None:
    """The total of the shown is the total of a query that is cut to the members shown."""
    level, outer = data.draw(st.sampled_from(every_level(star))), data.draw(cuts(star))
    asked = {"having": "quantity > 2", "top": {"n": 3, "by": "baskets"}}
    with world(star) as here:
        found = by_kind(here.engine.query(one_level(level, outer, **asked)))
        shown = tuple(members[0] for _, members in found if members)
        if not shown:
            assert found["shown", ()] == NOTHING
            return
        inside = Question(cuts=(*outer, Cut(level, shown, exclude=False)))
        total = here.engine.query(inside.request(totals=False)).cells.drop("row", "column").row(0)
    assert same_row(found["shown", ()], total)


@PROFILE
@given(stars(), st.data())
def test_what_is_shown_whole_has_one_total(star: Star, data: st.DataObject) -> None:
    """Where nothing is left out, a total of the shown equals that of all, on both axes and for every subtotal."""
    question = data.draw(questions(star))
    axes = {
        name: [{"level": level.name, "subtotals": True} for level in given]
        for name, given in (("rows", question.rows), ("columns", question.columns))
    }
    of_shown = {name: [{**item, "subtotals": "shown"} for item in given] for name, given in axes.items()}
    with world(star) as here:
        over_all = here.engine.query(question.request(axes=axes, totals=True))
        over_shown = here.engine.query(question.request(axes=of_shown, totals="shown"))
    assert over_all.rows.tuples.equals(over_shown.rows.tuples)
    assert over_all.columns.tuples.equals(over_shown.columns.tuples)
    for name in NAMES_OF_MEASURES:
        for one, other in zip(over_all.matrix(name), over_shown.matrix(name), strict=True):
            assert same_row(tuple(one), tuple(other))


@PROFILE
@given(stars(), st.data())
def test_pages_with_others_concatenate_to_the_whole(star: Star, data: st.DataObject) -> None:
    """Pages of any size, one after the other, hold every tuple once, others and both kinds of totals too."""
    rows = tuple(data.draw(st.sampled_from(levels(dimension))) for dimension in star.dimensions[:2])
    size = data.draw(st.integers(1, 4))
    over = ["all", "shown"]
    items = [{"level": level.name, "top": data.draw(tops()), "subtotals": over} for level in rows]
    question = Question(rows=rows)
    with world(star) as here:
        whole = here.engine.query(question.request(axes={"rows": items}, totals=over))
        pages = [
            here.engine.query(question.request(axes={"rows": items}, totals=over, limit=size, offset=offset))
            for offset in range(0, whole.rows.total, size)
        ]
    assert {page.rows.total for page in pages} == {whole.rows.total}
    listed = [kind for page in pages for kind in by_kind(page).items()]
    assert listed == list(by_kind(whole).items())


@PROFILE
@given(stars(), st.data())
def test_all_members_taken_together_are_all(star: Star, data: st.DataObject) -> None:
    """The aggregate of all members of a level is All: distinct counts, extremes and ratios too.

    Each of them named on the axis has the value that it has as a member of the level.
    """
    level = data.draw(st.sampled_from([level for level in every_level(star) if not level.name.startswith("~")]))
    paths = [path for path in existing(star, level) if UNKNOWN not in path]
    places = [f"{level.name}[{', '.join(map(_key, path))}]" for path in paths]
    union = {"of": level.hierarchy, "formula": f"aggregate({', '.join(places)})"}
    outside = Cut(level, tuple(paths), exclude=False)
    with world(star) as here:
        body = {"axes": {"rows": [{"members": ["together", *places]}]}, "with": {"members": {"together": union}}}
        cells = here.engine.query(Question(rows=(level,)).request(**body, totals=False, nonempty=False))
        single = found_cells(here.engine.query(Question(rows=(level,)).request(totals=False)))
        (whole,) = here.engine.query(Question(cuts=(outside,)).request(totals=False)).cells.drop("row", "column").rows()
    found = {row: values for row, _, *values in cells.cells.rows()}
    assert same_row(tuple(found.get(0, NOTHING)), whole)
    for place, path in enumerate(paths, 1):
        assert same_row(tuple(found.get(place, NOTHING)), single.get(((path,), ()), NOTHING))


def _key(key: object) -> str:
    return "null" if key is None else str(key) if isinstance(key, int) else f'"{key}"'
