"""Formula trees to column expressions.

Null spreads: an operation on null is null. What has no value is null, never an error and never zero: x / 0, 0 / 0.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce

import polars as pl

from cube_server.errors import InternalError
from cube_server.formulas.comparisons import COMPARISONS
from cube_server.formulas.tree import Binary, Call, Name, Node, Number, Text, Unary

_EXACT = 2.0**53
"""Below it every whole Float64 is that very integer."""

_SUMS: dict[str, Callable[[pl.Series, pl.Series], pl.Series]] = {"+": operator.add, "-": operator.sub}

_OPERATORS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": operator.add,
    "-": operator.sub,
    # Products of counts may pass what an integer holds, and would wrap around.
    "*": lambda left, right: left.cast(pl.Float64) * right.cast(pl.Float64),
    **COMPARISONS,
    "and": lambda left, right: left & right,
    "or": lambda left, right: left | right,
}


def expression(node: Node) -> pl.Expr:
    """Make the column expression of a formula.

    Args:
        node: The tree; its names are columns of the frame that the expression is used on.

    Returns:
        A number (Int64 or Float64) or a condition (Boolean), null where an operand is.
    """
    match node:
        case Number(value=value):
            return pl.lit(int(value) if value.is_integer() and abs(value) < _EXACT else value)
        case Text(value=value):
            return pl.lit(value)
        case Name(name=name):
            return pl.col(name)
        case Unary(operator="-", operand=operand):
            return -expression(operand)
        case Unary(operator="not", operand=operand):
            return ~expression(operand)
        case Binary(operator="/", left=left, right=right):
            return _divide(expression(left), expression(right))
        case Binary(operator=operator, left=left, right=right):
            return _OPERATORS[operator](expression(left), expression(right))
        case Call(function="round", arguments=arguments):
            return _rounded(*arguments)
        case Call(function=function, arguments=arguments):
            return _FUNCTIONS[function](*map(expression, arguments))
    raise InternalError(f"No formula {node!r}.")


def is_sum(node: Node) -> bool:
    """Tell whether a formula does nothing but add and subtract columns."""
    return isinstance(node, Name) or (
        isinstance(node, Binary) and node.operator in _SUMS and is_sum(node.left) and is_sum(node.right)
    )


def added_up(node: Node, frame: pl.DataFrame) -> pl.Series:
    """Work such a formula out: the values of its expression, without the lazy query that Polars makes for one.

    Args:
        node: The tree; see `is_sum`.
        frame: Has its columns (Int64 or Float64).

    Returns:
        A value for each row, null where an operand is.
    """
    if isinstance(node, Name):
        return frame[node.name]
    assert isinstance(node, Binary)
    return _SUMS[node.operator](added_up(node.left, frame), added_up(node.right, frame))


def is_true(node: Node) -> pl.Expr:
    """Make the expression of a condition that counts as false where it is null."""
    return expression(node).fill_null(value=False)


def _divide(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    # A divisor that is one number for all rows would be multiplied by its reciprocal, which rounds twice.
    divisor = pl.when(left.is_not_null() & (right != 0)).then(right)
    return left / divisor


def _whole_quotient(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Divide and cut what is behind the point, towards zero; of whole numbers exactly."""
    quotient = left.abs() // pl.when(right != 0).then(right.abs())
    return quotient * (left.sign() * right.sign())


def _choose(condition: pl.Expr, then: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
    """A condition that is null chooses `otherwise`, as in SQL's case."""
    return pl.when(condition).then(then).otherwise(otherwise)


def _rounded(value: Node, digits: Node = Number(0.0)) -> pl.Expr:  # noqa: B008 - a frozen value
    assert isinstance(digits, Number)
    return expression(value).cast(pl.Float64).round(int(digits.value), mode="half_away_from_zero")


_FUNCTIONS: dict[str, Callable[..., pl.Expr]] = {
    "abs": lambda value: value.abs(),
    "coalesce": lambda *values: reduce(lambda first, rest: pl.coalesce(first, rest), values),
    "div": _whole_quotient,
    "if": _choose,
}
