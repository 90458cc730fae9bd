"""How one column of the source becomes one of the model: texts cleaned, then read as values of a type."""

from __future__ import annotations

import polars as pl

from cube_server.model.making import Cleaning, Others
from cube_server.types import DataType, Kind

from .conversion import convert_series

_INSTANT = pl.Datetime("us", "UTC")


def cleaned(given: pl.Series, cleaning: Cleaning) -> pl.Series:
    """Trim, fold, split and map texts.

    Args:
        given: The source's column. What is no text stays as it is, unless it is to be mapped.
        cleaning: What is to be done.
    """
    if cleaning.texts and (given.dtype == pl.Boolean or given.dtype.is_integer()):
        given = given.cast(pl.String)
    if given.dtype != pl.String:
        return given
    text = given
    if cleaning.trim:
        text = text.str.strip_chars()
        text = text.set(text == "", None)
    if cleaning.case:
        text = text.str.to_uppercase() if cleaning.case == "upper" else text.str.to_lowercase()
    if cleaning.split:
        text = text.str.split(cleaning.split[0]).list.get(cleaning.split[1] - 1, null_on_oob=True)
    return _mapped(text, cleaning) if cleaning.texts else text


def strange(text: pl.Series, cleaning: Cleaning) -> pl.Series:
    """Tell of each cleaned value whether it is one that the mapping does not know, and must."""
    if cleaning.others is not Others.REJECT:
        return pl.repeat(False, len(text), eager=True)
    meant = [value for value in cleaning.texts.values() if value is not None]
    return (text.is_not_null() & ~text.is_in(meant)).fill_null(value=False)


def read_series(text: pl.Series, type_: DataType, cleaning: Cleaning) -> pl.Series:
    """Read cleaned values as a type, by their formats; a value that is none becomes null."""
    found = text
    if text.dtype == pl.String and cleaning.decimal:
        found = _plain_number(text, type_, cleaning)
    elif text.dtype == pl.String and cleaning.formats:
        found = _by_format(text, type_, cleaning.formats)
    if cleaning.zones is not None:
        found = _local(found, type_, *cleaning.zones)
    return convert_series(found, type_)


def _mapped(text: pl.Series, cleaning: Cleaning) -> pl.Series:
    meant = text.replace_strict(cleaning.texts, default=None, return_dtype=pl.String)
    if cleaning.others is Others.NULL:
        return meant
    known = text.is_in(list(cleaning.texts)).fill_null(value=False)
    return (
        pl.DataFrame({"text": text, "meant": meant, "known": known})
        .select(pl.when("known").then("meant").otherwise("text"))
        .to_series()
        .alias(text.name)
    )


def _plain_number(text: pl.Series, type_: DataType, cleaning: Cleaning) -> pl.Series:
    """Write numbers as programs do; null for what is not written as it should be."""
    point = rf"\{cleaning.decimal}"
    groups = rf"[0-9]{{1,3}}(\{cleaning.thousands}[0-9]{{3}})+|" if cleaning.thousands else ""
    fits = text.str.contains(rf"^[+-]?({groups}[0-9]*)({point}[0-9]*)?$") & text.str.contains("[0-9]")
    plain = text.set(~fits.fill_null(value=False), None)
    if cleaning.thousands:
        plain = plain.str.replace_all(cleaning.thousands, "", literal=True)
    plain = plain.str.replace(cleaning.decimal, ".", literal=True)
    return plain.str.replace(r"\.0*$", "") if type_.kind is Kind.INT else plain


def _by_format(text: pl.Series, type_: DataType, formats: tuple[str, ...]) -> pl.Series:
    found: pl.Series | None = None
    for format_ in formats:
        read = (
            text.str.to_date(format_, strict=False)
            if type_.kind is Kind.DATE
            else text.str.to_datetime(format_, time_unit="us", strict=False)
        )
        found = read if found is None else found.zip_with(found.is_not_null(), read)
    assert found is not None
    return found


def _local(found: pl.Series, type_: DataType, from_zone: str, to_zone: str) -> pl.Series:
    """Give the local time in a zone; null where a time does not exist, exists twice, or is of no zone."""
    if not isinstance(found.dtype, pl.Datetime):
        found = convert_series(found, type_)
    instants = found.dt.cast_time_unit("us")
    if isinstance(found.dtype, pl.Datetime) and found.dtype.time_zone is None:
        if not from_zone:
            return pl.repeat(None, len(found), dtype=pl.Datetime("us"), eager=True)
        instants = instants.dt.replace_time_zone(from_zone, ambiguous="null", non_existent="null")
    return instants.dt.convert_time_zone(to_zone).dt.replace_time_zone(None)
