"""From the source's types to the model's. A value either converts without changing, or is a mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

import polars as pl

from cube_server.errors import Issue
from cube_server.types import DataType, Kind

DECIMAL_DIGITS = 18
"""All digits that a decimal may have: what a scaled 64-bit integer holds."""

DECIMAL_TOLERANCE = 1e-6
"""How far, in units of a decimal's last digit, a float may be off the decimal it stands for."""

_EXACT_FLOAT = 2**53
"""Up to here every whole number is a float."""

_FORMS: Mapping[Kind, str] = {
    Kind.INT: "An int is written 42.",
    Kind.FLOAT: "A float is a finite number, written 1.5 or 2e-3.",
    Kind.DECIMAL: "A decimal is written 12.34, with at most 18 digits in all.",
    Kind.TEXT: "Text is converted from text, whole numbers and times of day only.",
    Kind.BOOL: "A bool is true or false, 1 or 0, yes or no.",
    Kind.DATE: "A date is written 2017-12-31.",
    Kind.TIMESTAMP: "A timestamp is written 2017-12-31 23:59:59, to the microsecond, without a time zone.",
}


def polars_type(type_: DataType) -> pl.DataType:
    """Give the dtype in which the warehouse stores a type."""
    if type_.kind is Kind.DECIMAL:
        return pl.Decimal(DECIMAL_DIGITS, type_.scale)
    return _POLARS_TYPES[type_.kind]


def convert_series(series: pl.Series, type_: DataType) -> pl.Series:
    """Convert values to a type; a value that would change becomes null.

    >>> convert_series(pl.Series(["1.50", "1.234"]), DataType.parse("decimal(2)")).to_list()
    [Decimal('1.50'), None]
    """
    if series.dtype == pl.Object:
        return _mixed(series, type_)
    converter = _CONVERTERS[type_.kind].get(_family(series.dtype), _nothing)
    return converter(series, type_).cast(polars_type(type_)).alias(series.name)


def unconverted(place: str, value: object, type_: DataType) -> Issue:
    """Describe a value that does not convert to a type."""
    text = repr(str(value) if isinstance(value, Decimal) else value)
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return Issue(place, f"{shown} is not of type {type_}{_why(value, type_)}.", _FORMS[type_.kind])


def _why(value: object, type_: DataType) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return ": it has a time zone, so convert it to local time first"
    if type_.kind is not Kind.DECIMAL:
        return ""
    try:
        digits = Decimal(str(value))
    except InvalidOperation:
        return ""
    if digits.is_finite() and digits != round(digits, type_.scale):
        return f": it has more than {type_.scale} digits behind the point"
    return ""


def _family(dtype: pl.DataType) -> str:
    """Sort the source's dtypes into those that convert alike."""
    if isinstance(dtype, pl.Datetime):
        return "timestamp" if dtype.time_zone is None else "instant"
    return "int" if dtype.is_integer() else _FAMILIES.get(dtype.base_type(), "other")


def _mixed(series: pl.Series, type_: DataType) -> pl.Series:
    """Convert each value by its own type: SQLite's columns may hold anything."""
    values = series.to_list()
    result = pl.repeat(None, len(values), dtype=polars_type(type_), eager=True).alias(series.name)
    for kind in dict.fromkeys(type(value) for value in values if value is not None):
        rows = [row for row, value in enumerate(values) if type(value) is kind]
        alike = pl.Series([values[row] for row in rows])
        if alike.dtype != pl.Object:
            result.scatter(rows, convert_series(alike, type_))
    return result


_Converter = Callable[[pl.Series, DataType], pl.Series]


def _nothing(series: pl.Series, type_: DataType) -> pl.Series:
    return pl.repeat(None, len(series), dtype=polars_type(type_), eager=True)


def _same(series: pl.Series, _: DataType) -> pl.Series:
    return series


def _cast(series: pl.Series, type_: DataType) -> pl.Series:
    """For casts that make null of what does not fit, and change nothing else."""
    return series.cast(polars_type(type_), strict=False)


def _where(series: pl.Series, valid: pl.Series) -> pl.Series:
    """Keep the valid values, null the others."""
    return series.set(~valid.fill_null(False), None)


def _text_like(pattern: str) -> _Converter:
    return lambda series, type_: _cast(_where(series, series.str.contains(pattern)), type_)


def _float_from_text(series: pl.Series, type_: DataType) -> pl.Series:
    return _finite(_cast(series, type_), type_)


def _finite(series: pl.Series, _: DataType) -> pl.Series:
    return _where(series, series.is_finite())


def _float_from_int(series: pl.Series, type_: DataType) -> pl.Series:
    return _cast(_where(series, series.is_between(-_EXACT_FLOAT, _EXACT_FLOAT)), type_)


def _int_from_float(series: pl.Series, type_: DataType) -> pl.Series:
    whole = (series == series.round()) & (series.abs() <= _EXACT_FLOAT)
    return _cast(_where(series, whole), type_)


def _exact(series: pl.Series, type_: DataType) -> pl.Series:
    """From a decimal: cast, and keep what casts back to the same."""
    result = _cast(series, type_)
    return _where(result, result.cast(series.dtype, strict=False) == series)


def _decimal_from_text(series: pl.Series, type_: DataType) -> pl.Series:
    before, behind = DECIMAL_DIGITS - type_.scale, type_.scale
    fits = series.str.contains(rf"^[+-]?0*[0-9]{{0,{before}}}(\.[0-9]{{0,{behind}}}0*)?$")
    return _cast(_where(series, fits & series.str.contains("[0-9]")), type_)


def _decimal_from_float(series: pl.Series, type_: DataType) -> pl.Series:
    """Take a float that is the nearest one to a decimal, or off it by less than the tolerance."""
    unit = 10**type_.scale
    scaled = series.cast(pl.Float64) * unit
    whole = scaled.round()
    # Polars would multiply by the reciprocal of a number, which does not round as a division does.
    nearest = pl.Series(whole.to_numpy() / unit, dtype=pl.Float64).cast(series.dtype) == series
    close = (scaled - whole).abs() < DECIMAL_TOLERANCE
    fits = (nearest | close) & (whole.abs() <= _EXACT_FLOAT)
    units = _where(whole, fits).cast(pl.Int64).cast(pl.Decimal(38, 0))
    return units * Decimal(1).scaleb(-type_.scale)


def _text_from_time(series: pl.Series, _: DataType) -> pl.Series:
    """Write times of day as PostgreSQL does: `09:30:00`, `09:30:00.5`."""
    return series.dt.to_string("%H:%M:%S%.f").str.replace(r"(\.\d*?)0+$", "$1")


def _bool_from_text(series: pl.Series, _: DataType) -> pl.Series:
    folded = series.str.to_lowercase()
    return _where(folded.is_in(["true", "1", "yes"]), folded.is_in(["true", "1", "yes", "false", "0", "no"]))


def _bool_from_int(series: pl.Series, _: DataType) -> pl.Series:
    return _where(series == 1, series.is_between(0, 1))


def _date_from_text(series: pl.Series, _: DataType) -> pl.Series:
    valid = series.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00(:00(\.0+)?)?)?$")
    return _where(series, valid).str.head(10).str.to_date("%Y-%m-%d", strict=False)


def _date_from_timestamp(series: pl.Series, _: DataType) -> pl.Series:
    return _where(series.dt.date(), series == series.dt.truncate("1d"))


def _timestamp_from_text(series: pl.Series, _: DataType) -> pl.Series:
    shape = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6}0*)?)?)?$"
    spaced = _where(series, series.str.contains(shape)).str.replace("T", " ", literal=True)
    padded = spaced + spaced.str.len_chars().replace_strict({10: " 00:00:00", 16: ":00"}, default="")
    return padded.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)


def _timestamp_from_timestamp(series: pl.Series, _: DataType) -> pl.Series:
    result = series.cast(pl.Datetime("us"))
    return _where(result, result.cast(series.dtype, strict=False) == series)


_POLARS_TYPES: Mapping[Kind, pl.DataType] = {
    Kind.INT: pl.Int64(),
    Kind.FLOAT: pl.Float64(),
    Kind.TEXT: pl.String(),
    Kind.BOOL: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: pl.Datetime("us"),
}

_FAMILIES: Mapping[type[pl.DataType], str] = {
    pl.String: "text",
    pl.Categorical: "text",
    pl.Enum: "text",
    pl.Float32: "float",
    pl.Float64: "float",
    pl.Decimal: "decimal",
    pl.Boolean: "bool",
    pl.Date: "date",
    pl.Time: "time",
}

_CONVERTERS: Mapping[Kind, Mapping[str, _Converter]] = {
    Kind.INT: {
        "text": _text_like("^[+-]?[0-9]+$"),
        "int": _cast,
        "float": _int_from_float,
        "decimal": _exact,
    },
    Kind.FLOAT: {"text": _float_from_text, "int": _float_from_int, "float": _finite, "decimal": _cast},
    Kind.DECIMAL: {
        "text": _decimal_from_text,
        "int": _cast,
        "float": _decimal_from_float,
        "decimal": _exact,
    },
    Kind.TEXT: {"text": _same, "int": _cast, "time": _text_from_time},
    Kind.BOOL: {"text": _bool_from_text, "int": _bool_from_int, "bool": _same},
    Kind.DATE: {"text": _date_from_text, "date": _same, "timestamp": _date_from_timestamp},
    Kind.TIMESTAMP: {
        "text": _timestamp_from_text,
        "date": _cast,
        "timestamp": _timestamp_from_timestamp,
    },
}
"""By the model's type, then by the family of the source's dtype; what is not here does not convert."""
