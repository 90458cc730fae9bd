"""A fact table as encoded columns, each read from the snapshot when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from threading import RLock
from typing import TypeVar

import numpy as np
import polars as pl

from cube_server.backends.embedded.derived import DerivedLink
from cube_server.backends.embedded.levels import Codes, Days, DimensionIndex, Mask
from cube_server.backends.embedded.occasions import Occasions, occasions, on_days, on_occasions
from cube_server.backends.embedded.rows import Keys, LeafRows, Numbers, Places
from cube_server.backends.embedded.segments.columns import FactColumns, Positions, zoned
from cube_server.backends.embedded.segments.packing import PackedNumbers
from cube_server.backends.embedded.spreads import Spread, through_dates, through_facts, through_table
from cube_server.errors import InternalError
from cube_server.model.dimensions import Dimension, Level, Link, ThroughDates, ThroughFacts, ThroughTable
from cube_server.model.elements import AggregateKind
from cube_server.model.tables import Column
from cube_server.warehouse.manifest import link_column
from cube_server.warehouse.snapshot import StoredTable

_K = TypeVar("_K")
_T = TypeVar("_T")


class FactRows:
    """All rows of a fact table, in the order of time.

    Args:
        table: The stored table.
        dimension: Gives the index of a dimension.
        bridge: Gives a bridge table by name.
        time: The link that the table's files are sorted by; None where the model has none.
    """

    def __init__(
        self,
        table: StoredTable,
        dimension: Callable[[Dimension], DimensionIndex],
        bridge: Callable[[str], StoredTable],
        time: Link | None = None,
    ) -> None:
        self.table = table
        self.size = table.rows
        self.columns = FactColumns(table, None if time is None else lambda: self._places_of(time))
        self._dimension = dimension
        self._bridge = bridge
        self._lock = RLock()
        self._positions: dict[str, Positions] = {}
        self._numbers: dict[str, PackedNumbers] = {}
        self._carried: dict[str, Codes] = {}
        self._keys: dict[str, Keys] = {}
        self._sorted: dict[str, bool] = {}
        self._used: dict[str, Mask] = {}
        self._spreads: dict[str, Spread] = {}
        self._occasions: dict[str, Occasions] = {}
        self._links: Mapping[Link, DerivedLink] = {}
        self._derived: dict[Link, Codes] = {}
        self._roles: dict[str, Link] = {}

    def extended(self, links: Mapping[Link, DerivedLink], dimension: Callable[[Dimension], DimensionIndex]) -> FactRows:
        """Give the same facts with links to derived attributes; what is read by either is kept for both."""
        facts = copy(self)
        facts._dimension = dimension
        facts._links = links
        facts._derived = {}
        return facts

    def in_roles(self, roles: Iterable[tuple[Link, Link]]) -> FactRows:
        """Give the same facts asked by the links of another cube, each with the link that it means here."""
        facts = copy(self)
        facts._derived = {}
        facts._roles = {asked.name: meant for asked, meant in roles}
        return facts

    def positions(self, link: Link) -> Codes:
        """Give the leaf position of each fact in a linked dimension; over a bridge, the key that its spread goes by."""
        if link in self._links:
            key = self._links[link].of
            return self.positions(key) if self._meant(key).through else self._derived_positions(link)
        return self._own_positions(self._meant(link))

    def spread(self, link: Link) -> Spread | None:
        """Give what the keys of a bridged link spread to; None for a link by which each fact has one member."""
        link = self._meant(link)
        if link in self._links or link.through is None:
            return None
        return self._once(self._spreads, _spread_name(link), lambda: self._read_spread(link))

    def members_of(self, link: Link) -> tuple[Link, Codes | None]:
        """Tell whose members a link's values are.

        Returns:
            The link whose members they are, under the one name that all links have here that mean it; and where a
            bridged link's members have the value as a derived attribute, its leaf position for each of their leaves.
        """
        if link not in self._links:
            return self._home(link), None
        key = self._links[link].of
        if self._meant(key).through is None:
            return link, None
        every = LeafRows(key, self._dimension(key.dimension).leaves + 1)
        return self._home(key), self._once(self._derived, link, lambda: self._links[link].positions(every))

    def axis(self, link: Link) -> str:
        """Name what tells the members of a link, fact by fact: a stored link or, of a bridged one, a column of keys."""
        return axis_of(self._meant(link))

    def derived(self, link: Link) -> DerivedLink | None:
        """Give the derived attribute that a link leads to; None for a link of the facts."""
        return self._links.get(link) if self._links else None

    def is_of_days(self, link: Link, time: Link) -> bool:
        """Tell whether a link's members are days, or told by the day alone, so that days have them without facts."""
        meant, through = self._meant(link), self._meant(link).through
        return self._meant(time) == (through.carrier if isinstance(through, ThroughDates) else meant)

    def last_leaves(self, link: Link) -> Codes:
        """Give for each leaf position the last one that a fact there covers: a fact of a month covers its days."""
        link = self._meant(link)
        index = self._dimension(link.dimension)
        return np.arange(index.leaves + 1, dtype=np.int32) if link.level is None else index.last_leaves(link.level)

    def numbers(self, over: Column | str) -> Numbers:
        """Give a column of numbers."""
        return self.numbers_at(over, slice(None))

    def numbers_at(self, over: Column | str, places: Places) -> Numbers:
        """Give a column of numbers for some rows: no others are unpacked."""
        assert isinstance(over, Column)
        return self._once(self._numbers, over.name, lambda: self.columns.numbers(over)).at(places)

    def keys(self, over: Column) -> Keys:
        """Give a column of keys, as codes."""
        return self._once(self._keys, over.name, lambda: self.columns.keys(over))

    def encode(self, links: Iterable[Link], measures: Iterable[tuple[AggregateKind, Column]]) -> None:
        """Write the segments of some links, and of what some measures aggregate, as far as they are not there."""
        if not self.columns.are_kept:
            return
        carriers = [_carrier(link) for link in links]
        plain = {
            stored_name(link): self._places_of(link)
            for link in carriers
            if isinstance(link, Link) and _has_one_place(link)
        }
        work: dict[str, Callable[[], object]] = {
            name: partial(self.columns.positions, name, places) for name, places in plain.items()
        }
        work |= {key_axis(key): partial(self.columns.keys, key) for key in carriers if isinstance(key, Column)}
        for kind, column in measures:
            if kind is AggregateKind.DISTINCT or not column.type.is_number:
                work[key_axis(column)] = partial(self.columns.keys, column)
            else:
                work[column.name] = partial(self.columns.numbers, column)
        self.columns.encode(work.values())

    def is_sorted_by(self, link: Link) -> bool:
        """Tell whether the facts stand in the order of a dimension's leaves, null keys last."""
        if link in self._links:
            return False
        link = self._meant(link)
        if link.through or self.table.manifest.sorted_by != stored_name(link):
            return False
        return self._once(self._sorted, stored_name(link), lambda: _ascends(self._own_positions(link)))

    def zones(self, link: Link) -> Positions | None:
        """Give the positions by a link with what is known of them zone by zone; None where nothing is."""
        link = self._meant(link)
        return None if link in self._links or link.through else self._plain_positions(link)

    def shown_leaves(self, link: Link) -> Mask:
        """Mark the leaves of a linked dimension that exist for these facts.

        That is all that have a dimension row; keys without one, and the null key, only where these facts have them.
        """
        index = self._dimension(link.dimension)
        shown = np.ones(index.leaves + 1, np.bool_)
        if link in self._links:
            return shown
        doubtful = np.append(index.unknown_leaves, index.leaves)
        spread = self.spread(link)
        shown[doubtful] = np.isin(doubtful, self._reached(link, spread)) if spread else self.used_leaves(link)[doubtful]
        return shown

    def _meant(self, link: Link) -> Link:
        if self._links and link in self._links:
            return link
        return self._roles.get(link.name, link) if self._roles else link

    def _home(self, link: Link) -> Link:
        """Give the one link, of those that mean the same here, that stands for all of them: the facts' own."""
        meant = self._meant(link)
        return next((replace(meant, name=name) for name, own in reversed(self._roles.items()) if own == meant), link)

    def used_leaves(self, link: Link) -> Mask:
        """Mark the leaves of a linked dimension that these facts have."""
        size = self._dimension(link.dimension).leaves + 1
        if link in self._links:
            return _marked(self.positions(link), size)
        link = self._meant(link)
        if link.through is None:
            return self._once(self._used, axis_of(link), lambda: self._plain_positions(link).marked(size))
        return self._once(self._used, axis_of(link), lambda: _marked(self._own_positions(link), size))

    def _once(self, kept: dict[_K, _T], name: _K, read: Callable[[], _T]) -> _T:
        with self._lock:
            if name not in kept:
                kept[name] = read()
            return kept[name]

    def _own_positions(self, link: Link) -> Codes:
        """Give the positions by a link of these facts' own."""
        if (found := self._occasions_of(link)) is not None:
            return found.positions
        return self._keys_of(link)

    def _keys_of(self, link: Link) -> Codes:
        match link.through:
            case None:
                return self._plain_positions(link).codes
            case ThroughTable(carrier=None) | ThroughFacts(carrier=None):
                return self._once(self._carried, key_axis(link.column), lambda: places_of(self.keys(link.column)))
            case ThroughTable(carrier=carrier) | ThroughFacts(carrier=carrier) | ThroughDates(carrier=carrier):
                assert carrier is not None
                # As a key its member is one, whatever became of it.
                return self._own_positions(replace(carrier, when=None))

    def _occasions_of(self, link: Link) -> Occasions | None:
        """Give the pairs of key and day that a bridged link goes by; None where the day makes no difference."""
        if not goes_by_days(link):
            return None

        def read() -> Occasions:
            days = self._days(link)
            assert days is not None
            return occasions(self._keys_of(link), days)

        return self._once(self._occasions, _spread_name(link), read)

    def _plain_positions(self, link: Link) -> Positions:
        return self._once(self._positions, axis_of(link), lambda: self._read_positions(link))

    def _read_positions(self, link: Link) -> Positions:
        name = stored_name(link)
        if _has_one_place(link):
            return self.columns.positions(name, self._places_of(link))
        surrogates = self.columns.raw([name], slice(None))[name].fill_null(-1).to_numpy()
        return zoned(self._dimension(link.dimension).positions_at(surrogates, lambda: self._days(link)))

    def _days(self, link: Link) -> Days | None:
        """Give the day of each fact by which it sees the members of a link; None where the facts have none."""
        if link.when is None:
            return None
        time = self._dimension(link.when.link.dimension)
        return dates_of(time, link.when.level)[self._own_positions(link.when.link)]

    def _places_of(self, link: Link) -> Codes:
        """Give the leaf position of each surrogate key in the column of a link."""
        index = self._dimension(link.dimension)
        return index.position_of if link.level is None else index.position_of_key[link.level.key.name]

    def _derived_positions(self, link: Link) -> Codes:
        return self._once(self._derived, link, lambda: self._links[link].positions(self))

    def _reached(self, link: Link, spread: Spread) -> Codes:
        """Give the leaves that the keys of any facts lead to."""
        used = np.zeros(spread.size, np.bool_)
        used[self.positions(link)] = True
        return spread.leaves[used[spread.keys]]

    def _read_spread(self, link: Link) -> Spread:
        index, spread = self._dimension(link.dimension), self._spread_of_keys(link)
        if (found := self._occasions_of(link)) is not None:
            return on_occasions(spread, found, index)
        if link.dimension.scd == "then" and isinstance(link.through, ThroughDates):
            time, day = self._dimension(link.through.carrier.dimension), link.through.day
            return on_days(spread, dates_of(time, day), index)
        return spread

    def _spread_of_keys(self, link: Link) -> Spread:
        index, through = self._dimension(link.dimension), link.through
        match through:
            case ThroughTable():
                rows, carrier = self._bridge(through.table.name), through.carrier
                by = self._dimension(carrier.dimension) if carrier else None
                return through_table(self._natural(link), rows, through, index, by)
            case ThroughFacts():
                keys = self._keys_of(link)
                size = len(self._natural(link)) + 1
                return through_facts(keys, self._own_positions(through.link), size, index.leaves)
            case ThroughDates():
                return through_dates(through, self._dimension(through.carrier.dimension), index)
        raise InternalError(f"{link.name} is no bridge.")

    def _natural(self, link: Link) -> pl.Series:
        """Give what the key column of a bridged link holds, by the places of its keys."""
        carrier = link.through.carrier if link.through else None
        if carrier is not None:
            return self._dimension(carrier.dimension).column(carrier.key.name)
        return self.table.read([link.column.name])[link.column.name].drop_nulls().unique().sort()


def _marked(positions: Codes, size: int) -> Mask:
    marked = np.zeros(size, np.bool_)
    marked[positions] = True
    return marked


def _ascends(positions: Codes) -> bool:
    return bool((positions[1:] >= positions[:-1]).all())


def stored_name(link: Link) -> str:
    """Name the stored column of surrogate keys for a link."""
    return link_column(link.column.name, link.dimension.name, link.level.name if link.level else "")


def dates_of(time: DimensionIndex, day: Level) -> Days:
    """Give the day of each leaf of time, and none for the null key."""
    days = time.column(day.key.name).to_numpy().astype("datetime64[D]")
    return np.append(days, np.datetime64("NaT", "D"))


def goes_by_days(link: Link) -> bool:
    """Tell whether a bridged link leads from one key to different versions of its members on different days."""
    is_then = link.dimension.scd == "then" and link.when is not None
    return is_then and isinstance(link.through, ThroughTable)


def _has_one_place(link: Link) -> bool:
    """Tell whether a member stands at one place, whatever the day from which a fact sees it."""
    return link.dimension.scd == "now" or link.level is not None


def _carrier(link: Link) -> Link | Column:
    """Give the plain link, or the column of keys that is none, that facts are told by over a bridge."""
    match link.through:
        case None:
            return link
        case ThroughTable(carrier=None) | ThroughFacts(carrier=None):
            return link.column
        case ThroughTable(carrier=carrier) | ThroughFacts(carrier=carrier) | ThroughDates(carrier=carrier):
            assert carrier is not None
            return _carrier(carrier)


def _then(link: Link) -> str:
    """Tell apart by which days facts see the members of a link."""
    told = link.through.link if isinstance(link.through, ThroughFacts) else link
    when = f" {stored_name(told.when.link)}" if told.when else ""
    return f" then{when}" if link.dimension.scd == "then" else ""


def axis_of(link: Link) -> str:
    """Name what tells the members of a link; see `FactRows.axis`."""
    if goes_by_days(link):
        return f"occasion {_spread_name(link)}"
    match link.through:
        case None:
            return f"{stored_name(link)}{_then(link)}"
        case ThroughTable(carrier=None) | ThroughFacts(carrier=None):
            return key_axis(link.column)
        case ThroughTable(carrier=carrier) | ThroughFacts(carrier=carrier) | ThroughDates(carrier=carrier):
            assert carrier is not None
            return axis_of(replace(carrier, when=None))


def places_of(keys: Keys) -> Codes:
    """Give keys as places, the last one for null."""
    return np.where(keys.codes < 0, np.int32(keys.size), keys.codes).astype(np.int32, copy=False)


def key_axis(column: Column) -> str:
    """Name the axis of a column of keys that is no link."""
    return f"key {column.name}"


def _spread_name(link: Link) -> str:
    """Tell spreads apart, whatever cube and role they are of."""
    match link.through:
        case ThroughTable(table=table, source=source, target=target):
            way = f"{table.name}.{source.name}>{target.name}"
        case ThroughFacts(link=other):
            way = other.column.name
        case ThroughDates(first=first, last=last, shift=shift):
            way = f"{first.name}..{last.name} {shift}"
        case None:
            way = ""
    return f"{link.column.name}>{way}@{link.dimension.name}{_then(link)}"
