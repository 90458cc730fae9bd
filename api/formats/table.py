"""The flat table of an answer: what every format writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import polars as pl

from cube_server.budget import Budget
from cube_server.query.text import format_member
from cube_server.result.cellset import CellSet
from cube_server.result.flat import Flat
from cube_server.result.pages import FactsPage, MembersPage
from cube_server.types import UNKNOWN

from .captions import cell_captions, fact_captions, told_apart

CHUNK = 20_000
"""The rows of one chunk of a long answer."""

_RECORDS = 4_000
"""The same where each row becomes an object, which takes many times the memory."""

UNKNOWN_KEY = {"unknown": True}
"""The key of the unknown member in JSON."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column of keys that may be unknown: it is, where `mark` is true and the row reaches down to `depth`."""

    name: str
    mark: str
    reached: str
    depth: int


class Rows(Protocol):
    """Rows that are there as a frame, or made when they are asked for."""

    @property
    def height(self) -> int:
        """How many there are."""

    def slice(self, offset: int, length: int) -> pl.DataFrame:
        """Give `length` rows from `offset` on, or as many as there are."""


@dataclass(frozen=True, slots=True, eq=False)
class _Changed:
    """Rows with something done to each, once it is asked for."""

    rows: Rows
    change: Callable[[pl.DataFrame], pl.DataFrame]

    @property
    def height(self) -> int:
        return self.rows.height

    def slice(self, offset: int, length: int) -> pl.DataFrame:
        return self.change(self.rows.slice(offset, length))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Table:
    """A flat answer: the same columns in every format.

    Attributes:
        rows: The rows; a key that is unknown is null here, as it is in CSV and Arrow.
        keys: The columns whose null keys JSON must tell from unknown ones.
        numbers: How people read the numbers of a column: its number format, such as `#,##0.00`.
        depths: For each column of depths the greatest there can be; a row that is less deep is a total.
        captions: What people call the columns; one that is not named here keeps its name.
    """

    rows: Rows
    keys: tuple[KeyColumn, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    depths: Mapping[str, int] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)

    @property
    def head(self) -> pl.DataFrame:
        """The columns without rows."""
        return self.rows.slice(0, 0)

    def whole(self) -> pl.DataFrame:
        """Give all rows at once, for what cannot be written chunk by chunk."""
        return self.rows.slice(0, self.rows.height)

    def chunks(self, size: int = CHUNK) -> Iterator[pl.DataFrame]:
        """Go through chunks of rows; an empty table has a single empty chunk."""
        for offset in range(0, max(1, self.rows.height), size):
            yield self.rows.slice(offset, size)

    def changed(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Table:
        """Give the same table with something done to each of its rows."""
        return replace(self, rows=_Changed(self.rows, change))

    def records(self) -> Iterator[list[dict[str, Any]]]:
        """Give the rows as JSON shows them, chunk by chunk."""
        for chunk in self.chunks(_RECORDS):
            rows = floats_for_decimals(chunk).to_dicts()
            for key in self.keys:
                if chunk[key.mark].any():
                    _mark(rows, key)
            yield rows

    def captioned(self) -> Table:
        """Give the same table with the columns named as people call them; no two alike."""
        names = told_apart(self.captions, self.head.columns)
        return replace(
            self.changed(lambda frame: frame.rename(names)),
            keys=(),
            captions={},
            numbers={names[name]: number for name, number in self.numbers.items()},
            depths={names[name]: depth for name, depth in self.depths.items()},
        )

    def totals(self, chunk: pl.DataFrame) -> list[bool]:
        """Tell for each row of a chunk whether it is a total."""
        if not self.depths:
            return [False] * chunk.height
        rolled_up = pl.any_horizontal(pl.col(name) < full for name, full in self.depths.items())
        return chunk.select(rolled_up).to_series().to_list()


def cells_table(cells: CellSet, budget: Budget, language: str = "en") -> Table:
    """Make the table of a cell set: see `cube_server.result.flat`."""
    flat = Flat(cells, budget)
    columns = flat.slice(0, 0).columns
    found = [
        KeyColumn(above.name, f"{ref.hierarchy_name}.unknown", f"{ref.hierarchy_name}.depth", depth)
        for axis in (cells.rows, cells.columns)
        for ref in axis.refs
        for depth, above in enumerate(ref.lineage(), 1)
    ]
    marked = (key for key in dict.fromkeys(found) if key.mark in columns)
    return Table(
        rows=flat,
        keys=tuple(marked),
        numbers={measure.name: measure.format for measure in cells.measures},
        depths=_full_depths(cells),
        captions=cell_captions(cells, language),
    )


def facts_table(page: FactsPage, language: str = "en") -> Table:
    """Make the table of a page of facts."""
    return Table(rows=page.frame, captions=fact_captions(page.columns, language))


def members_table(page: MembersPage, language: str = "en") -> Table:
    """Make the table of a page of members: the keys from the top of the hierarchy, then what is known of each."""
    names = [above.name for above in page.ref.lineage()]
    keys = [pl.col(f"key_{depth}").alias(name) for depth, name in enumerate(names)]
    frame = page.frame.select(*keys, "caption", "unknown", "children")
    whole = frame.with_columns(pl.Series("cut", _cuts(page), dtype=pl.String))
    return Table(rows=whole, captions=fact_captions(page.ref.lineage(), language))


def member_records(page: MembersPage) -> Iterator[list[dict[str, Any]]]:
    """Give the members as JSON shows them: the key path in one list."""
    columns = page.frame.select("caption", "unknown", "children").rows()
    yield [
        {"key": key, "caption": caption} | (UNKNOWN_KEY if unknown else {}) | {"children": children, "cut": cut}
        for key, (caption, unknown, children), cut in zip(
            key_paths(floats_for_decimals(page.frame), UNKNOWN_KEY), columns, _cuts(page), strict=True
        )
    ]


def key_paths(members: pl.DataFrame, unknown_key: object) -> list[list[Any]]:
    """Give the key paths of members.

    Args:
        members: Rows of a dictionary's frame.
        unknown_key: What stands for an unknown key.
    """
    keys = members.select(pl.col(r"^key_\d+$")).rows()
    missing = [unknown_key if unknown else None for unknown in members["unknown"].to_list()]
    return [[absent if key is None else key for key in path] for path, absent in zip(keys, missing, strict=True)]


def floats_for_decimals(frame: pl.DataFrame) -> pl.DataFrame:
    """Give decimals as JSON does: it has one kind of number, and exact decimals would become text."""
    return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))


def _full_depths(cells: CellSet) -> dict[str, int]:
    found: dict[str, int] = {}
    for ref in (*cells.rows.refs, *cells.columns.refs):
        name = f"{ref.hierarchy_name}.depth"
        found[name] = max(found.get(name, 0), len(ref.levels))
    return found


def _cuts(page: MembersPage) -> list[str]:
    return [format_member(page.ref.name, path) for path in key_paths(page.frame, UNKNOWN)]


def _mark(rows: list[dict[str, Any]], key: KeyColumn) -> None:
    for row in rows:
        if row[key.mark] and row[key.reached] >= key.depth and row[key.name] is None:
            row[key.name] = UNKNOWN_KEY
