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

from ..formats.text import cell_text
from .elements import Attribute

_MARK = "\1"
"""What the name of a column begins with that marks what is unknown in another."""

CHUNK = 5_000
"""The records of one chunk of a long answer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """Records in order, with the fields that CSV shows of them.

    Attributes:
        rows: The records.
        fields: Their fields, by name: what the header calls each.
        is_cut: Whether the record limit left some out.
    """

    rows: Sequence[Mapping[str, Any]]
    fields: Mapping[str, str]
    is_cut: bool = False


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
    rows = frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64)).to_dicts()
    for row in rows if marks else ():
        for mark, ref in marks.items():
            if row.pop(mark):
                row[ref] = str(UNKNOWN)
    return rows


def csv_lines(records: Records, header: Sequence[str] | None) -> Iterator[bytes]:
    """Write CSV, chunk by chunk: rows end with CRLF, null is empty."""
    if header is not None:
        yield _csv([header])
    names = list(records.fields)
    for start in range(0, len(records.rows), CHUNK):
        yield _csv([[cell_text(row.get(name)) for name in names] for row in records.rows[start : start + CHUNK]])


def json_lines(records: Records) -> Iterator[bytes]:
    """Write one JSON object a line, chunk by chunk."""
    for start in range(0, len(records.rows), CHUNK):
        yield b"".join(encode(row) + b"\n" for row in records.rows[start : start + CHUNK])


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _plain(value: object) -> object:
    return str(value)
