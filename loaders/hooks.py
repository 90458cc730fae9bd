"""Functions in Python that change a table's rows, where what the model can say does not suffice.

A hook runs code, so it is only loaded where the operator allows it. It is a function of a frame:

    def mend(rows: polars.DataFrame) -> tuple[polars.DataFrame, polars.DataFrame]: ...

It is called once for each run of about a million rows. `rows` has the table's columns in the model's types, and `_row`,
a number by which a row is known. It returns the rows to go on with, with the same columns, and the rejects: their
`_row`, the `rule` that they break (text), the `column` and the `value` (texts, may be null); an empty frame for none.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

import polars as pl

from cube_server.errors import SourceError
from cube_server.model.tables import Table

ROW = "_row"
Hook = Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]]


def find_hook(table: Table, *, allowed: bool) -> Hook | None:
    """Import a table's hook; None if it has none.

    Raises:
        SourceError: Hooks are not allowed, or there is no such function.
    """
    name = table.making.hook
    if not name:
        return None
    if not allowed:
        raise SourceError(
            f"Table {table.name!r} wants to run {name}, and running code is not allowed.",
            hint="Load with --allow-hooks if you trust the model.",
        )
    module, _, function = name.partition(":")
    try:
        found: Hook = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise SourceError(f"Table {table.name!r} wants to run {name}: {error}.") from error
    return found


def called(hook: Hook, table: Table, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Call a hook, and see that it gives what it should.

    Raises:
        SourceError: It fails, or gives something else.
    """
    try:
        kept, rejects = hook(rows)
        return _rows_of(kept, table, rows), _rejects_of(rejects, rows)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise SourceError(f"The hook {table.making.hook} of table {table.name!r} failed: {told}.") from error


def _rows_of(kept: pl.DataFrame, table: Table, given: pl.DataFrame) -> pl.DataFrame:
    _see_known(kept, given)
    return kept.select(pl.col(ROW).cast(pl.Int64), *(column.name for column in table.columns))


def _rejects_of(rejects: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    if not rejects.height:
        return pl.DataFrame(schema={ROW: pl.Int64, "rule": pl.String, "column": pl.String, "value": pl.String})
    _see_known(rejects, given)
    texts = [pl.col(column).cast(pl.String) for column in ("rule", "column", "value")]
    return rejects.select(pl.col(ROW).cast(pl.Int64), *texts)


def _see_known(frame: pl.DataFrame, given: pl.DataFrame) -> None:
    if not frame[ROW].is_in(given[ROW].implode()).all():
        raise ValueError(f"it gives a {ROW!r} that it was not given")
