"""Parent-child hierarchies: the levels that a load makes of a tree, made of the rows of a dimension as it is read."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cube_server.backends.sql.database import dtype
from cube_server.errors import WarehouseError
from cube_server.model.dimensions import Hierarchy, Tree

_Places = tuple[int, ...]


def with_levels(hierarchy: Hierarchy, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of a tree's levels to a dimension's rows; see `docs/model.md` for what they hold.

    Args:
        hierarchy: The hierarchy; rows stay as they are if it is no tree.
        rows: The dimension's rows, keys unique.

    Raises:
        WarehouseError: A parent has no row, a row stands above itself, or deeper than the model says.
    """
    tree = hierarchy.tree
    if tree is None:
        return rows
    paths = dict(_pre_order(tree, rows))
    _refuse_lost(tree, rows, paths, len(hierarchy.levels))
    number = {place: position for position, place in enumerate(paths)}
    made = {}
    for depth, level in enumerate(hierarchy.levels):
        above = [paths[place][min(depth, len(paths[place]) - 1)] for place in range(rows.height)]
        made[level.key.name] = rows[tree.member.key.name].gather(above)
        if level.caption is not None and tree.member.caption is not None:
            made[level.caption.name] = rows[tree.member.caption.name].gather(above)
        if level.order is not None:
            made[level.order.name] = pl.Series([number[place] for place in above], dtype=dtype(level.order.type))
    return rows.with_columns(**made)


def _pre_order(tree: Tree, rows: pl.DataFrame) -> Iterator[tuple[int, _Places]]:
    """Go down from the roots, siblings in the order of the tree's members: each row's place, and its path."""
    key, order = tree.member.key.name, (tree.member.order or tree.member.key).name
    sorted_rows = rows.with_row_index("place").sort(order, key, nulls_last=True)
    below: dict[object, list[tuple[int, object]]] = {}
    for place, own, parent in sorted_rows.select("place", key=key, parent=tree.parent.name).rows():
        below.setdefault(None if parent == tree.root else parent, []).append((place, own))
    waiting: list[tuple[_Places, object]] = [((place,), own) for place, own in reversed(below.get(None, []))]
    while waiting:
        path, own = waiting.pop()
        yield path[-1], path
        waiting += [((*path, place), child) for place, child in reversed(below.get(own, []))]


def _refuse_lost(tree: Tree, rows: pl.DataFrame, paths: dict[int, _Places], most: int) -> None:
    keys = rows[tree.member.key.name]
    for place in range(rows.height):
        if place not in paths:
            problem = f"The parents of {keys.name}={keys[place]!r} lead to no root."
            raise WarehouseError(problem, hint="Add the parent's row, leave the parent empty, or break the circle.")
        if len(paths[place]) > most:
            problem = f"The row with {keys.name}={keys[place]!r} stands deeper than the {most} levels of the model."
            raise WarehouseError(problem, hint="Declare a greater `depth`.")
