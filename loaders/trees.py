"""Trees to levels: of each row's parent, its ancestors at every depth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.errors import Issue
from cube_server.model.dimensions import Hierarchy, Tree

from .mistakes import Mistakes
from .origins import TypedTable

_Places = npt.NDArray[np.int64]


def add_levels(hierarchy: Hierarchy, rows: TypedTable, mistakes: Mistakes) -> TypedTable:
    """Add the columns of a tree's levels to a dimension's rows.

    A row has the key of its ancestor at each depth down to its own, and below that its own key again: its *data
    member*, which holds what is its own where others stand below it. The order of every level is pre-order: parents
    before their children, siblings in the order of the tree's members.

    Args:
        hierarchy: The hierarchy; rows stay as they are if it is no tree.
        rows: The dimension's rows, keys unique and not null.
        mistakes: Where rows are noted whose parent does not exist, that are above themselves, or that are too deep.

    Returns:
        The rows, in their order, with the columns; without them if there is a mistake.
    """
    tree = hierarchy.tree
    if tree is None:
        return rows
    siblings = _Siblings(tree, rows)
    parents = siblings.parents(mistakes)
    chain = None if parents is None else siblings.chain(parents, len(hierarchy.levels), mistakes)
    if chain is None:
        return rows
    at_depth, number = _from_top(chain)
    # From places among siblings back to the rows' own.
    back = np.argsort(siblings.rows_at)
    made: dict[str, pl.Series] = {}
    for level, places in zip(hierarchy.levels, at_depth, strict=True):
        ancestors = siblings.rows_at[places][back]
        made[level.key.name] = rows.frame[tree.member.key.name].gather(ancestors)
        if level.caption is not None and tree.member.caption is not None:
            made[level.caption.name] = rows.frame[tree.member.caption.name].gather(ancestors)
        if level.order is not None:
            made[level.order.name] = pl.Series(number[places][back])
    return replace(rows, frame=rows.frame.with_columns(**made))


class _Siblings:
    """The rows of a tree, each at its place in the order in which siblings stand.

    Args:
        tree: The tree.
        rows: Its rows.
    """

    def __init__(self, tree: Tree, rows: TypedTable) -> None:
        self._tree, self._rows = tree, rows
        order = [(tree.member.order or tree.member.key).name, tree.member.key.name]
        places = rows.frame.select(pl.int_range(pl.len(), dtype=pl.Int64).sort_by(order, nulls_last=True).alias("row"))
        self.rows_at: _Places = places["row"].to_numpy()

    def parents(self, mistakes: Mistakes) -> _Places | None:
        """Find the place of each place's parent, one past the last where it has none, and so for that one itself."""
        key, parent = self._tree.member.key.name, self._tree.parent.name
        rows = self._rows.frame.select(key=key, parent=parent)[self.rows_at]
        if self._tree.root is not None:
            rows = rows.with_columns(pl.when(pl.col("parent") != pl.lit(self._tree.root)).then("parent"))
        places = rows.select("key", place=pl.int_range(pl.len(), dtype=pl.Int64))
        found = rows.join(places, left_on="parent", right_on="key", how="left", maintain_order="left")
        missing = found.select(missing=pl.col("parent").is_not_null() & pl.col("place").is_null())["missing"].to_numpy()
        told = f"has a parent that is the {key} of no row"
        self._blame(missing, told, "Add its row, or leave the parent empty.", mistakes)
        return None if missing.any() else np.append(found["place"].fill_null(len(found)).to_numpy(), len(found))

    def chain(self, parents: _Places, most: int, mistakes: Mistakes) -> _Places | None:
        """List for every place itself, its parent, that one's parent and so on: `most` times the places."""
        none = len(parents) - 1
        ends = parents
        for _ in range(none.bit_length()):
            ends = ends[ends]
        circling = ends[:none] != none
        told = "stands above itself, or below one that does: the parents go round in a circle"
        self._blame(circling, told, "Correct one of the parents.", mistakes)
        chain = [np.arange(none)]
        for _ in range(most - 1):
            chain.append(parents[chain[-1]])
        deeper = (parents[chain[-1]] != none) & ~circling
        told = f"stands deeper than the {most} levels that the model declares"
        self._blame(deeper, told, "Declare a greater `depth`.", mistakes)
        return None if (circling | deeper).any() else np.stack(chain)

    def _blame(self, wrong: npt.NDArray[np.bool_], told: str, hint: str, mistakes: Mistakes) -> None:
        found = np.sort(self.rows_at[wrong]).tolist()
        columns = self._rows.frame.select(self._tree.member.key.name, self._tree.parent.name)

        def issue(row: int) -> Issue:
            pairs = zip(columns.columns, columns.row(row), strict=True)
            named = " and ".join(f"{name}={'null' if value is None else repr(value)}" for name, value in pairs)
            return Issue(self._rows.place(row), f"The row with {named} {told}.", hint)

        if found:
            mistakes.add_alike(len(found), found, issue)


def _from_top(chain: _Places) -> tuple[list[_Places], _Places]:
    """Turn chains over: the ancestor of each place at each depth, itself below its own; and its number in pre-order."""
    most, none = chain.shape
    depths = (chain != none).sum(axis=0)
    places = np.arange(none)
    at_depth = [chain[np.maximum(depths - 1 - depth, 0), places] for depth in range(most)]
    paths = [np.where(depth < depths, at, -1) for depth, at in enumerate(at_depth)]
    number = np.empty(none, np.int64)
    number[np.lexsort(paths[::-1])] = places
    return at_depth, number
