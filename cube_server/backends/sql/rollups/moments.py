"""Variances: what a rollup keeps of them, and how cells are put together around the mean of all.

Chan, Golub and LeVeque, Algorithms for Computing the Sample Variance, The American Statistician 1983, equation 2.1: the
squared deviations of several samples from their common mean are those from each one's own, and for each sample as many
times as it has values the squared distance of its mean.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from cube_server.backends.sql.aggregates import DISPERSIONS, Measured
from cube_server.backends.sql.dialects import Column, Selection
from cube_server.backends.sql.rows import Rows
from cube_server.model.elements import AggregateKind
from cube_server.model.tables import Column as FactColumn
from cube_server.plan.nodes import Aggregate
from cube_server.types import DataType, Kind

_FLOAT = DataType(Kind.FLOAT)


def scatter(column: FactColumn, rows: Rows) -> Measured:
    """Write the squared deviations of a cell's values from their mean, added up."""
    value = rows.base.c[column.name]
    variance = rows.star.dialect.variance(sa.cast(value, sa.Double))
    return Measured(sa.func.coalesce(variance * (sa.func.count(value) - 1), 0.0), _FLOAT)


def is_merged(aggregate: Aggregate) -> bool:
    """Tell whether an aggregate of a rollup's cells is one whose parts are put together here."""
    return aggregate.kind in DISPERSIONS and isinstance(aggregate.over, str)


def in_units(total: Column, type_: DataType, scale: int | None) -> Column:
    """Give a sum in units of its last digit, so that cells whose values are all the same have the very same mean."""
    number = sa.cast(total, sa.Double)
    is_scaled = scale is None and type_.kind is Kind.DECIMAL and type_.scale
    return sa.func.round(number * 10.0**type_.scale) if is_scaled else number


def around_mean(
    rows: Rows, groups: Mapping[str, Column], number: Column, total: Column, squares: Column, unit: float
) -> Selection:
    """Give cells with the distance of each one's mean from that of its group.

    Args:
        rows: The cells, filtered.
        groups: What they are grouped by.
        number: How many values a cell has.
        total: What they add up to, in units.
        squares: Their squared deviations from their own mean.
        unit: How many units are one.
    """
    by = list(groups.values())
    mean = sa.func.sum(total).over(partition_by=by) / sa.func.sum(number).over(partition_by=by)
    distance = (total / sa.func.nullif(number, 0) - mean) / unit
    labelled = (column.label(label) for label, column in groups.items())
    return rows.select(*labelled, number.label("number"), squares.label("squares"), distance.label("distance"))


def merged(aggregate: Aggregate, cells: sa.FromClause) -> Measured:
    """Write the variance or deviation of a sample over cells around their mean; null for fewer than two values."""
    number, distance = cells.c.number, cells.c.distance
    squares = sa.func.sum(cells.c.squares) + sa.func.coalesce(sa.func.sum(number * distance * distance), 0.0)
    count = sa.func.sum(number)
    variance = sa.case((count > 1, squares / sa.func.nullif(count - 1, 0)))
    is_variance = aggregate.kind is AggregateKind.VARIANCE
    return Measured(variance if is_variance else sa.func.sqrt(variance), _FLOAT)
