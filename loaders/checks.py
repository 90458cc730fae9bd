"""Does the data keep what the model says of it? Every breach is a mistake; no row is dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

import polars as pl

from cube_server.errors import Issue
from cube_server.model.dimensions import Dimension, Level, Link
from cube_server.model.elements import AggregateKind, BaseMeasure, Cube
from cube_server.model.tables import Column
from cube_server.warehouse.manifest import ColumnStats

from .mistakes import Mistakes
from .origins import TypedTable

Reading = Literal["caption", "order"]

_ROW, _OTHER = "\0row", "\0other"
_LARGEST = 2**63 - 1
_ADDED_UP = (AggregateKind.SUM, AggregateKind.AVG, AggregateKind.STDDEV, AggregateKind.VARIANCE)


def check_dimension(dimension: Dimension, rows: TypedTable, mistakes: Mistakes) -> None:
    """Check the levels of a dimension.

    A level declared unique has one parent path for each key. Captions and order columns depend on the member:
    on its path in a hierarchy, on the key of an attribute.
    """
    for level, path in _members(dimension):
        above = [column for column in path if column != level.key.name]
        if level.unique and above:
            told = f"{dimension.name}.{level.name} is declared unique, but one key of it has two parents"
            _check_one(rows, [level.key.name], above, told, mistakes)
    for level, path, reading, column in readings(dimension):
        told = f"One member of {dimension.name}.{level.name} has two values of its {reading}"
        _check_one(rows, path, [column.name], told, mistakes)


def readings(dimension: Dimension) -> Iterator[tuple[Level, list[str], Reading, Column]]:
    """Give every caption and order that depends on the member: level, the member's path, which of them, its column."""
    for level, path in _members(dimension):
        declared: tuple[tuple[Reading, Column | None], ...] = (("caption", level.caption), ("order", level.order))
        for reading, column in declared:
            if column is not None and column.name not in path:
                yield level, path, reading, column


def check_link(link: Link, rows: TypedTable, mistakes: Mistakes) -> None:
    """Check that the key of a level above the leaves tells the attributes that can be asked through the link."""
    if link.level is None:
        return
    key = link.level.key.name
    for hierarchy in link.hierarchies:
        attribute = hierarchy.levels[0]
        if hierarchy.is_attribute and attribute.key.name != key:
            told = f"Facts know {link.name} by {link.level.name}, but one has two values of {attribute.name}"
            _check_one(rows, [key], [attribute.key.name], told, mistakes)


def check_sums(cube: Cube, columns: Mapping[str, ColumnStats], mistakes: Mistakes) -> None:
    """Check that no measure can add up to more than a 64-bit integer holds, whatever it is asked for.

    Args:
        cube: The cube.
        columns: The stored columns of its facts.
        mistakes: Takes the columns that could overflow.
    """
    for measure in cube.measures:
        if isinstance(measure, BaseMeasure) and measure.aggregate in _ADDED_UP and isinstance(measure.over, Column):
            column = measure.over.name
            total = columns[column].magnitude or 0
            if total > _LARGEST:
                message = f"The values add up to {total:,} units of the last digit; sums overflow beyond {_LARGEST:,}."
                hint = "Declare fewer digits behind the point, or the column as float."
                mistakes.add(f"{cube.table.name}, column {column}", message, hint)


def _members(dimension: Dimension) -> Iterator[tuple[Level, list[str]]]:
    """Give every level with the columns of its members' path, in every hierarchy that has it."""
    for hierarchy in (each for each in dimension.hierarchies if each.tree is None):
        for depth, level in enumerate(hierarchy.levels, 1):
            yield level, list(dict.fromkeys(above.key.name for above in hierarchy.levels[:depth]))


def _check_one(rows: TypedTable, member: Sequence[str], values: Sequence[str], fault: str, mistakes: Mistakes) -> None:
    """Check that equal `member` columns come with equal `values` columns."""
    variants = rows.frame.with_row_index(_ROW).unique([*member, *values], keep="first", maintain_order=True)
    clashes = (
        variants.with_columns(pl.col(_ROW).first().over(member).alias(_OTHER))
        .filter(pl.col(_ROW) != pl.col(_OTHER))
        .select(_ROW, _OTHER)
    )
    first = dict(clashes.iter_rows())

    def told(row: int) -> str:
        here, there = (_shown(rows, values, at) for at in (row, first[row]))
        whose = _shown(rows, member, row)
        return f"{fault}: {whose} has {here} here, and {there} in {rows.place(first[row])}."

    _add(mistakes, rows, clashes[_ROW], told)


def _shown(rows: TypedTable, columns: Sequence[str], row: int) -> str:
    values = rows.frame.select(columns).row(row, named=True)
    return ", ".join(f"{name}={value if value is None else str(value)!r}" for name, value in values.items())


def _add(mistakes: Mistakes, rows: TypedTable, found: pl.Series, told: Callable[[int], str]) -> None:
    if len(found):
        mistakes.add_alike(len(found), found, lambda row: Issue(rows.place(row), told(row)))
