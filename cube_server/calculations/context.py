"""What formulas need besides aggregates: the members' places, and the values of derived attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import polars as pl

from cube_server.formulas.tree import Name, Node, Number, rewritten, walk
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import Cube, DerivedAttribute
from cube_server.model.expressions import AttributeValue, CurrentPlace, PlaceOf
from cube_server.result.coverage import Coverage
from cube_server.result.derived import DerivedValues
from cube_server.result.dictionary import Dictionary
from cube_server.types import KeyPath, Kind


class Members(Protocol):
    """What a snapshot tells of members; a part of `Backend`."""

    def dictionary(self, ref: LevelRef) -> Dictionary:
        """Give a level's members."""

    def places(self, ref: LevelRef) -> pl.Series:
        """Give the place of each of a level's members."""

    def coverage(self, cube: Cube, ref: LevelRef) -> Coverage | None:
        """Tell which members of a level of time the facts do not cover to their end."""

    def find(self, ref: LevelRef, path: KeyPath) -> int:
        """Find a member's code."""


class Context:
    """Looks up what formulas name besides aggregates.

    Args:
        members: The members of the snapshot.
        values: The derived attributes that are known.
    """

    def __init__(self, members: Members, values: Mapping[DerivedAttribute, DerivedValues]) -> None:
        self.members = members
        self.values = values

    def prepared(self, formula: Node) -> Node:
        """Put columns and numbers in the place of what is looked up."""
        return rewritten(formula, self._column)

    def _column(self, node: Node) -> Node | None:
        match node:
            case PlaceOf(ref, path):
                return Number(float(self.members.places(ref)[self.members.find(ref, path)]))
            case CurrentPlace(ref):
                return Name(_place(ref))
            case AttributeValue(attribute):
                return Name(_value(attribute))
        return None

    def added(self, frame: pl.DataFrame, formulas: Mapping[str, Node]) -> pl.DataFrame:
        """Add the columns that prepared formulas name.

        Where a block does not tell the member of a level, its place is null; so is the value of an attribute where the
        block does not tell whose.
        """
        for node in dict.fromkeys(part for formula in formulas.values() for part in walk(formula)):
            if isinstance(node, CurrentPlace):
                frame = frame.with_columns(self._places(frame, node.ref))
            elif isinstance(node, AttributeValue):
                frame = self._valued(frame, node.attribute)
        return frame

    def _places(self, frame: pl.DataFrame, ref: LevelRef) -> pl.Series | pl.Expr:
        told = _told(frame, ref)
        if told is None:
            return pl.lit(None, pl.Int64).alias(_place(ref))
        dictionary = self.members.dictionary(told)
        # Unknown and null members stand in no order.
        nowhere = dictionary.frame["unknown"] | dictionary.frame[dictionary.key_columns[-1]].is_null()
        places = self.members.places(told).cast(pl.Int64).set(nowhere, None)
        return places.gather(frame[told.name]).alias(_place(ref))

    def _valued(self, frame: pl.DataFrame, attribute: DerivedAttribute) -> pl.DataFrame:
        values, name = self.values[attribute], _value(attribute)
        kind = attribute.ref.level.key.type.kind
        keys = {f"key {place} of {name}": key for place, key in enumerate(attribute.keys)}
        codes = {column: self._codes(frame, key) for column, key in keys.items()}
        if any(found is None for found in codes.values()):
            return frame.with_columns(pl.lit(None, _DTYPES.get(kind, pl.Float64)).alias(name))
        value = values.frame["value"].alias(name)
        if kind is Kind.TEXT and attribute.shows is None:
            value = values.dictionary.frame["key_0"].gather(values.frame["code"]).alias(name)
        known = values.frame.select(pl.col(key.name).alias(column) for column, key in keys.items()).with_columns(value)
        frame = frame.with_columns(**codes).join(known, on=list(keys), how="left", maintain_order="left").drop(keys)
        # Who is not known to be in a set is not in it.
        return frame.with_columns(pl.col(name).fill_null(0) != 0) if kind is Kind.BOOL else frame

    def _codes(self, frame: pl.DataFrame, ref: LevelRef) -> pl.Series | None:
        """Give the member of a level in each row of a frame; None where the frame does not tell it."""
        told = _told(frame, ref)
        if told is None or told == ref:
            return None if told is None else frame[ref.name]
        given, wanted = self.members.dictionary(told), self.members.dictionary(ref)
        members = wanted.frame.select(key=wanted.key_columns[-1], unknown="unknown").with_row_index("code")
        same = given.frame.select(key=given.key_columns[-1], unknown="unknown")
        codes = same.join(
            members.unique(["key", "unknown"]),
            on=["key", "unknown"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )["code"]
        return codes.cast(pl.Int32).gather(frame[told.name])


_DTYPES = {Kind.TEXT: pl.String, Kind.BOOL: pl.Boolean}


def _told(frame: pl.DataFrame, ref: LevelRef) -> LevelRef | None:
    """Find how a frame has a level. With unique keys it says the same alone and below its parents."""
    refs = [ref]
    if ref.level.unique:
        homes = (home for home in ref.link.dimension.hierarchies if ref.level in home.levels)
        whole = [(home.name, home.levels[: home.levels.index(ref.level) + 1]) for home in homes]
        refs += [ref.alone(), *(LevelRef(link=ref.link, hierarchy=name, levels=levels) for name, levels in whole)]
    return next((told for told in refs if told.name in frame.columns), None)


def _place(ref: LevelRef) -> str:
    return f"place of {ref.name}"


def _value(attribute: DerivedAttribute) -> str:
    return f"value of {attribute.name}"
