"""The rows of several rollups of the same definition, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cube_server.backends.embedded.rollups.kept import Kept
from cube_server.backends.embedded.rollups.packing import AnyNumbers, unpacked
from cube_server.backends.embedded.rows import Numbers
from cube_server.backends.rollups.naming import scatters, sums

_SCATTER = scatters("")


def joined(parts: Sequence[Kept]) -> Kept:
    """Put rollups of different facts together; the same members may then have several rows.

    Args:
        parts: Rollups of one definition, their positions of the same leaves. Numbers that not all have are left out.
    """
    parts = [_rescaled(part, parts) for part in parts]
    first = parts[0]
    names = [name for name in first.numbers if all(name in part.numbers for part in parts)]
    known: dict[tuple[int, ...], Numbers] = {}
    numbers: dict[str, AnyNumbers] = {}
    for name in names:
        # Of columns without nulls the counts are those of rows: the same numbers, here too.
        place = tuple(id(part.numbers[name]) for part in parts)
        if place not in known:
            columns = [unpacked(part.numbers[name]) for part in parts]
            known[place] = Numbers(_values(columns), columns[0].scale, _valid(columns))
        numbers[name] = known[place]
    positions = {axis: np.concatenate([part.positions[axis] for part in parts]) for axis in first.positions}
    size = sum(part.size for part in parts)
    return replace(first, size=size, positions=positions, keys={}, numbers=numbers)


def _values(columns: Sequence[Numbers]) -> npt.NDArray[np.float64] | npt.NDArray[np.int64]:
    """Join values; what one part needs integers for stays exact in all."""
    if any(column.values.dtype == np.int64 for column in columns):
        return np.concatenate([column.values.astype(np.int64) for column in columns])
    return np.concatenate([column.values for column in columns])


def _valid(columns: Sequence[Numbers]) -> npt.NDArray[np.bool_] | None:
    if all(column.valid is None for column in columns):
        return None
    return np.concatenate(
        [np.ones(len(column.values), np.bool_) if column.valid is None else column.valid for column in columns]
    )


def _rescaled(part: Kept, parts: Sequence[Kept]) -> Kept:
    """Give numbers the digits that those of all parts have: how many a column of floats has is read off its values."""
    return replace(part, numbers={name: _of_scale(part, name, parts) for name in part.numbers})


def _of_scale(part: Kept, name: str, parts: Sequence[Kept]) -> AnyNumbers:
    numbers, own = part.numbers[name], _scale(part, name)
    scales = [_scale(other, name) for other in parts if name in other.numbers]
    common = None if None in scales else max(scale for scale in scales if scale is not None)
    if own is None or own == common:
        return numbers
    # Scatters are of squares, and have no scale of their own.
    is_squared = name.startswith(_SCATTER)
    factor: float = 10.0 ** (((common or 0) - own) * (2 if is_squared else 1))
    return Numbers(unpacked(numbers).values.astype(np.float64) * factor, None if is_squared else common, numbers.valid)


def _scale(part: Kept, name: str) -> int | None:
    return part.numbers[sums(name.removeprefix(_SCATTER)) if name.startswith(_SCATTER) else name].scale
