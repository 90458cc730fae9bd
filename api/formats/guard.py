"""The guard against formula injection: text that a spreadsheet would take for a formula."""

from __future__ import annotations

import polars as pl

from .table import Table

SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that some spreadsheet evaluates."""

_RISKY = r"^([=+\-@\t\r])"


def guarded(table: Table) -> Table:
    """Put an apostrophe before risky texts, headers too. Numbers and dates stay: -12.5 is no formula.

    >>> guarded(Table(rows=pl.DataFrame({"name": ["=1+1", "Apple"], "sales": [-12.5, 1.0]}))).whole().rows()
    [("'=1+1", -12.5), ('Apple', 1.0)]
    """
    texts = pl.col(pl.String).str.replace(_RISKY, "'${1}")
    names = {name: f"'{name}" for name in table.head.columns if name.startswith(SIGNS)}
    return table.changed(lambda frame: frame.with_columns(texts).rename(names))
