"""JSON: flat records, and cell sets with axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cube_server.result.cellset import AxisTuples, CellSet

from .json_members import Marks, write_members
from .json_values import Document, encode
from .table import CHUNK


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
        write_members(
            axis.tuples[ref.name][start:stop].to_list(),
            dictionary,
            axis.is_others(ref)[start:stop].to_list() if ref in axis.with_others else (),
            Marks(coverage, leaves),
            language,
        )
        for ref, dictionary, coverage, leaves in zip(
            axis.refs, axis.dictionaries, axis.coverage, axis.leaves, strict=True
        )
    ]
    tuples = b"],[".join(map(b",".join, zip(*columns, strict=True)))
    return b"[" + tuples + b"]" if tuples else b""
