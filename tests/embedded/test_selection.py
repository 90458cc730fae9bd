"""Filters to rows: a slice of sorted facts holds the rows that a mask would, and pickings of pickings compose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cube_server.backends.embedded.backend import EmbeddedBackend
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.rows import LeafRows, Rows, SomeRows
from cube_server.backends.embedded.selection import cut_rows, keep_rows, leaf_mask
from cube_server.model.elements import Cube
from cube_server.query.spec import Cut, Range
from cube_server.types import UNKNOWN
from tests.embedded.conftest import BUDGET, Ref

MONTHS = ("2023-12", "2024-01", "2024-02", "2024-03", "2024-04", "2024-12")


@pytest.fixture(scope="session")
def facts(backend: EmbeddedBackend, cube: Cube) -> FactRows:
    return backend._fact_rows(cube)


def places(rows: Rows, of: FactRows) -> list[int]:
    if not isinstance(rows, SomeRows):
        assert rows is of
        return list(range(of.size))
    assert rows.rows is of
    found = [int(place) for place in np.arange(of.size)[rows.places]]
    assert rows.size == len(found)
    return found


def by_mask(cuts: tuple[Cut, ...], facts: FactRows, backend: EmbeddedBackend) -> list[int]:
    """Decide every row on its own, without slices and in the order of the cuts."""
    keep = np.ones(facts.size, np.bool_)
    for cut in cuts:
        mask = leaf_mask(backend._dimension(cut.ref.link.dimension), [cut])
        keep &= mask[facts.positions(cut.ref.link)]
    return [int(place) for place in np.flatnonzero(keep)]


def cut_by(rows: Rows, cuts: tuple[Cut, ...], backend: EmbeddedBackend) -> Rows:
    masks = {}
    for link in dict.fromkeys(cut.ref.link for cut in cuts):
        masks[link] = leaf_mask(backend._dimension(link.dimension), [cut for cut in cuts if cut.ref.link == link])
    return cut_rows(rows, masks, BUDGET)


def test_the_toy_facts_are_stored_by_time(facts: FactRows, ref: Ref) -> None:
    assert facts.is_sorted_by(ref("time.month").link)
    assert not facts.is_sorted_by(ref("ship.month").link)


@settings(deadline=None)
@given(ends=st.tuples(st.sampled_from([*MONTHS, None]), st.sampled_from([*MONTHS, None])), exclude=st.booleans())
def test_a_range_of_time_is_a_slice_of_the_same_rows(
    ends: tuple[str | None, str | None], exclude: bool, facts: FactRows, ref: Ref, backend: EmbeddedBackend
) -> None:
    assume(None in ends or str(ends[0]) <= str(ends[1]))
    first, last = (None if end is None else (end,) for end in ends)
    cut = Cut(ref=ref("~time.month"), ranges=(Range(first=first, last=last),), exclude=exclude)
    rows = cut_by(facts, (cut,), backend)
    assert places(rows, facts) == by_mask((cut,), facts, backend)
    if not exclude and isinstance(rows, SomeRows):
        assert isinstance(rows.places, slice)


CUTS = st.sampled_from(
    [
        ("~time.month", (("2024-01",), ("2024-12",)), False),
        ("~time.month", (("2024-01",),), True),
        ("ship.month", ((None, None, None),), False),
        ("product.department", (("Food",),), False),
        ("product.department", ((UNKNOWN,),), False),
        ("product.department", ((None,), (UNKNOWN,)), True),
        ("~product.category", (("Gifts",), (None,)), False),
        ("product.brand", (("House",),), True),
        ("customer.age", ((None,),), True),
    ]
)


@settings(deadline=None)
@given(chosen=st.lists(CUTS, max_size=5))
def test_cuts_in_any_number_keep_the_rows_that_satisfy_them_all(
    chosen: list[tuple[str, tuple[tuple[str | None, ...], ...], bool]],
    facts: FactRows,
    ref: Ref,
    backend: EmbeddedBackend,
) -> None:
    cuts = tuple(Cut(ref=ref(name), members=members, exclude=exclude) for name, members, exclude in chosen)
    assert places(cut_by(facts, cuts, backend), facts) == by_mask(cuts, facts, backend)


@settings(deadline=None)
@given(data=st.data())
def test_picking_from_what_was_picked_counts_from_the_source(data: st.DataObject, facts: FactRows) -> None:
    rows: Rows = facts
    expected = list(range(facts.size))
    for _ in range(data.draw(st.integers(0, 3))):
        keep = data.draw(st.lists(st.booleans(), min_size=rows.size, max_size=rows.size))
        rows = keep_rows(rows, np.array(keep, np.bool_))
        expected = [place for place, kept in zip(expected, keep, strict=True) if kept]
    assert places(rows, facts) == expected


def test_picked_rows_give_their_own_numbers_keys_and_positions(facts: FactRows, cube: Cube, ref: Ref) -> None:
    keep = np.arange(facts.size) % 3 == 0
    rows = keep_rows(facts, keep)
    amount, basket, link = cube.table.column("amount"), cube.table.column("basket_id"), ref("product.brand").link
    assert rows.numbers(amount).values.tolist() == facts.numbers(amount).values[keep].tolist()
    assert rows.keys(basket).codes.tolist() == facts.keys(basket).codes[keep].tolist()
    assert rows.positions(link).tolist() == facts.positions(link)[keep].tolist()


def test_members_are_cut_as_facts_are(ref: Ref, backend: EmbeddedBackend) -> None:
    link = ref("product.department").link
    leaves = LeafRows(link, backend._dimension(link.dimension).leaves + 1)
    cut = Cut(ref=ref("product.department"), members=(("Home",), (None,)))
    rows = cut_by(leaves, (cut,), backend)
    # Candle, Lamp, Soap and Rug; the voucher, whose department is null, and the null key itself.
    assert rows.size == 6
    assert len(set(rows.positions(link).tolist())) == 6
