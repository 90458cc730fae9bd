"""Filters to rows: which rows of a source satisfy all filters.

Cuts are decided leaf by leaf, which is cheap, and then tried row by row, the most selective dimension first. Where
facts stand in the order of a dimension, what lies between its first and its last chosen leaf is a slice: no other row
is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.levels import Codes, DimensionIndex, Mask
from cube_server.backends.embedded.rows import Places, Rows, SomeRows, may_be_sorted
from cube_server.backends.embedded.sieves import Sieve, sieves_of, sift
from cube_server.backends.embedded.values import members_by_value
from cube_server.budget import Budget
from cube_server.model.dimensions import Link
from cube_server.query.spec import Cut


def leaf_mask(index: DimensionIndex, cuts: Iterable[Cut]) -> Mask:
    """Mark the leaf positions of a dimension that satisfy all cuts on it."""
    masks = [index.mask(cut, partial(_cut_mask, index)) for cut in cuts]
    # What is known of one cut is given as it is: a mask may be as long as the facts.
    if len(masks) == 1:
        return masks[0]
    both: Mask = np.logical_and.reduce([np.ones(index.leaves + 1, np.bool_), *masks])
    return both


def cut_rows(rows: Rows, masks: Mapping[Link, Mask], budget: Budget) -> Rows:
    """Give the rows whose leaf in every linked dimension is marked."""
    masks = {link: mask for link, mask in masks.items() if not mask.all()}
    facts, run = (rows.rows, rows.places) if isinstance(rows, SomeRows) else (rows, slice(0, rows.size))
    if isinstance(facts, FactRows) and isinstance(run, slice):
        return SomeRows(facts, *_cut_facts(facts, run, masks, budget)) if masks else rows
    for link in sorted(masks, key=lambda link: _order(rows, link, masks[link])):
        rows = _narrow(rows, link, masks[link])
    return rows


def except_rows(rows: Rows, masks: Mapping[Link, Mask]) -> Rows:
    """Give the rows whose leaves in the linked dimensions are not all marked."""
    within = np.ones(rows.size, np.bool_)
    for link, mask in masks.items():
        within &= mask[rows.positions(link)]
    return keep_rows(rows, ~within)


def narrow(rows: Rows, link: Link, mask: Mask, budget: Budget) -> Rows:
    """Give the rows whose leaf in a linked dimension is marked."""
    return cut_rows(rows, {link: mask}, budget)


def keep_rows(rows: Rows, keep: Mask) -> Rows:
    """Give the marked rows."""
    return _pick(rows, np.flatnonzero(keep))


def _cut_mask(index: DimensionIndex, cut: Cut) -> Mask:
    named = cut.members or cut.ranges or cut.by_value
    mask = _named_mask(index, cut) if named else np.ones(index.leaves + 1, np.bool_)
    return mask & index.known_leaves if cut.known else mask


def _named_mask(index: DimensionIndex, cut: Cut) -> Mask:
    level = index.level(cut.ref.levels)
    if cut.by_value:
        return members_by_value(level.frame, cut)[level.codes]
    chosen = np.zeros(level.size, np.bool_)
    if cut.members:
        chosen[level.find(cut.ref, cut.members)] = True
    for span in cut.ranges:
        chosen |= level.between(cut.ref, span)
    return (~chosen if cut.exclude else chosen)[level.codes]


def _cut_facts(rows: FactRows, run: slice, masks: Mapping[Link, Mask], budget: Budget) -> tuple[Places, int]:
    """Choose among a run of facts; give their places, and how many there are."""
    sieves: list[Sieve] = []
    for link, mask in masks.items():
        kept = np.flatnonzero(mask)
        if not len(kept):
            return slice(0, 0), 0
        is_sorted = rows.is_sorted_by(link)
        if is_sorted:
            found = _slice(rows.positions(link), int(kept[0]), int(kept[-1]))
            run = slice(max(run.start, found.start), max(run.start, min(run.stop, found.stop)))
        if not is_sorted or kept[-1] - kept[0] + 1 != len(kept):
            sieves += sieves_of(rows.positions(link), mask, rows.zones(link))
    if not sieves:
        return run, run.stop - run.start
    places = sift(sieves, run, budget)
    return places, len(places)


def _order(rows: Rows, link: Link, mask: Mask) -> tuple[bool, float]:
    """Put the link that rows are sorted by first, as it costs least; then the one that leaves fewest."""
    is_sorted = may_be_sorted(rows) and rows.is_sorted_by(link)
    return not is_sorted, np.count_nonzero(mask) / len(mask)


def _narrow(rows: Rows, link: Link, mask: Mask) -> Rows:
    if may_be_sorted(rows) and rows.is_sorted_by(link):
        first, last = int(mask.argmax()), len(mask) - 1 - int(mask[::-1].argmax())
        run = _slice(rows.positions(link), first, last) if mask[first] else slice(0, 0)
        rows = _pick(rows, run)
        if mask[first : last + 1].all():
            return rows
    # `clip` spares the check that every position exists, which all do.
    return _pick(rows, np.flatnonzero(mask.take(rows.positions(link), mode="clip")))


def _slice(positions: Codes, first: int, last: int) -> slice:
    """Find the rows from the first to the last of some leaves, among positions that ascend."""
    # In their own type: NumPy would copy all of them to a wider one.
    kind = positions.dtype.type
    return slice(
        int(np.searchsorted(positions, kind(first), "left")), int(np.searchsorted(positions, kind(last), "right"))
    )


def _pick(rows: Rows, places: Places) -> Rows:
    """Give some of the rows; of rows already picked, pick from what they were picked from."""
    size = places.stop - places.start if isinstance(places, slice) else len(places)
    if not isinstance(rows, SomeRows):
        return SomeRows(rows, places, size)
    if isinstance(places, slice):
        inner = rows.places
        deeper = (
            slice(inner.start + places.start, inner.start + places.stop) if isinstance(inner, slice) else inner[places]
        )
        return SomeRows(rows.rows, deeper, size)
    deeper = rows.places.start + places if isinstance(rows.places, slice) else rows.places[places]
    return SomeRows(rows.rows, deeper, size)
