"""The columns of a fact table, encoded one at a time from its files, sorted by time whatever the order of the files.

Each is built by whoever needs it first and kept in a file, so that later processes map it: see `files`. A column of
links depends on how its dimension is numbered; the file is keyed by that numbering itself, so that whatever leaves it
as it was, be it a new snapshot or another model, finds the same file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.backends.embedded.levels import Codes, Mask
from cube_server.backends.embedded.rows import Keys
from cube_server.backends.embedded.segments.files import Segment
from cube_server.backends.embedded.segments.orders import RowOrder, order_by, order_in
from cube_server.backends.embedded.segments.packing import (
    EXACT_IN_FLOAT,
    PackedIntegers,
    PackedNumbers,
    as_decimals,
    joined,
    narrowest,
    narrowest_signed,
    pack_floats,
    pack_integers,
)
from cube_server.backends.embedded.segments.store import SegmentFolder, digest, folder_of
from cube_server.backends.embedded.threads import blocks
from cube_server.model.tables import Column
from cube_server.types import Kind
from cube_server.warehouse.snapshot import StoredTable

ZONE = 1 << 16
"""How many rows a zone has."""

_Packed = tuple[dict[str, npt.NDArray[Any]], dict[str, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """The leaf position of each fact by one link.

    Attributes:
        codes: Unsigned, of 1, 2 or 4 bytes.
        least: The least in each zone.
        largest: The largest in each zone.
        used: A bit for each position up to the largest: whether any fact has it.
    """

    codes: npt.NDArray[Any]
    least: npt.NDArray[Any]
    largest: npt.NDArray[Any]
    used: npt.NDArray[np.uint8]

    def marked(self, size: int) -> Mask:
        """Mark those of some first positions that facts have."""
        return np.unpackbits(self.used, count=size).view(np.bool_)


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
        self._known_order: tuple[str, RowOrder | None] | None = None

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
            upper=found.arrays.get("upper"),
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

    @property
    def are_kept(self) -> bool:
        """Whether columns are kept in files; if not, each process encodes them for itself."""
        return self._folder.path is not None

    def encode(self, columns: Iterable[Callable[[], object]]) -> None:
        """Build columns for others to find, as many at a time as there are cores."""
        _ = self.order
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="encode") as threads:
            for done in [threads.submit(column) for column in columns]:
                done.result()

    def raw(self, names: Sequence[str], places: slice | npt.NDArray[np.intp]) -> pl.DataFrame:
        """Give stored columns as they were loaded, for some rows; all of them are read at once."""
        _, order = self.order
        if order is None and isinstance(places, slice):
            start, stop, _ = places.indices(self._table.rows)
            return self._table.rows_between(names, start, stop)
        stored = places if order is None else order.at(places)
        if isinstance(stored, slice) or not len(stored):
            return self._table.rows_between(names, 0, 0)
        # Rows that are shown together mostly lie together, so that little has to be read.
        first, last = int(stored.min()), int(stored.max())
        return self._table.rows_between(names, first, last + 1)[stored - first]

    @property
    def order(self) -> tuple[str, RowOrder | None]:
        """The stored place of each row, and a name for that order; None where rows are stored in order."""
        if self._known_order is None:
            self._known_order = self._found_order()
        return self._known_order

    def _found_order(self) -> tuple[str, RowOrder | None]:
        name = self._table.manifest.sorted_by
        if name is None or self._time is None:
            return "", None
        places = self._time()
        key = digest(["order", name, places])
        found = self._folder.column(f"order of {name}", key, lambda: self._by_time(name, places))
        return digest(["by", *found.arrays.values()]) if found.numbers["size"] else "", order_in(found)

    def _by_time(self, name: str, places: Codes) -> Segment:
        order = order_by(self._placed(name, places))
        return order.segment if order else Segment(arrays={"stored": np.zeros(0, np.uint32)}, numbers={"size": 0})

    def _placed(self, name: str, places: Codes) -> npt.NDArray[Any]:
        kind = narrowest(int(places.max(initial=0)))
        narrow = places.astype(kind)
        codes = np.empty(self._table.rows, kind)
        for run, part in self._parts(name):
            surrogates = part.fill_null(-1).to_numpy()
            for rows in blocks(slice(0, len(surrogates))):
                codes[run][rows] = narrow[surrogates[rows]]
        return codes

    def _packed(self, over: Column, order: RowOrder | None) -> Segment:
        valid: Mask | None = np.ones(self._table.rows, np.bool_) if self._table.columns[over.name].nulls else None
        read = self._floats if over.type.kind is Kind.FLOAT else self._integers
        arrays, numbers = read(over, valid)
        if valid is not None:
            arrays["valid"] = valid
        return Segment(arrays={name: _sorted(array, order) for name, array in arrays.items()}, numbers=numbers)

    def _integers(self, over: Column, valid: Mask | None) -> _Packed:
        parts = []
        for run, part in self._parts(over.name):
            whole = part.to_physical() if over.type.kind is Kind.DECIMAL else part
            parts.append(pack_integers(*_values(whole.cast(pl.Int64), run, valid)))
        return _of_integers(joined(parts), over.type.scale or 0)

    def _floats(self, over: Column, valid: Mask | None) -> _Packed:
        values = np.empty(self._table.rows)
        for run, part in self._parts(over.name):
            values[run], _ = _values(part.cast(pl.Float64), run, valid)
        decimals = as_decimals(values)
        if decimals is None:
            return {"codes": pack_floats(values)}, {"offset": 0}
        return _of_integers(joined([pack_integers(decimals[0], valid)]), decimals[1])

    def _coded(self, over: Column, order: RowOrder | None) -> Segment:
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


def _values(part: pl.Series, run: slice, valid: Mask | None) -> tuple[npt.NDArray[Any], Mask | None]:
    """Give the numbers of a part, 0 for null, and mark in `valid` which are not null."""
    if valid is None:
        return part.to_numpy(), None
    valid[run] = part.is_not_null().to_numpy()
    return part.fill_null(0).to_numpy(), valid[run]


def _of_integers(packed: PackedIntegers, scale: int) -> _Packed:
    codes, upper = packed.planes
    arrays = {"codes": codes} if upper is None else {"codes": codes, "upper": upper}
    return arrays, {"offset": packed.offset, "scale": scale}


def _sorted(codes: npt.NDArray[Any], order: RowOrder | None) -> npt.NDArray[Any]:
    return codes if order is None else order.sorted(codes)


def zoned(codes: Codes) -> Positions:
    """Pack positions that no file keeps, and tell what each zone holds."""
    return _positions(_zoned(codes.astype(narrowest(int(codes.max(initial=0))))))


def _positions(found: Segment) -> Positions:
    arrays = found.arrays
    return Positions(arrays["codes"], arrays["least"], arrays["largest"], arrays["used"])


def _zoned(codes: npt.NDArray[Any]) -> Segment:
    starts = np.arange(0, len(codes), ZONE)
    least = np.minimum.reduceat(codes, starts) if len(codes) else codes
    largest = np.maximum.reduceat(codes, starts) if len(codes) else codes
    used = np.zeros(int(largest.max(initial=0)) + 1, np.bool_)
    used[codes] = True
    arrays = {"codes": codes, "least": least, "largest": largest, "used": np.packbits(used)}
    return Segment(arrays=arrays, numbers={})
