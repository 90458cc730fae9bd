"""What two places say of the same cells, as one: each aggregate by the parts that add up.

A sum is the sum of sums, a mean is made of sum and count, a variance of count, mean and variance (Chan, Golub and
LeVeque, Algorithms for computing the sample variance, 1983). Decimals are added up as whole numbers, and rounded once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from cube_server.backends.embedded.rows import Numbers
from cube_server.errors import CapabilityError, LimitError
from cube_server.model.elements import AggregateKind, Take
from cube_server.plan.nodes import Aggregate

_K = AggregateKind
_PARTS: Mapping[AggregateKind, tuple[AggregateKind, ...]] = {
    _K.SUM: (_K.SUM,),
    _K.COUNT: (_K.COUNT,),
    _K.MIN: (_K.MIN,),
    _K.MAX: (_K.MAX,),
    _K.AVG: (_K.SUM, _K.COUNT),
    _K.VARIANCE: (_K.COUNT, _K.AVG, _K.VARIANCE),
    _K.STDDEV: (_K.COUNT, _K.AVG, _K.VARIANCE),
}
ALL = "\0all"
"""A column that is the same in every row: what has no levels is grouped by it alone."""
_MOST = 1 << 62
"""Whole numbers beyond could overflow when two of them are added."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The relation of one place: a frame of member codes and of its aggregates, and these aggregates' scales."""

    frame: pl.DataFrame
    scales: Mapping[str, int | None]


def parts_of(aggregate: Aggregate) -> tuple[Aggregate, ...]:
    """Give what each place has to compute of an aggregate.

    Raises:
        CapabilityError: It cannot be told from what the places compute.
    """
    if aggregate.rule is not None:
        _check_rule(aggregate)
        return (aggregate,)
    return tuple(replace(aggregate, name=f"{aggregate.name}\0{kind}", kind=kind) for kind in _PARTS[aggregate.kind])


def _check_rule(aggregate: Aggregate) -> None:
    rule = aggregate.rule
    assert rule is not None
    if rule.take in (Take.FIRST, Take.LAST):
        return
    if rule.take is Take.AVERAGE and not rule.present and aggregate.kind is _K.SUM:
        return
    if rule.take in (Take.FIRST_NONEMPTY, Take.LAST_NONEMPTY) and not rule.items:
        return
    problem = f"The measure goes by days ({rule.take}), and each item's days lie in both places."
    raise CapabilityError(problem, hint="Cut the question to a time that lies in one place.")


def merged(aggregates: Sequence[Aggregate], names: Sequence[str], here: Side, there: Side) -> pl.DataFrame:
    """Unite the relations of two places.

    Args:
        aggregates: What is asked.
        names: The columns of member codes.
        here: What the warehouse says of the parts.
        there: What the database does.

    Returns:
        The codes, the aggregates as people read them, and ALL.
    """
    parts = [part.name for aggregate in aggregates for part in parts_of(aggregate)]
    (first, second), scales = _alike(here, there, parts)
    rows = pl.concat([first.with_columns(side=pl.lit(0)), second.with_columns(side=pl.lit(1))], how="diagonal")
    return rows.group_by(ALL, *names).agg(*(_united(aggregate, scales) for aggregate in aggregates))


def _united(aggregate: Aggregate, scales: Mapping[str, int | None]) -> pl.Expr:
    columns = [pl.col(part.name) for part in parts_of(aggregate)]
    scale = scales[parts_of(aggregate)[0].name]
    if aggregate.rule is not None and aggregate.rule.take in (Take.FIRST_NONEMPTY, Take.LAST_NONEMPTY):
        # What lies here is later than all that lies there.
        side = pl.col("side").filter(columns[0].is_not_null())
        place = side.arg_max() if aggregate.rule.take is Take.FIRST_NONEMPTY else side.arg_min()
        value = columns[0].drop_nulls().get(place, null_on_oob=True)
        return _read(value, scale).alias(aggregate.name)
    match aggregate.kind:
        case _K.MIN:
            value = _read(columns[0].min(), scale)
        case _K.MAX:
            value = _read(columns[0].max(), scale)
        case _K.AVG if aggregate.rule is None:
            value = _read(_sum(columns[0]), scale, whole=False) / columns[1].sum()
        case _K.VARIANCE | _K.STDDEV if aggregate.rule is None:
            value = _variance(*columns)
            value = value.sqrt() if aggregate.kind is _K.STDDEV else value
        case _:
            value = _read(_sum(columns[0]), scale)
    return value.alias(aggregate.name)


def _sum(column: pl.Expr) -> pl.Expr:
    """Add up; the sum of nothing is null."""
    total: pl.Expr = pl.when(column.is_not_null().any()).then(column.sum())
    return total


def _variance(count: pl.Expr, mean: pl.Expr, variance: pl.Expr) -> pl.Expr:
    total = count.sum()
    center = (count * mean).sum() / total
    scatter = ((count - 1) * variance.fill_null(0.0)).filter(count > 1).sum() + (count * (mean - center) ** 2).sum()
    found: pl.Expr = pl.when(total > 1).then(scatter / (total - 1))
    return found


def _read(value: pl.Expr, scale: int | None, *, whole: bool = True) -> pl.Expr:
    """Turn whole numbers in units of the last digit into what people read."""
    if scale == 0 and whole:
        return value
    return value.cast(pl.Float64) / 10.0 ** (scale or 0)


def _alike(
    here: Side, there: Side, parts: Sequence[str]
) -> tuple[tuple[pl.DataFrame, pl.DataFrame], Mapping[str, int | None]]:
    """Bring the numbers of both places to one scale: whole where both are, else floats."""
    frames, scales = [here.frame, there.frame], {}
    for name in parts:
        whole = all(side.scales[name] is not None for side in (here, there) if side.frame.height)
        scale = max(side.scales[name] or 0 for side in (here, there)) if whole else None
        for place, side in enumerate((here, there)):
            frames[place] = frames[place].with_columns(_scaled(name, side.scales[name], scale))
            if whole and (frames[place][name].abs() > _MOST).any():
                raise LimitError("A sum may not fit into 64 bits.", hint="Measure in greater units.")
        scales[name] = scale
    return (frames[0], frames[1]), scales


def _scaled(name: str, own: int | None, wanted: int | None) -> pl.Expr:
    column = pl.col(name)
    if wanted is None:
        return column.cast(pl.Float64) / 10.0 ** (own or 0)
    whole: pl.Expr = column.round().cast(pl.Int64) * 10 ** (wanted - (own or 0))
    return whole


def series(numbers: Numbers) -> pl.Series:
    """Give numbers as they are, null where there is none."""
    found = pl.Series(np.asarray(numbers.values))
    return found if numbers.valid is None else found.set(pl.Series(~numbers.valid), None)
