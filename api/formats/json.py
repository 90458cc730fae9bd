"""JSON: flat records, and cell sets with axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import repeat
from typing import Any, NamedTuple

import polars as pl
from pydantic_core import to_json

from cube_server.result.cellset import AxisTuples, CellSet
from cube_server.result.coverage import Coverage
from cube_server.result.dictionary import Dictionary
from cube_server.result.flat import OTHERS

from .table import CHUNK, UNKNOWN_KEY

Document = Mapping[str, Any]


def encode(value: object) -> bytes:
    """Write a value; dates are ISO texts, what is no number is null."""
    return to_json(value, inf_nan_mode="null")


def write_records(chunks: Iterator[list[dict[str, Any]]], rest: Document | None = None) -> Iterator[bytes]:
    """Write records, chunk by chunk.

    Args:
        chunks: The records.
        rest: What to write beside them, in an object whose `data` they are; None for a bare list.
    """
    start = b'{"data":[' if rest is not None else b"["
    written = False
    for chunk in chunks:
        rows = encode(chunk)[1:-1]
        yield start + (b"," if written and rows else b"") + rows
        start, written = b"", written or bool(rows)
    yield start + b"]" + (b"," + encode(rest)[1:] if rest is not None else b"")


def write_cells(cells: CellSet, language: str, rest: Document, *, offset: int) -> Iterator[bytes]:
    """Write a cell set, a measure at a time, each in runs of rows.

    Args:
        cells: The cell set.
        language: The language of labels.
        rest: What to write behind the cells.
        offset: How many row tuples come before these.
    """
    measures = [
        {
            "name": measure.name,
            "label": measure.label.get(language, measure.name),
            "format": measure.format,
            "unit": measure.unit,
        }
        for measure in cells.measures
    ]
    yield encode({"cube": cells.cube.name, "measures": measures})[:-1] + b',"axes":{"rows":'
    yield from _axis(cells.rows, language, offset)
    yield b',"columns":'
    yield from _axis(cells.columns, language, 0)
    yield b"},"
    if cells.ranges:
        spans = {measure.name: span for measure, span in zip(cells.measures, cells.ranges, strict=True)}
        yield b'"ranges":' + encode(spans) + b","
    yield b'"cells":{'
    for position, measure in enumerate(cells.measures):
        yield (b"," if position else b"") + encode(measure.name) + b":"
        runs = _runs(len(cells.rows), len(cells.columns))
        yield from _list(encode(cells.matrix_rows(measure.name, *run))[1:-1] for run in runs)
    yield b"}," + encode(rest)[1:]


def _list(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Write one list; each chunk is some of its items, written."""
    start = b"["
    for chunk in chunks:
        if chunk:
            yield start + chunk
            start = b","
    yield b"]" if start == b"," else b"[]"


def _runs(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Cut rows into runs of about a chunk's cells."""
    step = max(1, CHUNK // max(1, width))
    for start in range(0, height, step):
        yield start, min(start + step, height)


def _axis(axis: AxisTuples, language: str, offset: int) -> Iterator[bytes]:
    levels = [
        {
            "name": ref.name,
            "hierarchy": ref.hierarchy_name,
            "depth": len(ref.levels),
            "label": ref.level.label.get(language, ref.level.name),
        }
        for ref in axis.refs
    ]
    yield encode({"levels": levels})[:-1] + b',"tuples":'
    yield from _list(_tuples(axis, language, *run) for run in _runs(len(axis), 1))
    shown = {"shown": (axis.over == "shown").arg_true().to_list()} if axis.with_shown else {}
    yield b"," + encode({**shown, "total": axis.total, "offset": offset})[1:]


def _tuples(axis: AxisTuples, language: str, start: int, stop: int) -> bytes:
    """Write some tuples. A member is written once, however many of them have it."""
    if not axis.refs:
        return b",".join([b"[]"] * (stop - start))
    columns = [
        _members(
            axis.tuples[ref.name][start:stop].to_list(),
            dictionary,
            axis.is_others(ref)[start:stop].to_list() if ref in axis.with_others else (),
            _Marks(coverage, leaves),
            language,
        )
        for ref, dictionary, coverage, leaves in zip(
            axis.refs, axis.dictionaries, axis.coverage, axis.leaves, strict=True
        )
    ]
    tuples = b"],[".join(map(b",".join, zip(*columns, strict=True)))
    return b"[" + tuples + b"]" if tuples else b""


_INCOMPLETE: Document = {"incomplete": True}
_LEAF: Document = {"leaf": True}
_OTHERS = encode({"key": None, "caption": OTHERS, "others": True})
_ALL = encode(None)


class _Marks(NamedTuple):
    """What is told of a level's members beside their keys: how far facts cover them, and which are leaves."""

    coverage: Coverage | None
    leaves: pl.Series | None

    def of(self, codes: list[int]) -> Iterator[Document]:
        """Go through the marks of members."""
        late, ends = _marked(self.coverage.incomplete if self.coverage else None, codes), _marked(self.leaves, codes)
        for is_late, is_leaf in zip(late, ends, strict=True):
            yield {**(_INCOMPLETE if is_late else {}), **(_LEAF if is_leaf else {})}


def _marked(marks: pl.Series | None, codes: list[int]) -> Iterable[bool]:
    return repeat(False, len(codes)) if marks is None else marks[codes].to_list()


def _members(
    codes: list[int | None], dictionary: Dictionary, others: Sequence[bool], marks: _Marks, language: str
) -> list[bytes]:
    """Write the member of each tuple, null for All.

    Args:
        codes: The member's code in each tuple.
        dictionary: The members.
        others: Which tuples are of others instead; empty if none is.
        marks: What else is told of members.
        language: The language of labels.
    """
    used = sorted(code for code in set(codes) if code is not None)
    places = pl.Series(used, dtype=pl.UInt32)
    *keys, captions, unknowns = (
        # Column by column: a whole frame would be handed to other threads, which costs more than a few members.
        dictionary.frame[name][places].to_list()
        for name in (*dictionary.key_columns, "caption", "unknown")
    )
    members: dict[int | None, bytes] = {None: _ALL}
    for code, path, caption, unknown, more in zip(
        used, zip(*keys, strict=True), captions, unknowns, marks.of(used), strict=True
    ):
        missing = UNKNOWN_KEY if unknown else None
        key = [missing if part is None else _json(part) for part in path]
        member = {"key": key, "caption": caption, **(UNKNOWN_KEY if unknown else {}), **more}
        members[code] = encode(_named(member, dictionary, code, language))
    found = list(map(members.__getitem__, codes))
    return [_OTHERS if other else member for other, member in zip(others, found, strict=True)] if others else found


def _json(key: object) -> object:
    """Give a key as JSON does: it has one kind of number, and exact decimals would become text."""
    return float(key) if isinstance(key, Decimal) else key


def _named(member: Document, dictionary: Dictionary, code: int, language: str) -> Document:
    """Give a member that the axis names with its own level, as they may differ, or as a calculated one."""
    if dictionary.depths is None:
        return member
    calculated = dictionary.calculated[code]
    if calculated is not None:
        format_ = {"format": calculated.format} if calculated.format else {}
        caption = calculated.label.get(language, calculated.name)
        return {**member, "key": None, "caption": caption, "calculated": calculated.name, **format_}
    depth = int(dictionary.depths[code])
    return {**member, "key": member["key"][:depth], "level": dictionary.ref.lineage()[depth - 1].name}
