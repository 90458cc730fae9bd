"""Facts put together before they are joined to many members: as few rows of each key that leads to them as can be.

A basket of ten lines leads to ten products, so that its lines and their pairs make a hundred rows; a window of a year
copies each fact twelve times. What is asked needs the lines only as far as their own members differ: added up before
they are joined or copied they are often one row, not ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.visitors import ExternallyTraversible

from cube_server.backends.embedded.levels import Codes
from cube_server.backends.sql.aggregates import Measured
from cube_server.backends.sql.dialects import Column
from cube_server.backends.sql.rows import Held, Rows
from cube_server.model.dimensions import Link

_Function = sa.Function[Any]
_MERGED: Mapping[str, Callable[[Column], Column]] = {
    "sum": sa.func.sum,
    "count": lambda number: sa.cast(sa.func.sum(number), sa.BigInteger),
    "min": sa.func.min,
    "max": sa.func.max,
}
"""What puts together what a function gave of parts of the rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows of facts that agree in what is grouped by, in the keys that go by, and in what is counted once.

    Attributes:
        table: A row for each.
        measured: The aggregates, over these rows joined to what has many for a key.
    """

    table: sa.FromClause
    measured: tuple[Measured, ...]


def put_together(
    rows: Rows, groups: Mapping[str, Column], keys: Mapping[str, Column], found: Sequence[Measured]
) -> Cells:
    """Put rows together.

    Args:
        rows: The facts, filtered.
        groups: What the question groups by, by label.
        keys: By what the rows are to be joined, by label: each to all that its keys lead to, each of these once.
        found: Aggregates of facts, of functions that add up.
    """
    functions = [function for part in found for function in _functions(part.column)]
    counted = [value for function in functions if (value := _counted(function)) is not None]
    added = {f"part_{place}": part for place, part in enumerate(functions) if _counted(part) is None}
    # Where nothing but the one key is counted, no two rows of a group have the same.
    is_once = len(keys) == 1 and all(value is key for key in keys.values() for value in counted)
    by = {**groups, **keys, **({} if is_once else {f"once_{place}": value for place, value in enumerate(counted)})}
    columns = (column.label(label) for label, column in {**by, **added}.items())
    select, name = rows.select(*columns).group_by(*by.values()), rows.name("cells")
    table = select.cte(name) if rows.star.dialect.has_with else select.subquery(name)
    merged: dict[ExternallyTraversible, Column] = {
        part: _MERGED[part.name](table.c[label]) for label, part in added.items()
    }
    for function in functions:
        if (value := _counted(function)) is not None:
            own = next(table.c[label] for label, other in by.items() if other is value)
            merged[function] = sa.func.count(own if is_once else own.distinct())
    return Cells(table, tuple(replace(part, column=_replaced(part.column, merged)) for part in found))


class CellRows(Rows):
    """Cells as rows: of each link that leads on they have what tells the leaf.

    Args:
        rows: The facts.
        table: The cells.
        held: The columns of the cells that tell the leaf, by link.
    """

    def __init__(self, rows: Rows, table: sa.FromClause, held: Mapping[Link, Held]) -> None:
        super().__init__(rows.star, table, lambda link: held[link].parts[0].column, rows.roles, name=rows.name)
        self._held = held

    def key(self, link: Link) -> Column:
        """Give the key of each row's member by a link; see `Rows.key`."""
        return self._held[link].parts[0].column

    def held(self, link: Link) -> Held:
        """Give what tells the leaf of each row by a link; see `Rows.held`."""
        return self._held[link]

    def reached(self, link: Link) -> Codes:
        """List the leaves that rows may have by a link; see `Rows.reached`."""
        return self._held[link].leaves


def _functions(column: Column) -> Iterator[_Function]:
    """List the functions in an aggregate that go over rows."""
    return (part for part in visitors.iterate(column) if isinstance(part, sa.Function) and part.name in _MERGED)


def _counted(function: _Function) -> Column | None:
    """Give what a function counts once; None if it is another one."""
    (value, *_), name = (*function.clauses, None), function.name
    is_once = name == "count" and isinstance(value, sa.UnaryExpression) and value.operator is operators.distinct_op
    return value.element if is_once else None


def _replaced(column: Column, others: Mapping[ExternallyTraversible, Column]) -> Column:
    """Write an aggregate with other functions in place of its own."""

    def other(element: ExternallyTraversible, **_: object) -> Column | None:
        return others.get(element)

    found: Column = visitors.replacement_traverse(column, {}, other)
    return found
