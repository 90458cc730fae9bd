"""Tables of records: as CSV, as JSON lines, as lists of objects."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic_core import to_json

from cube_server.types import UNKNOWN

from .elements import Attribute

_MARK = "\1"
"""What the name of a column begins with that marks what is unknown in another."""

_FLOATS = pl.col(pl.Decimal).cast(pl.Float64)
"""JSON has one kind of number, and CSV shows the same."""

CHUNK = 5_000
"""The records of one chunk of a long answer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """Records in order, with the fields that CSV shows of them.

    Attributes:
        frame: The records, and marks of what is unknown in them.
        fields: Their fields, by name: what the header calls each.
        is_cut: Whether the record limit left some out.
    """

    frame: pl.DataFrame
    fields: Mapping[str, str]
    is_cut: bool = False

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The records as JSON shows them."""
        return rows_of(self.frame)


def encode(value: object, *, indent: int | None = None) -> bytes:
    """Write JSON; what is no number is null."""
    return to_json(value, inf_nan_mode="null", indent=indent, fallback=_plain)


def unknown_marks(table: pl.DataFrame, attributes: Iterable[Attribute]) -> Iterator[pl.Expr]:
    """Mark where attributes are null because the member is unknown, if any are."""
    for attribute in attributes:
        mark = f"{attribute.hierarchy}.unknown"
        if mark in table.columns and table[mark].any():
            yield (pl.col(mark) & pl.col(attribute.column).is_null()).alias(_MARK + attribute.ref)


def rows_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a frame as JSON shows them: exact decimals as numbers, unknown members by their name in cuts."""
    marks = {name: name.removeprefix(_MARK) for name in frame.columns if name.startswith(_MARK)}
    rows = frame.with_columns(_FLOATS).to_dicts()
    for row in rows if marks else ():
        for mark, ref in marks.items():
            if row.pop(mark):
                row[ref] = str(UNKNOWN)
    return rows


def csv_lines(records: Records, header: Sequence[str] | None) -> Iterator[bytes]:
    """Write CSV, chunk by chunk: rows end with CRLF, null is empty."""
    if header is not None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow(header)
        yield line.getvalue().encode()
    shown = _with_unknown(records.frame).select(list(records.fields)).with_columns(_FLOATS)
    for chunk in shown.iter_slices(CHUNK):
        text = chunk.write_csv(
            include_header=False,
            line_terminator="\r\n",
            datetime_format="%Y-%m-%dT%H:%M:%S%.f",
            float_scientific=False,
        )
        yield text.encode()


def json_lines(records: Records) -> Iterator[bytes]:
    """Write one JSON object a line, chunk by chunk."""
    for chunk in records.frame.iter_slices(CHUNK):
        yield b"".join(encode(row) + b"\n" for row in rows_of(chunk))


def _with_unknown(frame: pl.DataFrame) -> pl.DataFrame:
    """Write the name of unknown members in; all values of such a column become text."""
    marks = {name: name.removeprefix(_MARK) for name in frame.columns if name.startswith(_MARK)}
    return frame.with_columns(
        pl.when(pl.col(mark)).then(pl.lit(str(UNKNOWN))).otherwise(pl.col(ref).cast(pl.String)).alias(ref)
        for mark, ref in marks.items()
    )


def _plain(value: object) -> object:
    return str(value)
