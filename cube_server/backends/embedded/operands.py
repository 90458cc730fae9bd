"""What an aggregate over a level goes over: its members as keys to count, or their places."""

from __future__ import annotations

import numpy as np

from cube_server.backends.embedded.kernels import Groups
from cube_server.backends.embedded.levels import DimensionIndex
from cube_server.backends.embedded.rows import Keys, Numbers
from cube_server.backends.embedded.windows import ordinals
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import AggregateKind

_NULL_CLASS = 2


def level_operand(kind: AggregateKind, index: DimensionIndex, ref: LevelRef, codes: Groups) -> Keys | Numbers:
    """Give a level's members as keys to count, or their places to find the first or last of.

    Args:
        kind: How they are aggregated.
        index: The level's dimension.
        ref: The level.
        codes: The member of each row.
    """
    level = index.level(ref.levels)
    kinds = level.frame[f"class_{len(ref.levels) - 1}"].to_numpy()
    if kind is AggregateKind.DISTINCT:
        is_none = (kinds == _NULL_CLASS) | level.hidden
        return Keys(np.where(is_none, -1, index.alike(ref.levels)).astype(np.int32)[codes], level.size)
    known = kinds == 0
    return Numbers(ordinals(index, ref).astype(np.float64)[codes], 0, None if known.all() else known[codes])
