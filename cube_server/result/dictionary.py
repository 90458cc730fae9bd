"""The members of a level in member order: what the codes of a relation stand for."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import CalculatedMember
from cube_server.types import UNKNOWN, KeyPart, KeyPath


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Dictionary:
    """A level's members, numbered by their place in member order.

    Attributes:
        ref: The level.
        frame: One row a member: `key_0` .. `key_n` (its path from the top, typed), `caption` (text, null for a
            null key), `unknown` (whether it stands for keys without a dimension row; its null keys are then
            `UNKNOWN` ones).
        depths: Of members that an axis names, how many keys each one's path has; None where all have as many as the
            level.
        calculated: Of such members, which are calculated and how.
        hidden: Which members of a ragged hierarchy are not shown (Boolean); None where all are.
    """

    ref: LevelRef
    frame: pl.DataFrame
    depths: pl.Series | None = None
    calculated: tuple[CalculatedMember | None, ...] = ()
    hidden: pl.Series | None = None

    def __len__(self) -> int:
        """Count the members."""
        return self.frame.height

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The names of the frame's key columns, from the top."""
        return tuple(f"key_{depth}" for depth in range(len(self.ref.levels)))

    @property
    def has_unknown(self) -> bool:
        """Whether any member is unknown."""
        return bool(self.frame["unknown"].any())

    def path(self, code: int) -> KeyPath:
        """Give the key path of one member.

        Args:
            code: The member's number.

        Returns:
            Its keys from the top, None for null and UNKNOWN for unknown ones; of a calculated member its name.
        """
        if self.calculated and (calculated := self.calculated[code]) is not None:
            return (calculated.name,)
        row = self.frame.row(code, named=True)
        missing: KeyPart = UNKNOWN if row["unknown"] else None
        return tuple(missing if row[name] is None else row[name] for name in self.key_columns[: self._depth(code)])

    def _depth(self, code: int) -> int:
        return len(self.key_columns) if self.depths is None else int(self.depths[code])

    def names(self) -> pl.Series:
        """Give the names of calculated members, null for all others (String)."""
        return pl.Series("calculated", [member and member.name for member in self.calculated], dtype=pl.String)
