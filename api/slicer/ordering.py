"""Sorting records as SQL does: null is the smallest, equal ones stay in the order they had."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from .grammar import OrderText


def sort_records(records: pl.DataFrame, orders: Sequence[OrderText]) -> pl.DataFrame:
    """Sort records by columns of theirs, the first order being the strongest."""
    if not orders:
        return records
    return records.sort(
        [order.name for order in orders],
        descending=[order.desc for order in orders],
        nulls_last=[order.desc for order in orders],
        maintain_order=True,
    )
