"""Filters to rows: which rows of a source satisfy all filters.

Cuts are decided leaf by leaf, which is cheap, and then looked up row by row, the most selective dimension first. Where
facts are stored in the order of a dimension and its chosen leaves are contiguous, they are a slice: no row is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.levels import DimensionIndex, Mask
from cube_server.backends.embedded.rows import Places, Rows, SomeRows
from cube_server.backends.embedded.values import members_by_value
from cube_server.model.dimensions import Link
from cube_server.query.spec import Cut


def leaf_mask(index: DimensionIndex, cuts: Iterable[Cut]) -> Mask:
    """Mark the leaf positions of a dimension that satisfy all cuts on it."""
    mask = np.ones(index.leaves + 1, np.bool_)
    for cut in cuts:
        mask &= _cut_mask(index, cut)
    return mask


def cut_rows(rows: Rows, masks: Mapping[Link, Mask]) -> Rows:
    """Give the rows whose leaf in every linked dimension is marked."""
    masks = {link: mask for link, mask in masks.items() if not mask.all()}
    for link in sorted(masks, key=lambda link: _share(rows, link, masks[link])):
        rows = _narrow(rows, link, masks[link])
    return rows


def except_rows(rows: Rows, masks: Mapping[Link, Mask]) -> Rows:
    """Give the rows whose leaves in the linked dimensions are not all marked."""
    within = np.ones(rows.size, np.bool_)
    for link, mask in masks.items():
        within &= mask[rows.positions(link)]
    return keep_rows(rows, ~within)


def narrow(rows: Rows, link: Link, mask: Mask) -> Rows:
    """Give the rows whose leaf in a linked dimension is marked."""
    return rows if mask.all() else _narrow(rows, link, mask)


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


def _share(rows: Rows, link: Link, mask: Mask) -> float:
    """Estimate the cost of a mask by the share of leaves it keeps; a slice comes before all."""
    return -1.0 if _slice(rows, link, mask) is not None else float(mask.mean())


def _narrow(rows: Rows, link: Link, mask: Mask) -> Rows:
    run = _slice(rows, link, mask)
    return _pick(rows, run) if run is not None else _pick(rows, np.flatnonzero(mask[rows.positions(link)]))


def _slice(rows: Rows, link: Link, mask: Mask) -> slice | None:
    if not isinstance(rows, FactRows) or not rows.is_sorted_by(link):
        return None
    kept = np.flatnonzero(mask)
    if not len(kept):
        return slice(0, 0)
    if kept[-1] - kept[0] + 1 != len(kept):
        return None
    positions = rows.positions(link)
    start, stop = np.searchsorted(positions, kept[0], "left"), np.searchsorted(positions, kept[-1], "right")
    return slice(int(start), int(stop))


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
