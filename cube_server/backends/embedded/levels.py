"""The members of a dimension, numbered in hierarchy order.

A dimension's rows (its *leaves*) get positions in the order of the default hierarchy, and one more position stands for
the null key. A level is then an array from leaf position to member code, in which codes follow member order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.errors import QueryError, nearest
from cube_server.model.dimensions import Dimension, Hide, Level, LevelRef
from cube_server.query.spec import Cut, Range
from cube_server.result.dictionary import Dictionary
from cube_server.types import UNKNOWN, KeyPath, Kind

Codes = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

_UNKNOWN_STATUS, _ABSENT_STATUS = 1, 2
_MASKS = 32
"""How many masks of cuts are kept for each dimension."""
_REMEMBERED = 256
"""So many cuts are remembered for each level."""

_KNOWN_CLASS, UNKNOWN_CLASS, _NULL_CLASS = 0, 1, 2


class MemberRows(Protocol):
    """A dimension's rows, wherever they come from: those of its table, and of keys that only facts have."""

    def read(self, columns: Sequence[str]) -> pl.DataFrame:
        """Read some columns: the table's own, `_key` (a number for each row, Int32) and `_status`."""


@dataclass(frozen=True, eq=False)
class LevelIndex:
    """The members of a level and where each leaf belongs.

    Attributes:
        levels: The levels whose keys make up a member's identity, from the top.
        codes: The member code of each leaf position (Int32, one more than there are leaves).
        frame: One row a member, in member order: `key_i` and `class_i` (0 known, 1 unknown, 2 null) for each level,
            `caption`, `unknown`, and `leaf`, a leaf position that belongs to the member.
    """

    levels: tuple[Level, ...]
    codes: Codes
    frame: pl.DataFrame

    @property
    def size(self) -> int:
        """How many members there are."""
        return self.frame.height

    @cached_property
    def leaves(self) -> Codes:
        """A leaf position of each member."""
        return self.frame["leaf"].to_numpy()

    @cached_property
    def known(self) -> Mask:
        """Which members are neither null nor unknown, nor below such ones. A gap in a ragged path is no null."""
        parts = [pl.col(f"class_{depth}") == _KNOWN_CLASS for depth in range(len(self.levels))]
        blank = [level.hide == "blank" for level in self.levels]
        whole = pl.all_horizontal(part | parts[0] if gap else part for part, gap in zip(parts, blank, strict=True))
        return self.frame.select(known=whole)["known"].to_numpy()

    @cached_property
    def hidden(self) -> Mask:
        """Which members are hidden, their children standing under the member above; see `Level.hide`."""
        hide, depth = self.levels[-1].hide, len(self.levels) - 1
        if hide is None or depth == 0:
            return np.zeros(self.size, np.bool_)
        # Facts without a member, or with an unknown one, stand at every level.
        marks = _is_hidden(hide, depth) & (pl.col("class_0") == _KNOWN_CLASS)
        return self.frame.select(hidden=marks.fill_null(value=False))["hidden"].to_numpy()

    def dictionary(self, ref: LevelRef) -> Dictionary:
        """Give the members as they are told: the same dictionary each time, so that what is made of it can be kept."""
        if ref not in self._dictionaries:
            hidden = pl.Series("hidden", self.hidden) if self.hidden.any() else None
            keys = (f"key_{depth}" for depth in range(len(self.levels)))
            self._dictionaries[ref] = Dictionary(ref, self.frame.select(*keys, "caption", "unknown"), hidden=hidden)
        return self._dictionaries[ref]

    @cached_property
    def _dictionaries(self) -> dict[LevelRef, Dictionary]:
        """By the level as it is asked for: links that lead to one dimension share its members."""
        return {}

    def find(self, ref: LevelRef, paths: tuple[KeyPath, ...]) -> Codes:
        """Look members up by key path.

        Raises:
            QueryError: A member does not exist; the error names the nearest ones.
        """
        if paths not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[paths] = self._looked_up(ref, paths)
        return self._found[paths]

    @cached_property
    def _found(self) -> dict[tuple[KeyPath, ...], Codes]:
        """What was looked up lately: the same cuts come again and again."""
        return {}

    def _looked_up(self, ref: LevelRef, paths: tuple[KeyPath, ...]) -> Codes:
        wanted = pl.DataFrame(
            {
                column: pl.Series([_joinable(path, column) for path in paths], dtype=self.frame.schema[column])
                for column in self._identity
            }
        )
        members = self.frame.select(self._identity).with_row_index("code")
        codes = wanted.join(members, on=self._identity, how="left", nulls_equal=True, maintain_order="left")["code"]
        if codes.null_count():
            self._blame(ref, paths[codes.is_null().arg_true()[0]])
        return codes.cast(pl.Int32).to_numpy()

    def between(self, ref: LevelRef, span: Range) -> Mask:
        """Mark the members of a range, both ends included. Open ends leave null and unknown members out."""
        inside = self.known.copy()
        places = np.arange(self.size)
        self._refuse_reversed(ref, span)
        for end, is_first in ((span.first, True), (span.last, False)):
            if end is None:
                continue
            place = self._end(ref, end, is_first=is_first)
            inside &= places >= place if is_first else places <= place
        return inside

    def _refuse_reversed(self, ref: LevelRef, span: Range) -> None:
        if span.first is None or span.last is None:
            return
        first, last = (self._end(ref, end, is_first=True) for end in (span.first, span.last))
        if first > last:
            raise QueryError(f"The range of {ref.name} ends before it begins.", hint="Swap its ends.")

    @property
    def _identity(self) -> list[str]:
        return [f"{part}_{depth}" for depth in range(len(self.levels)) for part in ("key", "class")]

    def _end(self, ref: LevelRef, path: KeyPath, *, is_first: bool) -> int:
        """Place one end of a range. A key that orders by itself need not exist: 2018-12-31 past the calendar's end."""
        key = path[0]
        if len(path) > 1 or self.levels[0].order is not None or key is None or key is UNKNOWN:
            return int(self.find(ref, (path,))[0])
        keys = self.frame["key_0"].filter(self.frame["class_0"] == _KNOWN_CLASS)
        return keys.search_sorted(key, "left") if is_first else keys.search_sorted(key, "right") - 1

    def _blame(self, ref: LevelRef, path: KeyPath) -> None:
        shown = " / ".join("null" if key is None else str(key) for key in path)
        last = self.frame[f"key_{len(self.levels) - 1}"].cast(pl.String).drop_nulls().unique(maintain_order=True)
        raise QueryError(f"{ref.name} has no member {shown!r}.", hint=nearest(str(path[-1]), last.head(50_000)))


def _is_hidden(hide: Hide, depth: int) -> pl.Expr:
    key, above = (pl.col(f"key_{at}").cast(pl.String) for at in (depth, depth - 1))
    if hide == "blank":
        return key.is_null() | (key == "")
    alone = pl.len().over([f"{part}_{at}" for at in range(depth) for part in ("key", "class")]) == 1
    return (key == above) & alone if hide == "repeated" else key == above


def _joinable(path: KeyPath, column: str) -> object:
    part, depth = column.rsplit("_", 1)
    key = path[int(depth)]
    if part == "class":
        return UNKNOWN_CLASS if key is UNKNOWN else _NULL_CLASS if key is None else _KNOWN_CLASS
    return None if key is UNKNOWN else key


class DimensionIndex:
    """One dimension of a snapshot: its leaves in order, and its levels, indexed when first asked for.

    Args:
        dimension: The dimension.
        table: Its table.
        level_tables: The keys of levels that facts link to above the leaves, by the level's key column. A key that no
            leaf has gets a leaf of its own, as a key of the dimension does that only facts have.
    """

    def __init__(
        self, dimension: Dimension, table: MemberRows, level_tables: Mapping[str, MemberRows] | None = None
    ) -> None:
        self.dimension = dimension
        self._table = table
        self._lock = Lock()
        self._levels: dict[tuple[Level, ...], LevelIndex] = {}
        self._masks: OrderedDict[Cut, Mask] = OrderedDict()
        columns = dict.fromkeys(column for level in dimension.levels for column in _columns(level))
        columns[dimension.key.name] = None
        self._level_keys = {
            column: keys.read(["_key", "_status", column]) for column, keys in (level_tables or {}).items()
        }
        rows = _with_level_keys(self._rows([*columns]), self._level_keys)
        self.frame = rows.sort(_sort_keys(dimension.hierarchies[0].levels, dimension), nulls_last=True)
        self.leaves = self.frame.height
        self._surrogates = self.frame["_key"].to_numpy()

    @property
    def surrogates(self) -> Codes:
        """The surrogate key of each leaf but the null key's."""
        return self._surrogates

    def _rows(self, columns: list[str]) -> pl.DataFrame:
        """Read the rows that are the leaves: `_key`, `_status` and columns of the table."""
        return self._table.read(["_key", "_status", *columns]).filter(pl.col("_status") != _ABSENT_STATUS)

    @cached_property
    def position_of(self) -> Codes:
        """The leaf position of each surrogate key; the last item, at index -1, is the null key's."""
        largest = int(self._surrogates.max()) if self.leaves else -1
        positions = np.full(largest + 2, self.leaves, np.int32)
        positions[self._surrogates] = np.arange(self.leaves, dtype=np.int32)
        return positions

    def positions_at(self, surrogates: Codes, days: Callable[[], Days | None]) -> Codes:  # noqa: ARG002 - of versions
        """Give the leaf position of each fact.

        Args:
            surrogates: The surrogate key of each; -1 for the null key.
            days: Gives the day of each (NaT if it has none), or None if the facts have no days; only asked where leaves
                are of a time.
        """
        positions: Codes = self.position_of[surrogates]
        return positions

    def leaves_at(self, leaves: Codes, days: Days) -> Codes:  # noqa: ARG002 - of versions
        """Give the leaves that rows had on days, in the place of any leaves of theirs."""
        return leaves

    @cached_property
    def position_of_key(self) -> dict[str, Codes]:
        """By key column of a level: the position of a leaf of each surrogate's member, its first; as `position_of`."""
        return {column: self.positions_by(column, keys) for column, keys in self._level_keys.items()}

    def positions_by(self, column: str, keys: pl.DataFrame) -> Codes:
        """Give the first leaf position of each key in a column, as the leaves are now; last that of null.

        Args:
            column: The column.
            keys: The keys, in a column of the same name.
        """
        firsts = self.frame.with_row_index("leaf").group_by(column).agg(pl.col("leaf").min())
        found = keys.join(firsts, on=column, how="left", maintain_order="left")["leaf"].fill_null(self.leaves)
        return np.append(found.cast(pl.Int32).to_numpy(), np.int32(self.leaves))

    def last_leaves(self, level: Level) -> Codes:
        """Give for every leaf position the last one of the same member of a level."""
        codes = self.level((level,)).codes
        last = np.zeros(self.level((level,)).size, np.int32)
        np.maximum.at(last, codes, np.arange(len(codes), dtype=np.int32))
        return last[codes]

    def alike(self, levels: tuple[Level, ...]) -> Codes:
        """Give each member of a level a code that those share which count as one."""
        return np.arange(self.level(levels).size, dtype=np.int32)

    @cached_property
    def unknown_leaves(self) -> Codes:
        """The leaf positions of keys that only facts have."""
        return (self.frame["_status"] == _UNKNOWN_STATUS).arg_true().cast(pl.Int32).to_numpy()

    @cached_property
    def known_leaves(self) -> Mask:
        """The leaf positions that are rows of the dimension's table: neither unknown keys nor the null key."""
        known = np.ones(self.leaves + 1, np.bool_)
        known[self.unknown_leaves] = False
        known[-1] = False
        return known

    def column(self, name: str) -> pl.Series:
        """Give a column of the dimension's table, by leaf position."""
        if name in self.frame.columns:
            return self.frame[name]
        rows = self._table.read(["_key", name])
        return self.frame.select("_key").join(rows, on="_key", how="left", maintain_order="left")[name]

    def level(self, levels: tuple[Level, ...]) -> LevelIndex:
        """Give the index of the level that these levels identify."""
        with self._lock:
            if levels not in self._levels:
                self._levels[levels] = self._index(levels)
            return self._levels[levels]

    def mask(self, cut: Cut, made: Callable[[Cut], Mask]) -> Mask:
        """Give the mask of a cut's leaves; those of the last cuts are kept, as one question follows another."""
        with self._lock:
            if (found := self._masks.get(cut)) is not None:
                self._masks.move_to_end(cut)
                return found
        found = made(cut)
        found.flags.writeable = False
        with self._lock:
            self._masks[cut] = found
            while len(self._masks) > _MASKS:
                self._masks.popitem(last=False)
        return found

    def _index(self, levels: tuple[Level, ...]) -> LevelIndex:
        rows = self._parts(levels)
        identity = [f"{part}_{depth}" for depth in range(len(levels)) for part in ("class", "key")]
        order = [f"{part}_{depth}" for depth in range(len(levels)) for part in ("class", "order", "key")]
        orders = [pl.col(f"order_{depth}").min() for depth in range(len(levels))]
        members = (
            rows.group_by(identity)
            .agg(*orders, pl.col("caption").first(), pl.col("unknown").any(), pl.col("leaf").min())
            .sort(order, nulls_last=True)
            .with_row_index("code")
        )
        found = rows.join(members, on=identity, how="left", nulls_equal=True, maintain_order="left")
        keep = [name for name in members.columns if name != "code" and not name.startswith("order_")]
        codes = found["code"].cast(pl.Int32).to_numpy()
        return LevelIndex(levels, codes, members.select(keep))

    def _parts(self, levels: tuple[Level, ...]) -> pl.DataFrame:
        """Lay out key, class and order of each level for every leaf, and a last row for the null key."""
        apart = not self.dimension.unknown_is_null
        unknown = (pl.col("_status") == _UNKNOWN_STATUS) & pl.lit(apart)
        parts: list[pl.Expr] = [
            unknown.alias("unknown"),
            pl.int_range(pl.len(), dtype=pl.Int32).alias("leaf"),
        ]
        for depth, level in enumerate(levels):
            key = pl.col(level.key.name)
            kind = pl.when(key.is_not_null()).then(_KNOWN_CLASS).when(unknown).then(UNKNOWN_CLASS)
            parts += [
                key.alias(f"key_{depth}"),
                pl.col((level.order or level.key).name).alias(f"order_{depth}"),
                kind.otherwise(_NULL_CLASS).cast(pl.UInt8).alias(f"class_{depth}"),
            ]
        rows = self.frame.select(*parts, _caption(levels[-1]).alias("caption"))
        null = {f"class_{depth}": _NULL_CLASS for depth in range(len(levels))}
        last = pl.DataFrame([{**null, "unknown": False, "leaf": self.leaves}])
        return pl.concat([rows, last.cast({name: rows.schema[name] for name in last.columns})], how="diagonal")


def _with_level_keys(rows: pl.DataFrame, level_keys: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Add a leaf for each key of a level that no leaf has."""
    for column, keys in level_keys.items():
        only = keys.filter(pl.col("_status") == _UNKNOWN_STATUS).select(column)
        taken = rows.select(pl.col("_key").max().fill_null(-1)).item()
        numbers = pl.int_range(taken + 1, taken + 1 + pl.len(), dtype=pl.Int32)
        added = only.select(
            numbers.alias("_key"),
            pl.lit(_UNKNOWN_STATUS, rows.schema["_status"]).alias("_status"),
            column,
        )
        rows = pl.concat([rows, added], how="diagonal")
    return rows


def _columns(level: Level) -> list[str]:
    return [column.name for column in (level.key, level.caption, level.order) if column is not None]


def _sort_keys(levels: tuple[Level, ...], dimension: Dimension) -> list[str]:
    keys = [column.name for level in levels for column in ((level.order or level.key), level.key)]
    return list(dict.fromkeys([*keys, dimension.key.name]))


def _caption(level: Level) -> pl.Expr:
    key = pl.col(level.key.name)
    text = key.dt.to_string("iso") if level.key.type.kind in (Kind.DATE, Kind.TIMESTAMP) else key.cast(pl.String)
    if level.caption is None:
        return text
    return pl.coalesce(pl.col(level.caption.name).cast(pl.String), text)
