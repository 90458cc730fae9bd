"""The functions of row formulas, each written so that databases agree on what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from cube_server.backends.sql.dialects import Column, Dialect
from cube_server.types import DataType, Kind

Written = Callable[..., Column]
"""Writes a function: the dialect, then the arguments."""

_QUOTE, _ESCAPE = '"', chr(92)
_BY_FORMAT = frozenset({"to_date", "to_timestamp"})

UNTOLD: Mapping[str, frozenset[str]] = dict.fromkeys(("postgresql", "clickhouse", "trino"), _BY_FORMAT)
"""By database the functions that cannot be said there: formats of dates are written in other letters."""

_CLICKHOUSE_PARTS = {
    "year": "toYear",
    "quarter": "toQuarter",
    "month": "toMonth",
    "week": "toISOWeek",
    "day": "toDayOfMonth",
    "weekday": "toDayOfWeek",
    "hour": "toHour",
    "minute": "toMinute",
    "second": "toSecond",
}
_IN_CHARACTERS = {
    "length": "lengthUTF8",
    "lower": "lowerUTF8",
    "upper": "upperUTF8",
    "substr": "substringUTF8",
}


def case_when(condition: Column, value: Column, other: Column) -> Column:
    """Give one value where a condition holds, else another."""
    return sa.case((condition, value), else_=other)


def quotient(left: Column, right: Column) -> Column:
    """Divide numbers; null where the divisor is zero."""
    return sa.cast(left, sa.Double) / _unless_zero(sa.cast(right, sa.Double))


def _unless_zero(value: Column) -> Column:
    # Of no type that is told, a divisor would be cast to NUMERIC, which has three digits in DuckDB.
    return sa.func.nullif(value, 0.0, type_=sa.Double())


def text_of(value: Column, kind: Kind, dialect: Dialect) -> Column | None:
    """Write a value as a text; None for kinds that databases write in their own ways."""
    if kind is Kind.TEXT:
        return value
    if kind is Kind.BOOL:
        return sa.case((value, sa.literal("true", sa.String)), (sa.not_(value), sa.literal("false", sa.String)))
    if kind is Kind.INT:
        return _function(dialect, "toString", value) if dialect.name == "clickhouse" else sa.cast(value, sa.String)
    if kind is not Kind.DATE:
        return None
    if dialect.name == "postgresql":
        return sa.func.to_char(value, sa.literal("YYYY-MM-DD", sa.String), type_=sa.String())
    if dialect.name == "clickhouse":
        return _function(dialect, "toString", value)
    return sa.type_coerce(value, sa.String) if dialect.name == "sqlite" else sa.cast(value, sa.String)


def calendar_part(part: str, moment: Column, dialect: Dialect) -> Column:
    """Give a part of a date or timestamp as a whole number; weeks are ISO's, Monday is 1."""
    if dialect.name == "sqlite":
        return sa.func.cube_extract(sa.literal(part, sa.String), moment, type_=sa.BigInteger())
    if dialect.name == "clickhouse":
        return _whole(getattr(sa.func, _CLICKHOUSE_PARTS[part])(moment), dialect)
    if dialect.name == "trino":
        return _whole(getattr(sa.func, "day_of_week" if part == "weekday" else part)(moment), dialect)
    if part in ("hour", "minute", "second"):
        moment = sa.cast(moment, sa.DateTime)
    found = sa.extract("isodow" if part == "weekday" else part, moment)
    return _whole(sa.func.floor(found) if part == "second" else found, dialect)


def _whole(value: Column, dialect: Dialect) -> Column:
    return sa.cast(value, dialect.type(DataType(Kind.INT)))


def _function(dialect: Dialect, name: str, *arguments: Column) -> Column:
    """Call a function on texts that counts characters, whatever the database calls it."""
    own = _IN_CHARACTERS.get(name, name) if dialect.name == "clickhouse" else name
    found: Column = getattr(sa.func, own)(*arguments, type_=sa.BigInteger() if name == "length" else sa.String())
    return found


def _float(value: Column) -> Column:
    return sa.cast(value, sa.Double)


def _double(name: str, *values: Column) -> Column:
    found: Column = getattr(sa.func, name)(*values, type_=sa.Double())
    return found


def _sign(value: Column) -> Column:
    return sa.cast(sa.func.sign(value), sa.BigInteger)


def _of_floats(name: str) -> Written:
    return lambda _, *values: getattr(sa.func, name)(*map(_float, values), type_=sa.Double())


def _where_positive(name: str, *, or_zero: bool = False) -> Written:
    def written(_: Dialect, value: Column) -> Column:
        return sa.case((value >= 0 if or_zero else value > 0, getattr(sa.func, name)(_float(value), type_=sa.Double())))

    return written


def _trunc(_: Dialect, value: Column) -> Column:
    return _sign(value) * _double("floor", _double("abs", _float(value)))


def _round(_: Dialect, value: Column, digits: Column | None = None) -> Column:
    """Round halves away from zero."""
    power = sa.literal(0.0, sa.Double) if digits is None else _float(digits)
    factor = _double("power", sa.literal(10.0, sa.Double), power)
    scaled = _double("abs", _float(value)) * factor
    whole = _double("floor", scaled)
    return _sign(value) * (whole + sa.case((scaled - whole >= 0.5, 1.0), else_=0.0)) / factor


def _parts(dialect: Dialect, left: Column, right: Column, operator: str) -> Column:
    """Divide whole numbers without their signs."""
    sizes: tuple[Column, Column]
    sizes = sa.func.abs(left, type_=sa.BigInteger()), sa.func.nullif(sa.func.abs(right), 0, type_=sa.BigInteger())
    if operator == "/" and dialect.name == "clickhouse":
        return sa.func.intDiv(*sizes, type_=sa.BigInteger())
    if operator == "/" and dialect.name == "trino":
        # Without what is left over no division is wrong, in whatever numbers it is made.
        sizes = sa.cast(sizes[0] - _parts(dialect, left, right, "%"), sa.BigInteger), sizes[1]
    own = "//" if operator == "/" and dialect.name == "duckdb" else operator
    return sizes[0].op(own, return_type=sa.BigInteger())(sizes[1])


def _div(dialect: Dialect, left: Column, right: Column) -> Column:
    return _whole(_parts(dialect, left, right, "/") * _sign(left) * _sign(right), dialect)


def _mod(dialect: Dialect, left: Column, right: Column) -> Column:
    return _whole(_parts(dialect, left, right, "%") * _sign(left), dialect)


def _div_of_floats(dialect: Dialect, left: Column, right: Column) -> Column:
    size = _double("floor", _double("abs", quotient(left, right)))
    return dialect.converted(size * _sign(left) * _sign(right), DataType(Kind.INT))


def _mod_of_floats(_: Dialect, left: Column, right: Column) -> Column:
    size, by = _double("abs", _float(left)), _double("abs", _float(right))
    whole = _double("floor", size / _unless_zero(by))
    return (size - whole * by) * _sign(left)


def _substr(dialect: Dialect, text: Column, start: Column, count: Column | None = None) -> Column:
    """Cut from a place counted from 1; before the first one there are no letters, which count nevertheless."""
    first = _at_least(1, start)
    rest = () if count is None else (_integer(_at_least(0, count if first is start else count + start - first)),)
    return _function(dialect, "substr", text, _integer(first), *rest)


def _at_least(least: int, number: Column) -> Column:
    """Raise numbers to the least one: below it every database has its own meaning of a place."""
    if isinstance(number, sa.BindParameter) and number.value is not None and number.value >= least:
        return number
    return sa.case((number < least, least), else_=number)


def _integer(value: Column) -> Column:
    return sa.cast(value, sa.Integer)


def _left(dialect: Dialect, text: Column, count: Column) -> Column:
    return _substr(dialect, text, sa.literal(1, sa.Integer), count)


def _right(dialect: Dialect, text: Column, count: Column) -> Column:
    length = _function(dialect, "length", text)
    return sa.case((count >= length, text), else_=_substr(dialect, text, length - count + 1))


def _trim(dialect: Dialect, text: Column) -> Column:
    """Take spaces off both ends; Trino's own trim takes tabs and ends of lines, too."""
    if dialect.name == "trino":
        return sa.func.regexp_replace(text, *_texts("^ +| +$", ""), type_=sa.String())
    return _function(dialect, "trim", text)


def _replace(dialect: Dialect, text: Column, old: Column, new: Column) -> Column:
    found = _function(dialect, "replace", text, old, new)
    if dialect.name not in ("sqlite", "trino"):
        return found
    # Where nothing is to be replaced, SQLite overlooks a null, and Trino puts the new text everywhere.
    return sa.case((sa.and_(new.is_not(None), old != ""), found), (sa.and_(new.is_not(None), old == ""), text))


def _position(dialect: Dialect, part: Column, text: Column) -> Column:
    if dialect.name == "clickhouse":
        return _whole(sa.func.positionUTF8(text, part), dialect)
    function = sa.func.strpos if dialect.name in ("postgresql", "trino") else sa.func.instr
    return function(text, part, type_=sa.BigInteger())


def _concat(dialect: Dialect, *texts: Column) -> Column:
    if dialect.name == "clickhouse":
        return sa.func.concat(*texts, type_=sa.String())
    first, *others = texts
    for other in others:
        first = first.concat(other)
    return first


def _tuple(dialect: Dialect, *texts: Column) -> Column:
    """Write values as a JSON array: two tuples are the same text only if all values are the same."""
    comma, quote = _texts(",", _QUOTE)
    parts: list[Column] = []
    for text in texts:
        once = _function(dialect, "replace", text, *_texts(_ESCAPE, _ESCAPE * 2))
        escaped = _function(dialect, "replace", once, *_texts(_QUOTE, _ESCAPE + _QUOTE))
        shown = _concat(dialect, quote, escaped, quote)
        parts += [*((comma,) if parts else ()), sa.func.coalesce(shown, sa.literal("null", sa.String))]
    return _concat(dialect, sa.literal("[", sa.String), *parts, sa.literal("]", sa.String))


def _texts(*values: str) -> list[Column]:
    return [sa.literal(value, sa.String) for value in values]


def _make_date(dialect: Dialect, year: Column, month: Column, day: Column) -> Column:
    """Give the date; null where the calendar has none such."""
    leaps = sa.and_(year % 4 == 0, sa.or_(year % 100 != 0, year % 400 == 0))
    february = sa.case((leaps, 29), else_=28)
    last = sa.case((month.in_((4, 6, 9, 11)), 30), (month == 2, february), else_=31)
    exists = sa.and_(year.between(1, 9999), month.between(1, 12), day >= 1, day <= last)
    if dialect.name == "trino":
        return sa.case((exists, _counted_from(year, month, day)))
    name = {"clickhouse": "makeDate32", "sqlite": "cube_date"}.get(dialect.name, "make_date")
    # ClickHouse works both branches out; what is no date is null in either.
    return sa.case((exists, getattr(sa.func, name)(*map(_integer, (year, month, day)), type_=sa.Date())))


def _counted_from(year: Column, month: Column, day: Column) -> Column:
    """Give a date as so many years, months and days after one that is known; Trino makes none of its parts."""
    found: Column = sa.cast(sa.literal("2000-01-01", sa.String), sa.Date)
    for unit, count in (("year", year - 2000), ("month", month - 1), ("day", day - 1)):
        found = sa.func.date_add(sa.literal(unit, sa.String), count, found, type_=sa.Date())
    return sa.cast(found, sa.Date)


def _date(dialect: Dialect, moment: Column) -> Column:
    if dialect.name == "sqlite":
        return sa.func.substr(moment, 1, 10, type_=sa.Date())
    return sa.cast(moment, dialect.type(DataType(Kind.DATE)))


def _by_format(name: str) -> Written:
    def written(dialect: Dialect, text: Column, form: Column) -> Column:
        if dialect.name == "sqlite":
            found: Column = getattr(sa.func, f"cube_{name}")(text, form)
            return found
        moment = sa.func.strptime(text, form, type_=sa.DateTime())
        return sa.cast(moment, sa.Date) if name == "to_date" else moment

    return written


def _to_number(dialect: Dialect, text: Column) -> Column:
    if dialect.name == "sqlite":
        return sa.func.cube_number(text, type_=sa.Double())
    return _float(text)


def _starts_with(dialect: Dialect, text: Column, part: Column) -> Column:
    return _left(dialect, text, _function(dialect, "length", part)) == part


FUNCTIONS: Mapping[str, Written] = {
    "abs": lambda _, value: sa.func.abs(value, type_=value.type),
    "sign": lambda dialect, value: _whole(_sign(value), dialect),
    "round": _round,
    "trunc": _trunc,
    "floor": _of_floats("floor"),
    "ceil": _of_floats("ceil"),
    "div": _div,
    "div_of_floats": _div_of_floats,
    "mod": _mod,
    "mod_of_floats": _mod_of_floats,
    "power": _of_floats("power"),
    "sqrt": _where_positive("sqrt", or_zero=True),
    "exp": _of_floats("exp"),
    "ln": _where_positive("ln"),
    "log10": _where_positive("log10"),
    "sin": _of_floats("sin"),
    "cos": _of_floats("cos"),
    "tan": _of_floats("tan"),
    "lower": lambda dialect, text: _function(dialect, "lower", text),
    "upper": lambda dialect, text: _function(dialect, "upper", text),
    "trim": _trim,
    "left": _left,
    "right": _right,
    "substr": _substr,
    "replace": _replace,
    "position": _position,
    "length": lambda dialect, text: _whole(_function(dialect, "length", text), dialect),
    "concat": _concat,
    "to_number": _to_number,
    "date": _date,
    "to_date": _by_format("to_date"),
    "to_timestamp": _by_format("to_timestamp"),
    "make_date": _make_date,
    "coalesce": lambda _, *values: sa.func.coalesce(*values),
    "nullif": lambda _, value, other: sa.func.nullif(value, other, type_=value.type),
    "is_null": lambda _, value: value.is_(None),
    "one_of": lambda _, value, *others: sa.or_(*(value == other for other in others)),
    "starts_with": _starts_with,
    "tuple": _tuple,
}
