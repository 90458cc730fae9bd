"""Many days to one value: measures that add up over everything but time, such as a stock.

Facts are first aggregated to *entries*: a value of each item on each day. Where members gather the facts of other
places, entries are copied to all cells that gather them; then each cell takes those of its first or last day, or the
mean.

The days of a cell are a relation too: the calendar's own rows, cut and gathered as the facts are, without looking at
any. So the last day of a month is the same for every product, whether it has facts on that day or not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import compress
from math import prod

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cube_server.backends.embedded import kernels
from cube_server.backends.embedded.aggregation import Gathered, Grouped
from cube_server.backends.embedded.bridges import Copied
from cube_server.backends.embedded.grouping import Combination, group, join
from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.rows import Keys, Numbers, Rows
from cube_server.backends.embedded.selection import narrow
from cube_server.budget import Budget
from cube_server.model.elements import AggregateKind, SemiAdditive, Take

_Codes = npt.NDArray[np.int64]

_NOWHERE = -1
_BYTES_AN_ENTRY = 64
EDGES = (Take.FIRST, Take.LAST)
_FILLED_EDGES = (Take.FIRST_NONEMPTY, Take.LAST_NONEMPTY)

_MERGED = {
    AggregateKind.SUM: kernels.total,
    AggregateKind.COUNT: kernels.total,
    AggregateKind.MIN: kernels.smallest,
    AggregateKind.MAX: kernels.largest,
}
"""How values of parts become that of the whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The days of each cell.

    Attributes:
        first: The code of each cell's first day; -1 where it has none.
        last: The code of its last day.
        count: How many days it has.
        edges: Marks the days that are the first or the last of any cell, by code.
    """

    first: _Codes
    last: _Codes
    count: _Codes
    edges: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Values of items on days, in cells: an entry each; none is null."""

    cells: _Codes
    items: _Codes
    days: _Codes
    values: Numbers

    def at(self, places: npt.NDArray[np.intp] | Mask) -> Entries:
        """Give some of the entries."""
        values = Numbers(self.values.values[places], self.values.scale, None)
        return Entries(self.cells[places], self.items[places], self.days[places], values)


def calendar(
    days: Rows, day: Combination, cells: Gathered, is_of_time: Callable[[Combination], bool], budget: Budget
) -> Calendar:
    """Find the days of cells.

    Args:
        days: The days that the facts' filters leave, a row each.
        day: Their own level.
        cells: The cells.
        is_of_time: Tells the combinations of time's own levels: the others say nothing of days.
        budget: Its limits hold for the days of all cells.
    """
    bridges = tuple(bridge for bridge in cells.layout.bridges if is_of_time(bridge.combination))
    for bridge in bridges:
        days = narrow(days, bridge.combination.link, bridge.combination.codes >= 0, budget)
    plain = (day, *(part for part in cells.layout.plain if is_of_time(part)))
    grouping = group(days, (*plain, *(bridge.combination for bridge in bridges)), budget)
    used = np.flatnonzero(kernels.count(grouping.groups, grouping.size))
    codes, sizes = grouping.codes(used), tuple(part.size for part in plain)
    if bridges:
        # Days of cells are no answer: only their memory is limited.
        unlimited = Budget(replace(budget.limits, rows=sys.maxsize), budget.started)
        codes = Copied(codes, bridges, sizes, unlimited).parts
    sizes = (*sizes, *(size for bridge in bridges for size in bridge.sizes))
    of_day = codes[0].astype(np.int64)
    known, groups = np.unique(join(codes[1:], sizes[1:], len(of_day)), return_inverse=True)
    return _days_of(_find(known, _numbers(cells, is_of_time)), groups, len(known), of_day, day.size)


def _numbers(cells: Gathered, is_wanted: Callable[[Combination], bool]) -> _Codes:
    """Number each cell by its members along some dimensions only."""
    layout = cells.layout
    wanted = [is_wanted(part) for part in layout.plain]
    wanted += [is_wanted(bridge.combination) for bridge in layout.bridges for _ in bridge.targets]
    sizes = [len(target.leaves) for target in layout.targets]
    return join(compress(cells.parts, wanted), compress(sizes, wanted), cells.size)


def _days_of(places: _Codes, groups: _Codes, size: int, days: _Codes, day_count: int) -> Calendar:
    """Give each cell the first, the last and the number of the days of the group at its place."""
    first, last = np.full(size + 1, day_count, np.int64), np.full(size + 1, _NOWHERE, np.int64)
    np.minimum.at(first, groups, days)
    np.maximum.at(last, groups, days)
    first[size] = _NOWHERE
    edges = np.zeros(day_count, np.bool_)
    edges[first[:size]] = edges[last[:size]] = True
    # What is at no place takes the last item, that of no group.
    return Calendar(first[places], last[places], np.bincount(groups, minlength=size + 1)[places], edges)


def entries(
    rule: SemiAdditive,
    kind: AggregateKind,
    rows: Rows,
    operand: Keys | Numbers | None,
    parts: tuple[Gathered, tuple[Combination, ...], Combination],
    budget: Budget,
) -> Entries:
    """Aggregate rows to the finest grain, and copy what several cells gather.

    Args:
        rule: What becomes of the days: what is no cell's first or last value need not be copied.
        kind: How to aggregate.
        rows: Facts, all on days that are known.
        operand: What is aggregated, row by row.
        parts: The cells, the items and the days.
        budget: Its limits hold for the entries.
    """
    cells, items, day = parts
    to_edge = rule.take in _FILLED_EDGES
    grouping = group(rows, (*cells.layout.combinations, *items, *(() if to_edge else (day,))), budget)
    groups, of_rows = grouping.groups, day.codes[rows.positions(day.link)]
    if to_edge:
        kept, groups = _edge_rows(groups, grouping.size, of_rows, operand, rule.take)
        of_rows, operand = of_rows[kept], None if operand is None else operand.at(kept)
    grouped = Grouped(groups, grouping.size)
    budget.check_memory(grouping.size * 16 + len(grouped.used) * _BYTES_AN_ENTRY)
    days = np.zeros(grouping.size, np.int64)
    days[groups] = of_rows
    width = prod(part.size for part in items) * (1 if to_edge else day.size)
    places, rest = np.divmod(grouping.places(grouped.used), width)
    of_items = rest if to_edge else rest // day.size
    values = grouped.aggregate(kind, operand, None)
    found = Entries(_first_groups(cells, places), of_items, days[grouped.used], values)
    return _spread(found if values.valid is None else found.at(values.valid), cells)


def _first_groups(cells: Gathered, places: _Codes) -> _Codes:
    """Find the first group at each place in the grid of combinations; all are there."""
    sizes = (part.size for part in cells.layout.combinations)
    return _find(join(cells.firsts, sizes, len(cells.grouped.used)), places)


def _spread(found: Entries, cells: Gathered) -> Entries:
    """Copy entries of first groups to all cells that gather them."""
    if cells.copied is None:
        return found
    copies, last = cells.copied.spread(found.cells)
    spread = found.at(copies)
    return Entries(last, spread.items, spread.days, spread.values)


def _edge_rows(
    groups: kernels.Groups, size: int, days: kernels.Groups, operand: Keys | Numbers | None, take: Take
) -> tuple[npt.NDArray[np.intp], kernels.Groups]:
    """Choose the rows with a value on the first or last day that their group has any; give them and their groups."""
    if isinstance(operand, Numbers) and operand.valid is not None:
        some = np.flatnonzero(operand.valid)
        kept, groups = _edge_rows(groups[some], size, days[some], None, take)
        return some[kept], groups
    nearest = kernels.smallest if take is Take.FIRST_NONEMPTY else kernels.largest
    kept = np.flatnonzero(days == nearest(groups, size, Numbers(days.astype(np.int64), 0, None))[groups])
    return kept, groups[kept]


def taken(rule: SemiAdditive, kind: AggregateKind, found: Entries, of_cells: Calendar, *, copied: bool) -> Numbers:
    """Make of each cell's entries its value; null where there is none. Of copied ones several may be of one day."""
    size = len(of_cells.count)
    if rule.take is Take.AVERAGE:
        found = _averaged(_merged(found, kind) if copied else found, None if rule.present else of_cells.count)
    elif rule.take in EDGES:
        edge = of_cells.first if rule.take is Take.FIRST else of_cells.last
        found = found.at(found.days == edge[found.cells])
    elif copied:
        found = _at_filled_edge(found, rule.take)
    filled = np.bincount(found.cells, minlength=size) > 0
    values = _MERGED[kind](found.cells, size, found.values)
    return Numbers(np.where(filled, values, 0), found.values.scale, None if filled.all() else filled)


def _at_filled_edge(found: Entries, take: Take) -> Entries:
    """Keep the entries on the first or last day that an item has any in a cell."""
    groups, size = _numbered(found.cells, found.items)
    nearest = kernels.smallest if take is Take.FIRST_NONEMPTY else kernels.largest
    return found.at(found.days == nearest(groups, size, Numbers(found.days, 0, None))[groups])


def _merged(found: Entries, kind: AggregateKind) -> Entries:
    """Make one entry of all of an item on a day in a cell."""
    groups, size = _numbered(found.cells, found.items, found.days)
    return _one_of_each(
        found, groups, size, Numbers(_MERGED[kind](groups, size, found.values), found.values.scale, None)
    )


def _averaged(found: Entries, calendar_days: _Codes | None) -> Entries:
    """Make one entry of all days of an item in a cell: the mean over so many days of the cell, or over its own."""
    groups, size = _numbered(found.cells, found.items)
    sums = kernels.total(groups, size, found.values)
    means = _one_of_each(found, groups, size, Numbers(sums, found.values.scale, None))
    count = np.bincount(groups, minlength=size) if calendar_days is None else calendar_days[means.cells]
    scale = 10.0 ** (means.values.scale or 0)
    return Entries(means.cells, means.items, means.days, Numbers(sums / count / scale, None, None))


def _one_of_each(found: Entries, groups: _Codes, size: int, values: Numbers) -> Entries:
    """Make one entry of each group, with the group's value."""
    some = np.zeros(size, np.int64)
    some[groups] = np.arange(len(groups))
    return Entries(found.cells[some], found.items[some], found.days[some], values)


def _numbered(*parts: _Codes) -> tuple[_Codes, int]:
    """Number the combinations of codes that occur; give that of each item, and how many there are."""
    numbers, size = parts[0], _width(parts[0])
    for part in parts[1:]:
        width = _width(part)
        if size * width > np.iinfo(np.int64).max:
            (numbers, size), (part, width) = _encoded(numbers), _encoded(part)
        numbers, size = numbers * width + part, size * width
    return _encoded(numbers)


def _encoded(numbers: _Codes) -> tuple[_Codes, int]:
    encoded = pa.array(numbers).dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)


def _width(codes: _Codes) -> int:
    return int(codes.max()) + 1 if len(codes) else 1


def _find(numbers: _Codes, wanted: _Codes) -> _Codes:
    """Find the places of numbers among others; one past the end where they are not."""
    order = np.argsort(numbers, kind="stable")
    places = np.searchsorted(numbers, wanted, sorter=order)
    inside = places < len(numbers)
    inside[inside] = numbers[order[places[inside]]] == wanted[inside]
    found = np.full(len(wanted), len(numbers), np.int64)
    found[inside] = order[places[inside]]
    return found
