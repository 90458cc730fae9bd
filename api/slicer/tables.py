"""Tables of records: as CSV, as JSON lines, as lists of objects."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic_core import to_json

from ..formats.text import cell_text

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


def numbers_of(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make exact decimals the numbers that JSON has."""
    return [
        {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()} for row in rows
    ]


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
