"""Formulas over one row as column expressions; what they mean stands in `cube_server.formulas.rows`.

Whole numbers are worked out with 128 bits, so that what is too large for the warehouse is a mistake and not another
number. Null spreads; what has no value, such as x / 0, is null.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from cube_server.errors import InternalError
from cube_server.formulas.comparisons import COMPARISONS
from cube_server.formulas.tree import Binary, Call, Name, Node, Number, Text, Unary, names

_Expr = pl.Expr
_QUOTE, _ESCAPE = '"', chr(92)


def expression(node: Node, schema: pl.Schema) -> pl.Expr:
    """Make the column expression of a formula.

    >>> node, _ = read_row("amount * 2", {"amount": Kind.INT})  # doctest: +SKIP
    >>> frame.select(expression(node, frame.schema))  # doctest: +SKIP

    Args:
        node: The tree, as `read_row` gives it; its names are columns of the frame.
        schema: That of the frame that the expression is used on.
    """
    return pl.col(node.name) if isinstance(node, Name) else _Expressions(schema).of(node)


@dataclass(frozen=True, slots=True)
class _Expressions:
    schema: pl.Schema

    def of(self, node: Node) -> pl.Expr:
        match node:
            case Number(value=value):
                return pl.lit(int(value), pl.Int128) if value.is_integer() else pl.lit(value)
            case Text(value=value):
                return pl.lit(value)
            case Name(name=name):
                return self._column(name)
            case Unary(operator="-", operand=operand):
                return 0 - self.of(operand)
            case Unary(operator="not", operand=operand):
                return ~self.of(operand)
            case Binary(operator=operator, left=left, right=right):
                return _OPERATORS[operator](self.of(left), self.of(right))
            case Call():
                return self._call(node)
        raise InternalError(f"No row formula {node!r}.")

    def _call(self, node: Call) -> pl.Expr:
        """Call a function; some take a text that is part of the formula and no value of a row."""
        match node:
            case Call(function="extract", arguments=(Text(value=part), moment)):
                return _parts_of(self.of(moment))[part].cast(pl.Int128)
            case Call(function="to_date", arguments=(text, Text(value=format))):
                return self.of(text).str.to_date(format)
            case Call(function="to_timestamp", arguments=(text, Text(value=format))):
                return self.of(text).str.to_datetime(format, time_unit="us")
            case Call(function="replace", arguments=(text, Text(value=old), Text(value=new))) if old:
                return self.of(text).str.replace_all(old, new, literal=True)
        given = node.arguments if node.function != "coalesce" else self._not_known_null(node.arguments)
        found = _FUNCTIONS[node.function](*map(self.of, given))
        return found if any(map(names, given)) else _worked_out(found)

    def _not_known_null(self, arguments: tuple[Node, ...]) -> tuple[Node, ...]:
        """Leave out what is null in every row, and what stands behind a value that each row has."""
        for place, argument in enumerate(arguments):
            if any(names(argument)):
                return arguments[place:]
            if pl.select(self.of(argument)).item() is not None:
                return (argument,)
        return arguments[-1:]

    def _column(self, name: str) -> pl.Expr:
        dtype = self.schema[name]
        if dtype.is_integer():
            return pl.col(name).cast(pl.Int128)
        return pl.col(name).cast(pl.Float64) if dtype.is_decimal() else pl.col(name)


def _worked_out(constant: _Expr) -> _Expr:
    """Give what names no column as one value, which Polars repeats for each row as it does what is written out."""
    value = pl.select(constant).to_series()
    return pl.lit(value.item(), value.dtype)


def _unless_zero(value: _Expr) -> _Expr:
    return pl.when(value != 0).then(value)


def _div(left: _Expr, right: _Expr) -> _Expr:
    """Divide and cut what is behind the point, towards zero, as SQL divides integers."""
    magnitude = left.abs().floordiv(_unless_zero(right).abs()).cast(pl.Int128)
    return magnitude * (_sign(left) * _sign(right))


def _sign(value: _Expr) -> _Expr:
    return value.sign().cast(pl.Int128)


def _mod(left: _Expr, right: _Expr) -> _Expr:
    """Give what a division leaves, with the sign of what is divided, as SQL does."""
    return left.abs().mod(_unless_zero(right).abs()) * left.sign()


def _round(value: _Expr, digits: _Expr | None = None) -> _Expr:
    factor = pl.lit(10.0).pow((pl.lit(0) if digits is None else digits).cast(pl.Float64))
    return (value.cast(pl.Float64) * factor).round(0, mode="half_away_from_zero") / factor


def _where(condition: _Expr, value: _Expr) -> _Expr:
    return pl.when(condition).then(value)


def _text(value: _Expr) -> _Expr:
    return value.cast(pl.String)


def _left(text: _Expr, count: _Expr) -> _Expr:
    return _substr(text, pl.lit(1), count)


def _right(text: _Expr, count: _Expr) -> _Expr:
    return _where(count.is_not_null(), text.str.tail(count.cast(pl.Int64).clip(0)))


def _substr(text: _Expr, start: _Expr, count: _Expr | None = None) -> _Expr:
    """Cut from a place counted from 1; before the first one there are no letters, which count nevertheless."""
    first = start.cast(pl.Int64).clip(1)
    # To Polars no count is all of them.
    rest = None if count is None else (start + count - first).cast(pl.Int64).clip(0)
    return _where((start if count is None else start + count).is_not_null(), text.str.slice(first - 1, rest))


def _replace(text: _Expr, old: _Expr, new: _Expr) -> _Expr:
    """Replace what differs from row to row, which Polars does not."""
    rows = pl.struct(text=text, old=old, new=new)
    return rows.map_elements(lambda row: _replaced(**row), pl.String)


def _replaced(text: str | None, old: str | None, new: str | None) -> str | None:
    if text is None or old is None or new is None:
        return None
    return text.replace(old, new) if old else text


def _position(part: _Expr, text: _Expr) -> _Expr:
    """Find where a part begins, in characters from 1; 0 where it does not occur."""
    before = text.str.split(part).list.first().str.len_chars().cast(pl.Int128)
    found = pl.when(text.str.contains(part, literal=True)).then(before + 1).otherwise(before * 0)
    return pl.when(part == "").then(text.str.len_chars().cast(pl.Int128) * 0 + 1).otherwise(found)


def _tuple(*values: _Expr) -> _Expr:
    """Write values as a JSON array: unlike other values, two tuples are the same text only if all are the same."""
    shown = [pl.coalesce(_json(value), pl.lit("null")) for value in values]
    return pl.concat_str([pl.lit("["), pl.concat_str(shown, separator=","), pl.lit("]")])


def _json(value: _Expr) -> _Expr:
    escaped = _text(value).str.replace_all(_ESCAPE, _ESCAPE * 2, literal=True)
    return pl.concat_str(
        [pl.lit(_QUOTE), escaped.str.replace_all(_QUOTE, _ESCAPE + _QUOTE, literal=True), pl.lit(_QUOTE)]
    )


def _make_date(year: _Expr, month: _Expr, day: _Expr) -> _Expr:
    """Give the date; null where the calendar has none such."""
    digits = [part.cast(pl.String).str.zfill(width) for part, width in ((year, 4), (month, 2), (day, 2))]
    return pl.concat_str(digits, separator="-").str.to_date("%Y-%m-%d", strict=False)


def _parts_of(moment: _Expr) -> Mapping[str, _Expr]:
    return {
        "year": moment.dt.year(),
        "quarter": moment.dt.quarter(),
        "month": moment.dt.month(),
        "week": moment.dt.week(),
        "day": moment.dt.day(),
        "weekday": moment.dt.weekday(),
        "hour": moment.cast(pl.Datetime("us")).dt.hour(),
        "minute": moment.cast(pl.Datetime("us")).dt.minute(),
        "second": moment.cast(pl.Datetime("us")).dt.second(),
    }


_OPERATORS: Mapping[str, Callable[[_Expr, _Expr], _Expr]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left.cast(pl.Float64) / _unless_zero(right.cast(pl.Float64)),
    **COMPARISONS,
    "and": lambda left, right: left & right,
    "or": lambda left, right: left | right,
}

_FUNCTIONS: Mapping[str, Callable[..., _Expr]] = {
    "abs": lambda value: value.abs(),
    "sign": _sign,
    "round": _round,
    "trunc": lambda value: value.cast(pl.Float64).sign() * value.cast(pl.Float64).abs().floor(),
    "floor": lambda value: value.cast(pl.Float64).floor(),
    "ceil": lambda value: value.cast(pl.Float64).ceil(),
    "div": _div,
    "mod": _mod,
    "power": lambda value, exponent: value.cast(pl.Float64).pow(exponent.cast(pl.Float64)),
    "sqrt": lambda value: _where(value >= 0, value.cast(pl.Float64).sqrt()),
    "exp": lambda value: value.cast(pl.Float64).exp(),
    "ln": lambda value: _where(value > 0, value.cast(pl.Float64).log()),
    "log10": lambda value: _where(value > 0, value.cast(pl.Float64).log10()),
    "sin": lambda value: value.cast(pl.Float64).sin(),
    "cos": lambda value: value.cast(pl.Float64).cos(),
    "tan": lambda value: value.cast(pl.Float64).tan(),
    "lower": lambda text: text.str.to_lowercase(),
    "upper": lambda text: text.str.to_uppercase(),
    "trim": lambda text: text.str.strip_chars(" "),
    "left": _left,
    "right": _right,
    "substr": _substr,
    "replace": _replace,
    "position": _position,
    "length": lambda text: text.str.len_chars().cast(pl.Int128),
    "concat": lambda *texts: pl.concat_str(texts),
    "text": _text,
    "to_number": lambda text: text.cast(pl.Float64),
    "date": lambda moment: moment.cast(pl.Date),
    "make_date": _make_date,
    "coalesce": lambda *values: pl.coalesce(*values),
    "nullif": lambda value, other: _where((value != other).fill_null(value=True), value),
    "if": lambda condition, value, other: pl.when(condition).then(value).otherwise(other),
    "is_null": lambda value: value.is_null(),
    "one_of": lambda value, *others: pl.any_horizontal(*(value == other for other in others)),
    "starts_with": lambda text, part: text.str.starts_with(part),
    "tuple": _tuple,
}
