"""What both places have to say alike: whose child a member is, and to which members a bridge leads."""

from __future__ import annotations

import polars as pl

from cube_server.errors import WarehouseError
from cube_server.model.dimensions import Dimension, ThroughTable

_KNOWN = 0
_ROW = "One answer is made of both places. Make them equal, or let the table lie in one place by storage.json."


def check_trees(dimension: Dimension, here: pl.DataFrame, there: pl.DataFrame) -> None:
    """Refuse a tree in which a member has another parent here than there: it would stand at two places.

    Args:
        dimension: The dimension.
        here: The rows of the warehouse with `_status`.
        there: Those of the database.

    Raises:
        WarehouseError: The trees differ.
    """
    key = dimension.key.name
    for tree in (hierarchy.tree for hierarchy in dimension.hierarchies):
        if tree is None:
            continue
        own, other = (
            rows.filter(pl.col("_status") == _KNOWN).select(key=pl.col(key), parent=pl.col(tree.parent.name))
            for rows in (here, there)
        )
        both = own.join(other.cast(own.schema), on="key").filter(pl.col("parent").ne_missing(pl.col("parent_right")))
        if both.height:
            member, parent, parent_there = both.sort("key").row(0)
            raise WarehouseError(
                f"{dimension.table.name} differs between the places: {key}={member!r} is below {parent!r} here and "
                f"below {parent_there!r} there ({both.height} rows differ).",
                hint=_ROW,
            )


def check_bridge(through: ThroughTable, here: pl.DataFrame, there: pl.DataFrame) -> None:
    """Refuse a bridge table that leads from a key to other members here than there.

    Args:
        through: The bridge.
        here: The pairs of the warehouse: `key`, and `member`.
        there: Those of the database, of the same types.

    Raises:
        WarehouseError: The tables differ.
    """
    first, second = (part.drop_nulls("key").unique() for part in (here, there))
    for place, own, other in (("here", first, second), ("there", second, first)):
        alone = own.join(other, on=["key", "member"], how="anti", nulls_equal=True)
        if alone.height:
            key, member = alone.sort("key", "member").row(0)
            raise WarehouseError(
                f"{through.table.name} differs between the places: {through.source.name}={key!r} leads to "
                f"{through.target.name}={member!r} {place} alone ({alone.height} rows are {place} alone).",
                hint=_ROW,
            )
