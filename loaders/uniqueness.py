"""One row a key: which of several is kept, and which are rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from cube_server.errors import Issue
from cube_server.model.making import UNIQUE, Duplicates
from cube_server.model.tables import Table

from .accounts import Account
from .origins import TypedTable
from .rejects import Breach, Rejects
from .repeats import KEPT, NUMBER, POSITION, Repeats
from .shelf import Shelf


def deduplicated(
    runs: Iterable[TypedTable], duplicates: Duplicates, account: Account, folder: Path
) -> Iterator[TypedTable]:
    """Keep one of several rows of one key, as the model says which."""
    of, by = ([column.name for column in columns] for columns in (duplicates.of, duplicates.by))
    repeats, shelf = Repeats(of, folder, by=by, keeps_last=duplicates.keeps_last), Shelf(folder)
    for run in runs:
        repeats.add(run)
        shelf.add(run)
    left_out = pl.concat([pl.Series(dtype=pl.Int64), *(found[POSITION] for found in repeats.found())])
    repeats.clear()
    account.deduplicated += len(left_out)
    yield from shelf.without(left_out)


def unique(
    table: Table, runs: Iterable[TypedTable], account: Account, rejects: Rejects, folder: Path
) -> Iterator[TypedTable]:
    """See that no row has the key of one before.

    Unless the model lets some be rejected, rows are given before all have been seen: then one repeat refuses the load.

    Args:
        table: The table, which has a key.
        runs: Its rows, keys not null.
        account: Counts those that repeat a key.
        rejects: Takes them.
        folder: Where rows may be set aside.
    """
    repeats, shelf = Repeats([column.name for column in table.key], folder), Shelf(folder)
    last: TypedTable | None = None
    for last in runs:
        repeats.add(last)
        if UNIQUE in table.making.limits:
            shelf.add(last)
        else:
            yield last
    left_out = [pl.Series(dtype=pl.Int64)]
    for found in repeats.found():
        assert last is not None
        rejects.add(*_breach(last, found, repeats.key))
        left_out.append(found[POSITION])
    repeats.clear()
    again = pl.concat(left_out)
    account.rejected += len(again)
    account.broken[UNIQUE] += len(again)
    yield from shelf.without(again)


def _breach(like: TypedTable, found: pl.DataFrame, key: list[str]) -> tuple[TypedTable, Breach]:
    rows = TypedTable(like.table, found.select(key), found[NUMBER], like.places)

    def told(row: int) -> Issue:
        named = ", ".join(f"{name}={str(value)!r}" for name, value in rows.frame.row(row, named=True).items())
        kept = like.places.name(found[KEPT][row], like.table)
        return Issue(rows.place(row), f"The key {named} is also that of {kept}.")

    values = rows.frame.select(pl.concat_str(pl.all().cast(pl.String), separator=", ").alias("value"))["value"]
    at = pl.int_range(found.height, eager=True)
    return rows, Breach(rule=UNIQUE, column=", ".join(key), rows=at, values=values, told=told)
