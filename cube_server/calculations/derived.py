"""The values of derived attributes: from the relation of an attribute's formula to a level of its own."""

from __future__ import annotations

import polars as pl

from cube_server.calculations.context import Members
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import DerivedAttribute
from cube_server.result.derived import DerivedValues
from cube_server.result.dictionary import Dictionary
from cube_server.types import Kind

_NO_VALUE = pl.DataFrame({"key_0": [None]})


def derived_values(attribute: DerivedAttribute, relation: pl.DataFrame, members: Members) -> DerivedValues:
    """Make a derived attribute's values a level.

    Args:
        attribute: The attribute.
        relation: One row for each tuple of its keys: their codes, and the formula's value in a column of its name.
        members: The members of the snapshot.

    Returns:
        The values: numbers and texts ascending, members in their own order, of a set those in it before the others.
    """
    kind = attribute.ref.level.key.type.kind
    keys = [key.name for key in attribute.keys]
    found = relation.select(*keys, pl.col(attribute.name).alias("value"))
    if attribute.shows is not None:
        frame, known = _members(found, attribute.shows, members)
    elif kind is Kind.BOOL:
        # Who has no value is not in the set, so that the last value, which stands for none, is false.
        frame = found.with_columns(pl.col("value").fill_null(value=False))
        return _values(attribute, frame, pl.DataFrame({"key_0": [True, False]}))
    else:
        dtype = {Kind.INT: pl.Int64, Kind.TEXT: pl.String}.get(kind, pl.Float64)
        frame = found.with_columns(pl.col("value").cast(dtype)).drop_nulls("value")
        known = frame.select(pl.col("value").unique().sort().alias("key_0"))
    return _values(attribute, frame, pl.concat([known, _NO_VALUE], how="diagonal_relaxed"))


def _members(found: pl.DataFrame, shows: LevelRef, members: Members) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Turn places back into members; the relation keeps the place as well."""
    dictionary = members.dictionary(shows)
    level = dictionary.frame.select(
        pl.col(dictionary.key_columns[-1]).alias("key_0"),
        "caption",
        members.places(shows).cast(pl.Int64).alias("place"),
    )
    found = found.with_columns(pl.col("value").cast(pl.Int64).alias("place")).drop_nulls("place").drop("value")
    known = level.unique("place", keep="first", maintain_order=True).filter(
        pl.col("place").is_in(found["place"].implode())
    )
    frame = found.join(known.select("place", pl.col("key_0").alias("value")), on="place", how="left")
    return frame, known.select("key_0", "caption")


def _values(attribute: DerivedAttribute, frame: pl.DataFrame, known: pl.DataFrame) -> DerivedValues:
    keys = [key.name for key in attribute.keys]
    caption = pl.col("key_0").cast(pl.String)
    if "caption" in known.columns:
        caption = pl.coalesce("caption", caption)
    dictionary = known.select("key_0", caption.alias("caption"), pl.lit(value=False).alias("unknown"))
    codes = dictionary.select(pl.col("key_0").alias("value"), pl.int_range(pl.len(), dtype=pl.Int32).alias("code"))
    whole = frame.join(codes, on="value", how="left", maintain_order="left")
    number = pl.col("place") if "place" in frame.columns else pl.col("value")
    if frame.schema["value"] == pl.String and "place" not in frame.columns:
        number = pl.col("code")
    ref = attribute.ref
    return DerivedValues(
        attribute=attribute,
        frame=whole.select(*keys, "code", number.cast(pl.Float64).alias("value")),
        dictionary=Dictionary(ref, dictionary),
    )
