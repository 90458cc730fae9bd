"""Trees: a column that names, for each row of a table, the row above it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from .notes import Notes
from .rows import Document, Rows
from .vocabulary import PARENTS
from .wording import words

_DEEPEST = 30
"""A tree of more levels than this is a chain of something else."""

_KEY, _PARENT = "key", "parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Rows that stand below others of the same table.

    Attributes:
        parent: The column with the key of the row above.
        root: What it holds at a root; None for null.
        depth: How many levels there are.
    """

    parent: str
    root: object
    depth: int

    def hierarchy(self, level: str) -> Document:
        """Write it as a hierarchy over the level of the key."""
        root = {} if self.root is None else {"root": self.root}
        return {"tree": {"of": level, "parent": self.parent, **root, "depth": self.depth}}


def find_tree(rows: Rows, key: str, declared: Collection[str], place: str, notes: Notes) -> Tree | None:
    """Find the column by which a table refers to itself: that is said, and all its values are there.

    Args:
        rows: The table's rows.
        key: The column of its key.
        declared: The columns of which the database says so; of others the name may.
        place: The table, for notes.
        notes: Takes why a column that is named like one makes no tree.
    """
    for column in rows.columns:
        is_said = column.name in declared or bool(set(words(column.name)) & PARENTS)
        if rows.is_whole and is_said and column.name != key and column.type == rows.column(key).type:
            pairs = rows.frame.select(pl.col(key).alias(_KEY), pl.col(column.name).alias(_PARENT))
            found = _tree(pairs, column.name)
            if isinstance(found, Tree):
                notes.found(f"{place}.{column.name}", f"It names the row above: a tree of {found.depth} levels.")
                return found
            notes.unsure(f"{place}.{column.name}", f"It should name the row above, but {found}.")
    return None


def _tree(pairs: pl.DataFrame, parent: str) -> Tree | str:
    """Go down from the roots; if that does not reach all rows, tell why it is no tree."""
    outside = pairs.drop_nulls(_PARENT).join(pairs, left_on=_PARENT, right_on=_KEY, how="anti")[_PARENT].unique()
    if len(outside) > 1 or (len(outside) == 1 and pairs[_PARENT].null_count()):
        return f"{len(outside)} of its values have no row"
    root = outside[0] if len(outside) else None
    is_root = pl.col(_PARENT).is_null() if root is None else pl.col(_PARENT) == root
    level, rest, depth = pairs.filter(is_root), pairs.filter(~is_root), 0
    while level.height and depth < _DEEPEST:
        depth += 1
        below = rest.join(level, left_on=_PARENT, right_on=_KEY, how="semi")
        rest = rest.join(level, left_on=_PARENT, right_on=_KEY, how="anti")
        level = below
    if rest.height:
        return f"{rest.height} rows stand under no root: they name themselves, or go round in circles"
    return Tree(parent=parent, root=root, depth=depth) if depth > 1 else "no row has another above it"
