"""The columns of a fact table, encoded one at a time from its files, sorted by time whatever the order of the files.

Each is built by whoever needs it first and kept in a file, so that later processes map it: see `files`. A column of
links depends on how its dimension is numbered; the file is keyed by that numbering itself, so that whatever leaves it
as it was, be it a new snapshot or another model, finds the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.backends.embedded.levels import Codes, Mask
from cube_server.backends.embedded.rows import Keys
from cube_server.backends.embedded.segments.files import Segment
from cube_server.backends.embedded.segments.packing import (
    EXACT_IN_FLOAT,
    PackedNumbers,
    as_decimals,
    narrowest,
    narrowest_signed,
    pack_floats,
    pack_integers,
)
from cube_server.backends.embedded.segments.store import SegmentFolder, digest, folder_of
from cube_server.model.tables import Column
from cube_server.types import Kind
from cube_server.warehouse.snapshot import StoredTable

ZONE = 1 << 16
"""How many rows a zone has."""

_Order = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """The leaf position of each fact by one link.

    Attributes:
        codes: Unsigned, of 1, 2 or 4 bytes.
        least: The least in each zone.
        largest: The largest in each zone.
    """

    codes: npt.NDArray[Any]
    least: npt.NDArray[Any]
    largest: npt.NDArray[Any]


class FactColumns:
    """Encodes a fact table's columns.

    Args:
        table: The stored table.
        time: Gives the leaf position of each surrogate key in the stored column that the files are sorted by, as
            `DimensionIndex.position_of`; None where the model has no such link: rows then stand as they are stored.
        folder: Where columns are kept; by default beside the warehouse.
    """

    def __init__(
        self, table: StoredTable, time: Callable[[], Codes] | None, folder: SegmentFolder | None = None
    ) -> None:
        self._table = table
        self._folder = folder or folder_of(table)
        self._time = time
        self._known_order: tuple[str, _Order | None] | None = None

    def positions(self, name: str, places: Codes) -> Positions:
        """Encode a stored link column.

        Args:
            name: The stored column of surrogate keys.
            places: The leaf position of each surrogate key; the last one is that of null.
        """
        order_key, order = self.order
        key = digest(["positions", name, order_key, places])
        found = self._folder.column(name, key, lambda: _zoned(_sorted(self._placed(name, places), order)))
        return _positions(found)

    def numbers(self, over: Column) -> PackedNumbers:
        """Encode a column of numbers."""
        order_key, order = self.order
        key = digest(["numbers or decimals", over.name, str(over.type), order_key])
        found = self._folder.column(over.name, key, lambda: self._packed(over, order))
        magnitude = self._table.columns[over.name].magnitude
        is_float = over.type.kind is Kind.FLOAT
        return PackedNumbers(
            codes=found.arrays["codes"],
            offset=found.numbers["offset"],
            scale=found.numbers.get("scale") if is_float else over.type.scale,
            valid=found.arrays.get("valid"),
            is_exact=is_float or (magnitude is not None and magnitude < EXACT_IN_FLOAT),
        )

    def keys(self, over: Column) -> Keys:
        """Encode a column of keys."""
        order_key, order = self.order
        key = digest(["keys", over.name, order_key])
        found = self._folder.column(over.name, key, lambda: self._coded(over, order))
        return Keys(found.arrays["codes"], found.numbers["size"])

    def raw(self, names: Sequence[str], places: slice | npt.NDArray[np.intp]) -> pl.DataFrame:
        """Give stored columns as they were loaded, for some rows; all of them are read at once."""
        _, order = self.order
        if order is None and isinstance(places, slice):
            start, stop, _ = places.indices(self._table.rows)
            return self._table.rows_between(names, start, stop)
        stored = places if order is None else order[places]
        if isinstance(stored, slice) or not len(stored):
            return self._table.rows_between(names, 0, 0)
        # Rows that are shown together mostly lie together, so that little has to be read.
        first, last = int(stored.min()), int(stored.max())
        return self._table.rows_between(names, first, last + 1)[stored - first]

    @property
    def order(self) -> tuple[str, _Order | None]:
        """The stored place of each row, and a name for that order; None where rows are stored in order."""
        if self._known_order is None:
            self._known_order = self._found_order()
        return self._known_order

    def _found_order(self) -> tuple[str, _Order | None]:
        name = self._table.manifest.sorted_by
        if name is None or self._time is None:
            return "", None
        places = self._time()
        key = digest(["order", name, places])
        found = self._folder.column(f"order of {name}", key, lambda: self._by_time(name, places)).arrays["order"]
        return (digest(["by", found]), found) if len(found) else ("", None)

    def _by_time(self, name: str, places: Codes) -> Segment:
        """Order rows by the places of their days, rows of one day as they are stored; none where they stand so."""
        days = self._placed(name, places)
        ascends = bool((days[1:] >= days[:-1]).all())
        order = np.zeros(0, np.uint32) if ascends else np.argsort(days, kind="stable").astype(np.uint32)
        return Segment(arrays={"order": order}, numbers={})

    def _placed(self, name: str, places: Codes) -> npt.NDArray[Any]:
        kind = narrowest(int(places.max(initial=0)))
        narrow = places.astype(kind)
        codes = np.empty(self._table.rows, kind)
        for run, part in self._parts(name):
            codes[run] = narrow[part.fill_null(-1).to_numpy()]
        return codes

    def _packed(self, over: Column, order: _Order | None) -> Segment:
        is_float = over.type.kind is Kind.FLOAT
        values: npt.NDArray[Any] = np.empty(self._table.rows, np.float64 if is_float else np.int64)
        valid: Mask | None = np.ones(self._table.rows, np.bool_) if self._table.columns[over.name].nulls else None
        for run, part in self._parts(over.name):
            whole = part.to_physical() if over.type.kind is Kind.DECIMAL else part
            values[run] = whole.cast(pl.Float64 if is_float else pl.Int64).fill_null(0).to_numpy()
            if valid is not None:
                valid[run] = part.is_not_null().to_numpy()
        codes, numbers = _packed_floats(values, valid) if is_float else _packed_integers(values, valid, over.type.scale)
        arrays = {"codes": _sorted(codes, order)}
        if valid is not None:
            arrays["valid"] = _sorted(valid, order)
        return Segment(arrays=arrays, numbers=numbers)

    def _coded(self, over: Column, order: _Order | None) -> Segment:
        codes = self._table.read([over.name])[over.name].rank("dense")
        largest = codes.max()
        size = int(largest) if isinstance(largest, int) else 0
        narrow = (codes.cast(pl.Int32) - 1).fill_null(-1).to_numpy().astype(narrowest_signed(size))
        return Segment(arrays={"codes": _sorted(narrow, order)}, numbers={"size": size})

    def _parts(self, name: str) -> Iterator[tuple[slice, pl.Series]]:
        """Read a column file by file, so that only its encoded form is in memory as a whole."""
        start = 0
        for part in self._table.parts([name]):
            yield slice(start, start + part.height), part[name]
            start += part.height


def _packed_integers(
    values: npt.NDArray[np.int64], valid: Mask | None, scale: int | None
) -> tuple[npt.NDArray[Any], dict[str, int]]:
    codes, offset = pack_integers(values, valid)
    return codes, {"offset": offset, "scale": scale or 0}


def _packed_floats(values: npt.NDArray[np.float64], valid: Mask | None) -> tuple[npt.NDArray[Any], dict[str, int]]:
    decimals = as_decimals(values)
    return _packed_integers(decimals[0], valid, decimals[1]) if decimals else (pack_floats(values), {"offset": 0})


def _sorted(codes: npt.NDArray[Any], order: _Order | None) -> npt.NDArray[Any]:
    return codes if order is None else codes[order]


def zoned(codes: Codes) -> Positions:
    """Pack positions that no file keeps, and tell what each zone holds."""
    return _positions(_zoned(codes.astype(narrowest(int(codes.max(initial=0))))))


def _positions(found: Segment) -> Positions:
    return Positions(found.arrays["codes"], found.arrays["least"], found.arrays["largest"])


def _zoned(codes: npt.NDArray[Any]) -> Segment:
    starts = np.arange(0, len(codes), ZONE)
    least, largest = (
        (np.minimum.reduceat(codes, starts), np.maximum.reduceat(codes, starts))
        if len(codes)
        else (
            codes,
            codes,
        )
    )
    return Segment(arrays={"codes": codes, "least": least, "largest": largest}, numbers={})
