"""A cell set read back into records, by what docs/api.md says of both, so that the two can be compared whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.agreement.questions import HIERARCHIES

Record = dict[str, Any]
Document = Mapping[str, Any]

CAPTIONED = frozenset({"product.product", "customer.customer", "store.store"})
"""The levels that have captions in the model, and so a column of them in records."""


def records_of(document: Document) -> Iterator[Record]:
    """Give a record for every cell of a cell set, empty ones too, in the order of the axes."""
    rows, columns = (list(_places(document["axes"][axis], axis)) for axis in ("rows", "columns"))
    cells: Mapping[str, list[list[Any]]] = document["cells"]
    for row, above in enumerate(rows):
        for column, beside in enumerate(columns):
            yield {**above, **beside, **{measure: cells[measure][row][column] for measure in cells}}


def _places(axis: Document, name: str) -> Iterator[Record]:
    for place, members in enumerate(axis["tuples"]):
        shown = {f"{name}.shown": place in axis["shown"]} if "shown" in axis else {}
        yield {**_keys(axis["levels"], members), **_marks(axis["levels"], members), **shown}


def _keys(levels: list[Document], members: list[Document | None]) -> Record:
    found: Record = {}
    for level, member in zip(levels, members, strict=True):
        columns = _lineage(level["name"])
        keys = (member and member["key"]) or [None] * len(columns)
        found |= {column: key for column, key in zip(columns, keys, strict=True) if found.get(column) is None}
        if level["name"] in CAPTIONED:
            found[f"{level['name']}.caption"] = member and member["caption"]
    return found


def _marks(levels: list[Document], members: list[Document | None]) -> Record:
    found: Record = {}
    for level, member in zip(levels, members, strict=True):
        hierarchy = level["hierarchy"]
        depth = level["depth"] if member else 0
        found[f"{hierarchy}.depth"] = max(depth, found.get(f"{hierarchy}.depth", 0))
        for mark in ("unknown", "others"):
            name = f"{hierarchy}.{mark}"
            found[name] = found.get(name, False) or bool(member and member.get(mark))
    return found


def _lineage(level: str) -> tuple[str, ...]:
    (levels,) = (levels for levels in HIERARCHIES.values() if level in levels)
    return levels[: levels.index(level) + 1]


def assert_records_are_the_cells(records: list[Record], document: Document) -> None:
    """Assert that records are the cells, one by one and in their order, and that cells without a record are empty."""
    left = iter(records)
    record = next(left, None)
    for cell in records_of(document):
        if record is not None and record == {name: cell.get(name) for name in record}:
            assert _marked(cell) <= set(record), cell
            record = next(left, None)
        else:
            assert all(cell[measure] is None for measure in document["cells"]), (cell, record)
    assert record is None, record


def _marked(cell: Record) -> set[str]:
    """Name what a record may leave out only where it is false."""
    return {name for name, value in cell.items() if value is True and name.endswith((".unknown", ".others", ".shown"))}
