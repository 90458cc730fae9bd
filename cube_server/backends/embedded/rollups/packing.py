"""The numbers of a rollup in as few bytes as they need: so more rollups fit into their room."""

from __future__ import annotations

import numpy as np

from cube_server.backends.embedded.rows import Numbers
from cube_server.backends.embedded.segments.packing import PackedNumbers, pack_floats, pack_integers

AnyNumbers = Numbers | PackedNumbers
"""A rollup's numbers: as they were computed, or as they lie on disk."""


def packed(numbers: AnyNumbers) -> PackedNumbers:
    """Pack numbers; those that stand for decimals are whole, whatever type they were added up in."""
    if isinstance(numbers, PackedNumbers):
        return numbers
    is_exact = numbers.values.dtype == np.float64
    if numbers.scale is None:
        return PackedNumbers(pack_floats(numbers.values.astype(np.float64)), 0, None, numbers.valid, is_exact=True)
    whole = pack_integers(np.rint(numbers.values).astype(np.int64), numbers.valid)
    return PackedNumbers(whole.codes, whole.offset, numbers.scale, numbers.valid, is_exact=is_exact)


def unpacked(numbers: AnyNumbers) -> Numbers:
    """Give all of them as numbers to compute with."""
    return numbers.at(slice(None)) if isinstance(numbers, PackedNumbers) else numbers
