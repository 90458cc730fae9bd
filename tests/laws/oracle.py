"""The oracle: a question's cells by DuckDB, one statement a depth, written without a look at our own plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from cube_server.result.cellset import AxisTuples, CellSet
from cube_server.types import UNKNOWN, KeyPath
from tests.laws.questions import Cut, Level, Question

Values = tuple[Any, ...]
Coordinate = tuple[tuple[KeyPath, ...], tuple[KeyPath, ...]]
"""The members on rows and on columns; fewer where levels are rolled up."""

AGGREGATES = (
    "count(*)",
    "sum(amount)",
    "sum(quantity)",
    "sum(weight)",
    "count(distinct basket)",
    "count(distinct d0_leaf)",
    "min(amount)",
    "max(amount)",
    "avg(amount)",
    "sum(amount) / nullif(sum(quantity), 0)",
    "count(quantity)",
    "stddev_samp(amount)",
    "var_samp(weight)",
)
"""In the order of `stars.MEASURES`."""


def expected_cells(connection: duckdb.DuckDBPyConnection, question: Question) -> dict[Coordinate, Values]:
    """Compute every cell of a question with all its totals; the grand total is there whatever the facts."""
    found: dict[Coordinate, Values] = {((), ()): (None,) * len(AGGREGATES)}
    for row_depth in range(len(question.rows) + 1):
        for column_depth in range(len(question.columns) + 1):
            found |= _block(connection, question.rows[:row_depth], question.columns[:column_depth], question.cuts)
    return found


def _block(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[Level], columns: Sequence[Level], cuts: Sequence[Cut]
) -> dict[Coordinate, Values]:
    keys = [column for level in (*rows, *columns) for column in (*level.columns, level.odd)]
    grouping = f"group by {', '.join(dict.fromkeys(keys))}" if keys else ""
    sql = f"select {', '.join([*keys, *AGGREGATES])} from star where {condition(cuts)} {grouping} having count(*) > 0"
    found = {}
    for row in connection.execute(sql).fetchall():
        rest = list(row)
        sides = tuple(tuple(_take_path(rest, level) for level in side) for side in (rows, columns))
        found[sides[0], sides[1]] = tuple(rest)
    return found


def _take_path(row: list[Any], level: Level) -> KeyPath:
    size = len(level.columns)
    keys, odd = row[:size], row[size]
    del row[: size + 1]
    return tuple(UNKNOWN if odd and key is None else key for key in keys)


def condition(cuts: Sequence[Cut]) -> str:
    """Write cuts as SQL."""
    return " and ".join(["true", *(_one_cut(cut) for cut in cuts)])


def _one_cut(cut: Cut) -> str:
    members = " or ".join(_is_member(cut.level, path) for path in cut.members)
    return f"({members}) is {'not ' if cut.exclude else ''}true"


def _is_member(level: Level, path: KeyPath) -> str:
    parts = [f"{column} is not distinct from {_literal(key)}" for column, key in zip(level.columns, path, strict=True)]
    if UNKNOWN in path:
        parts.append(level.odd)
    elif None in path:
        parts.append(f"not {level.odd}")
    return f"({' and '.join(parts)})"


def _literal(key: object) -> str:
    if key is None or key is UNKNOWN:
        return "null"
    return str(key) if isinstance(key, int) else f"'{key}'"


def found_cells(cells: CellSet) -> Mapping[Coordinate, Values]:
    """Read our answer in the same terms."""
    rows, columns = _members(cells.rows), _members(cells.columns)
    values = cells.cells.drop("row", "column").rows()
    places = cells.cells.select("row", "column").rows()
    found = {(rows[row], columns[column]): value for (row, column), value in zip(places, values, strict=True)}
    assert len(found) == len(places), "two cells have one coordinate"
    return found


def _members(axis: AxisTuples) -> list[tuple[KeyPath, ...]]:
    if not axis.refs:
        return [()]
    return [
        tuple(members.path(code) for code, members in zip(codes, axis.dictionaries, strict=True) if code is not None)
        for codes in axis.tuples.select(ref.name for ref in axis.refs).rows()
    ]
