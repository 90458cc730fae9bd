"""What the levels of a rollup tell of its dimensions, read off the members that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cube_server.backends.rollups.naming import path_of
from cube_server.model.dimensions import Level, LevelRef

Codes = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]


class Members(Protocol):
    """The members of a level."""

    @property
    def codes(self) -> Codes:
        """The code of each leaf's member, and last of null."""


class Index(Protocol):
    """A dimension of a snapshot: its leaves in order."""

    def level(self, levels: tuple[Level, ...], /) -> Members:
        """Give the members of a level."""


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """What the levels of a rollup tell of its dimensions.

    Attributes:
        whole: By axis the leaf that stands for each leaf in this grain; leaves with the same one are not told apart.
    """

    whole: Mapping[str, Codes]
    _told: dict[tuple[str, str], bool] = field(default_factory=dict)

    def is_constant(self, axis: str, values: Codes | Mask) -> bool:
        """Tell whether something that is known of each leaf is the same for all that the grain does not tell apart."""
        whole = self.whole.get(axis)
        return whole is not None and np.array_equal(values[whole], values)

    def is_exact(self, axis: str) -> bool:
        """Tell whether the grain tells every leaf apart."""
        whole = self.whole.get(axis)
        return whole is not None and np.array_equal(whole, np.arange(len(whole)))

    def tells(self, axis: str, ref: LevelRef, index: Index) -> bool:
        """Tell whether the grain tells the members of a level: in this snapshot it does or does not."""
        if axis not in self.whole:
            return False
        place = (axis, path_of(ref))
        if place not in self._told:
            self._told[place] = self.is_constant(axis, index.level(ref.levels).codes)
        return self._told[place]
