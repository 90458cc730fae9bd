"""The names of a rollup's columns: what is kept of each column of the facts."""

from __future__ import annotations

from cube_server.model.dimensions import LevelRef

ROWS = "rows"
"""The column of how many facts each row stands for."""


def sums(column: str) -> str:
    """Name the column of sums."""
    return f"sum {column}"


def counts(column: str) -> str:
    """Name the column of how many values were not null."""
    return f"count {column}"


def least(column: str) -> str:
    """Name the column of least values."""
    return f"min {column}"


def greatest(column: str) -> str:
    """Name the column of greatest values."""
    return f"max {column}"


def scatters(column: str) -> str:
    """Name the column of summed squared deviations from each row's own mean."""
    return f"scatter {column}"


def distincts(axis: str, ref: LevelRef | None = None) -> str:
    """Name the column of how many different keys, or members of a level, a row has that no other row has."""
    return f"distinct {axis}" if ref is None else f"distinct {axis} {path_of(ref)}"


def key_sets(axis: str, ref: LevelRef | None = None) -> str:
    """Name the column of the different keys, or members of a level, that a row has: the sets themselves."""
    return f"keys of {distincts(axis, ref)}"


def path_of(ref: LevelRef) -> str:
    """Tell levels of one dimension apart, whatever link they are named by."""
    return "/".join(level.name for level in ref.levels)
