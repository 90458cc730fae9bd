"""What the key column of a link holds, and where each key belongs among a dimension's members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cube_server.backends.embedded.levels import Codes
from cube_server.types import DataType


@dataclass(frozen=True, slots=True, eq=False)
class KeyMap:
    """The keys that a link's column may hold, each once, with the leaf position that each stands for.

    Attributes:
        keys: The keys; none is null.
        positions: The leaf position of each.
        null: The leaf position of rows without a key.
        type: The keys' type.
    """

    keys: pl.Series
    positions: Codes
    null: int
    type: DataType

    @property
    def leaves(self) -> Codes:
        """The leaf position of each key, and last that of null."""
        return np.append(self.positions, np.int32(self.null))

    def leaves_of(self, keys: pl.Series) -> Codes:
        """Give the leaf positions of some of the keys; others are nobody's."""
        # A mask of no rows may come back as of no type, by which nothing can be chosen.
        found = self.keys.is_in(keys.implode()).arg_true()
        leaves: Codes = self.positions[found.to_numpy()]
        return leaves
