"""Does the data keep what the model says of it? Every breach is a mistake; no row is dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import polars as pl

from cube_server.errors import Issue
from cube_server.model.dimensions import Dimension, Level, Link
from cube_server.model.elements import AggregateKind, BaseMeasure, Cube
from cube_server.model.tables import Column

from .mistakes import Mistakes
from .origins import TypedTable
from .stats import magnitude

Reading = Literal["caption", "order"]

_ROW, _OTHER = "\0row", "\0other"
_LARGEST = 2**63 - 1
_ADDED_UP = (AggregateKind.SUM, AggregateKind.AVG, AggregateKind.STDDEV, AggregateKind.VARIANCE)


def check_key(rows: TypedTable, mistakes: Mistakes) -> None:
    """Check that the table's declared key is never null and never repeated."""
    key = [column.name for column in rows.table.key]
    if not key:
        return
    for name in key:
        _add(mistakes, rows, rows.frame[name].is_null().arg_true(), _null_key(name))
    _check_repeats(rows, key, mistakes)


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


def check_sums(cube: Cube, rows: TypedTable, mistakes: Mistakes) -> None:
    """Check that no measure can add up to more than a 64-bit integer holds, whatever it is asked for."""
    for measure in cube.measures:
        if isinstance(measure, BaseMeasure) and measure.aggregate in _ADDED_UP:
            column = measure.over
            if isinstance(column, Column) and rows.frame[column.name].dtype != pl.Float64:
                _check_sum(f"{rows.table.name}, column {column.name}", rows.frame[column.name], mistakes)


def _check_sum(place: str, values: pl.Series, mistakes: Mistakes) -> None:
    if (total := magnitude(values)) > _LARGEST:
        message = f"The values add up to {total:,} units of the last digit; sums overflow beyond {_LARGEST:,}."
        mistakes.add(place, message, "Declare fewer digits behind the point, or the column as float.")


def _members(dimension: Dimension) -> Iterator[tuple[Level, list[str]]]:
    """Give every level with the columns of its members' path, in every hierarchy that has it."""
    for hierarchy in (each for each in dimension.hierarchies if each.tree is None):
        for depth, level in enumerate(hierarchy.levels, 1):
            yield level, list(dict.fromkeys(above.key.name for above in hierarchy.levels[:depth]))


def _check_repeats(rows: TypedTable, key: Sequence[str], mistakes: Mistakes) -> None:
    frame = rows.frame.select(key)
    again = frame.is_duplicated() & ~frame.select(pl.any_horizontal(pl.all().is_null())).to_series()
    if not again.any():
        return
    repeats = (
        frame.with_row_index(_ROW)
        .filter(again)
        .with_columns(pl.col(_ROW).first().over(key).alias(_OTHER))
        .filter(pl.col(_ROW) != pl.col(_OTHER))
    )
    first = dict(repeats.select(_ROW, _OTHER).iter_rows())
    _add(
        mistakes,
        rows,
        repeats[_ROW],
        lambda row: f"The key {_shown(rows, key, row)} is also that of {rows.place(first[row])}.",
    )


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


def _null_key(column: str) -> Callable[[int], str]:
    return lambda _: f"The key column {column} is null."


def _shown(rows: TypedTable, columns: Sequence[str], row: int) -> str:
    values = rows.frame.select(columns).row(row, named=True)
    return ", ".join(f"{name}={value if value is None else str(value)!r}" for name, value in values.items())


def _add(mistakes: Mistakes, rows: TypedTable, found: pl.Series, told: Callable[[int], str]) -> None:
    if len(found):
        mistakes.add_alike(len(found), found, lambda row: Issue(rows.place(row), told(row)))
