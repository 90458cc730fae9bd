"""The values of a derived attribute: which members have which."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cube_server.model.elements import DerivedAttribute
from cube_server.result.dictionary import Dictionary


@dataclass(frozen=True, slots=True, eq=False)
class DerivedValues:
    """A derived attribute on one snapshot.

    Attributes:
        attribute: The attribute.
        frame: One row for every tuple of its keys that has a value: a column of member codes a key (Int32, named by
            `ref.name`), `code` (Int32, the value's place in the dictionary), and `value` (a number: of a condition 0 or
            1, of a member its place, of a text its code).
        dictionary: The different values in order, as members. The last one is null, for members without a value.
    """

    attribute: DerivedAttribute
    frame: pl.DataFrame
    dictionary: Dictionary
