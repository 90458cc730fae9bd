"""JSON: flat records, and cell sets with axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl
from pydantic_core import to_json

from cube_server.result.cellset import AxisTuples, CellSet
from cube_server.result.coverage import Coverage
from cube_server.result.dictionary import Dictionary
from cube_server.result.flat import OTHERS

from .table import UNKNOWN_KEY, floats_for_decimals, key_paths

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
    """Write a cell set, a measure at a time.

    Args:
        cells: The cell set.
        language: The language of labels.
        rest: What to write behind the cells.
        offset: How many row tuples come before these.
    """
    head: dict[str, Any] = {
        "cube": cells.cube.name,
        "measures": [
            {
                "name": measure.name,
                "label": measure.label.get(language, measure.name),
                "format": measure.format,
                "unit": measure.unit,
            }
            for measure in cells.measures
        ],
        "axes": {
            "rows": _axis(cells.rows, language, offset),
            "columns": _axis(cells.columns, language, 0),
        },
    }
    if cells.ranges:
        head["ranges"] = {measure.name: span for measure, span in zip(cells.measures, cells.ranges, strict=True)}
    yield encode(head)[:-1] + b',"cells":{'
    for position, measure in enumerate(cells.measures):
        comma = b"," if position else b""
        yield comma + encode(measure.name) + b":" + encode(cells.matrix(measure.name))
    yield b"}," + encode(rest)[1:]


def _axis(axis: AxisTuples, language: str, offset: int) -> dict[str, Any]:
    levels = [
        {
            "name": ref.name,
            "hierarchy": ref.hierarchy_name,
            "depth": len(ref.levels),
            "label": ref.level.label.get(language, ref.level.name),
        }
        for ref in axis.refs
    ]
    shown = {"shown": (axis.over == "shown").arg_true().to_list()} if axis.with_shown else {}
    return {"levels": levels, "tuples": _tuples(axis, language), **shown, "total": axis.total, "offset": offset}


def _tuples(axis: AxisTuples, language: str) -> list[list[Document | None]]:
    if not axis.refs:
        return [[] for _ in range(len(axis))]
    columns = [
        _members(axis.tuples[ref.name], dictionary, axis.is_others(ref), _Marks(coverage, leaves), language)
        for ref, dictionary, coverage, leaves in zip(
            axis.refs, axis.dictionaries, axis.coverage, axis.leaves, strict=True
        )
    ]
    return [list(members) for members in zip(*columns, strict=True)]


_INCOMPLETE: Document = {"incomplete": True}
_LEAF: Document = {"leaf": True}
_OTHERS: Document = {"key": None, "caption": OTHERS, "others": True}


class _Marks(NamedTuple):
    """What is told of a level's members beside their keys: how far facts cover them, and which are leaves."""

    coverage: Coverage | None
    leaves: pl.Series | None

    def of(self, codes: pl.Series) -> Iterator[Document]:
        """Go through the marks of members."""
        late = [False] * len(codes) if self.coverage is None else self.coverage.incomplete.gather(codes).to_list()
        ends = [False] * len(codes) if self.leaves is None else self.leaves.gather(codes).to_list()
        for is_late, is_leaf in zip(late, ends, strict=True):
            yield {**(_INCOMPLETE if is_late else {}), **(_LEAF if is_leaf else {})}


def _members(
    codes: pl.Series, dictionary: Dictionary, others: pl.Series, marks: _Marks, language: str
) -> list[Document | None]:
    """Give the member of each tuple, made once for all tuples that share it; None for All."""
    used = codes.drop_nulls().unique()
    frame = floats_for_decimals(dictionary.frame[used])
    told = zip(key_paths(frame, UNKNOWN_KEY), frame["caption"], frame["unknown"], marks.of(used), strict=True)
    made = [
        {"key": key, "caption": caption} | (UNKNOWN_KEY if unknown else {}) | dict(more)
        for key, caption, unknown, more in told
    ]
    members: dict[int | None, Document] = dict(zip(used.to_list(), made, strict=True))
    if dictionary.depths is not None:
        named = ((code, member) for code, member in members.items() if code is not None)
        members = {code: _named(member, dictionary, code, language) for code, member in named}
    return [
        _OTHERS if is_others else members.get(code) for code, is_others in zip(codes.to_list(), others, strict=True)
    ]


def _named(member: Document, dictionary: Dictionary, code: int, language: str) -> Document:
    """Give a member that the axis names: with its own level, as they may differ, or as a calculated one."""
    calculated = dictionary.calculated[code]
    if calculated is not None:
        format_ = {"format": calculated.format} if calculated.format else {}
        caption = calculated.label.get(language, calculated.name)
        return {**member, "key": None, "caption": caption, "calculated": calculated.name, **format_}
    assert dictionary.depths is not None
    depth = int(dictionary.depths[code])
    return {**member, "key": member["key"][:depth], "level": dictionary.ref.lineage()[depth - 1].name}
