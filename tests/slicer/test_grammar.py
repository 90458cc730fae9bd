"""Cuts, drilldowns and orders as typed; whatever a value holds, it can be escaped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.slicer.errors import SlicerError
from api.slicer.grammar import (
    NULL,
    CutText,
    DrillText,
    OrderText,
    escape,
    read_cuts,
    read_drills,
    read_orders,
    unescape,
    write_cut,
)

NAMES = st.from_regex(r"[a-z_]{1,6}", fullmatch=True)
VALUES = st.none() | st.text(min_size=1).filter(lambda text: text != NULL)
PATHS = st.lists(VALUES, min_size=1, max_size=4).map(tuple)
POINTS = st.builds(CutText, dimension=NAMES, kind=st.just("point"), paths=st.tuples(PATHS))
SETS = st.builds(
    CutText, dimension=NAMES, kind=st.just("set"), paths=st.lists(PATHS, min_size=2, max_size=4).map(tuple)
)
ENDS = PATHS | st.just(())
RANGES = st.builds(CutText, dimension=NAMES, kind=st.just("range"), paths=st.tuples(ENDS, ENDS))


@st.composite
def cuts(draw: st.DrawFn) -> CutText:
    return replace(draw(POINTS | SETS | RANGES), hierarchy=draw(st.none() | NAMES), invert=draw(st.booleans()))


@given(text=st.text())
def test_what_is_escaped_reads_back(text: str) -> None:
    assert unescape(escape(text)) == text


@given(wanted=st.lists(cuts(), min_size=1, max_size=4))
def test_cuts_read_back(wanted: list[CutText]) -> None:
    assert read_cuts(["|".join(map(write_cut, wanted))]) == tuple(wanted)
    assert read_cuts([write_cut(cut) for cut in wanted]) == tuple(wanted)


@pytest.mark.parametrize(
    ("text", "kind", "paths"),
    [
        ("d:2010", "point", (("2010",),)),
        ("d:", "point", (("",),)),
        ("d:e,cs", "point", (("e", "cs"),)),
        ("d:__null__", "point", ((None,),)),
        (r"d:a\-b", "point", (("a-b",),)),
        (r"d:c\:d\|e\,f\;g\!", "point", (("c:d|e,f;g!",),)),
        ("d:a;b,c", "set", (("a",), ("b", "c"))),
        ("d:a-b", "range", (("a",), ("b",))),
        ("d:2000,2,10-2000,4", "range", (("2000", "2", "10"), ("2000", "4"))),
        ("d:x-", "range", (("x",), ())),
        ("d:-x", "range", ((), ("x",))),
        (r"d:a\-b-1", "range", (("a-b",), ("1",))),
        ("d:with space + žltý.", "point", (("with space + žltý.",),)),
        ("d:back\\\\slash", "point", (("back\\slash",),)),
    ],
)
def test_kinds_of_cuts(text: str, kind: str, paths: object) -> None:
    (cut,) = read_cuts([text])
    assert (cut.dimension, cut.hierarchy, cut.kind, cut.paths, cut.invert) == ("d", None, kind, paths, False)


def test_names_of_cuts() -> None:
    (cut,) = read_cuts(["!date_sale@weekly:2012,22-2013,9"])
    assert (cut.dimension, cut.hierarchy, cut.invert) == ("date_sale", "weekly", True)
    assert read_cuts(["", ""]) == ()


@pytest.mark.parametrize("text", ["d", "d:a:b", ":a", "!:a", "d:a|", "d@:a", "d@a@b:c", "d:a-b-c", "d:a;b-c"])
def test_wrong_cuts(text: str) -> None:
    with pytest.raises(SlicerError) as caught:
        read_cuts([text])
    assert (caught.value.status, caught.value.body["error"]) == (400, "unknown_user_error")


def test_drilldowns() -> None:
    assert read_drills(["a|b:c", "d@e:f", "g@h"]) == (
        DrillText(dimension="a"),
        DrillText(dimension="b", level="c"),
        DrillText(dimension="d", hierarchy="e", level="f"),
        DrillText(dimension="g", hierarchy="h"),
    )


@pytest.mark.parametrize("text", ["", "a|", "a:", ":b", "a:b:c", "a@:b"])
def test_wrong_drilldowns(text: str) -> None:
    with pytest.raises(SlicerError):
        read_drills([text])


def test_orders() -> None:
    assert read_orders(["a,b:asc", "c.d:DESC"]) == (
        OrderText(name="a"),
        OrderText(name="b"),
        OrderText(name="c.d", desc=True),
    )
    with pytest.raises(SlicerError):
        read_orders(["a:down"])
