"""Rows that break a rule: counted, written down with their place, and weighed against what the model allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cube_server.errors import Issue, SourceError
from cube_server.model.making import Limit
from cube_server.warehouse.rejects import SCHEMA

from .accounts import Account
from .mistakes import Mistakes
from .origins import TypedTable, lines
from .spool import Spool

Limits = Mapping[str, Mapping[str, Limit]]
"""By table and rule: how many rows may break it."""

_NONE = Limit()


class RefusedError(SourceError):
    """Some of the rows break rules, which refuses the load; they are written down as `REFUSED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Rows of a run that break one rule.

    Attributes:
        rule: Its name.
        column: The column that it is about; "" for a whole row.
        rows: Which rows of the run, counted from 0.
        values: What is wrong in each of them.
        told: Describes the mistake of a row of the run.
    """

    rule: str
    column: str
    rows: pl.Series
    values: pl.Series
    told: Callable[[int], Issue]


class Rejects:
    """Gathers the rows of a load that break rules.

    Args:
        folder: Where they go when they are many.
    """

    def __init__(self, folder: Path) -> None:
        self._spool = Spool(folder)
        self._mistakes: dict[tuple[str, str], Mistakes] = {}
        self._files: dict[str, Path] = {}

    def add(self, run: TypedTable, breach: Breach) -> None:
        """Take rows that break a rule."""
        if not len(breach.rows):
            return
        mistakes = self._mistakes.setdefault((run.table.name, breach.rule), Mistakes())
        mistakes.add_alike(len(breach.rows), breach.rows, breach.told)
        places = run.places.located(run.numbers.gather(breach.rows))
        self._files |= run.places.files
        self._spool.add(
            places.select(
                pl.lit(run.table.name).alias("table"),
                "source",
                "row",
                pl.lit(None, pl.Int64).alias("line"),
                pl.lit(breach.rule).alias("rule"),
                pl.lit(breach.column or None, pl.String).alias("column"),
                breach.values.cast(pl.String).alias("value"),
            )
        )

    def is_hopeless(self, limits: Limits, accounts: Mapping[str, Account]) -> bool:
        """Tell whether more rows break a rule than the model allows whatever is still to come."""
        for table, rule in self._mistakes:
            limit = limits.get(table, {}).get(rule, _NONE)
            if limit.rows is not None and accounts[table].broken[rule] > limit.rows:
                return True
        return False

    def refuse(self, mistakes: Mistakes, limits: Limits, accounts: Mapping[str, Account]) -> None:
        """Make mistakes of all breaches of rules that more rows break than the model allows."""
        for (table, rule), found in self._mistakes.items():
            limit = limits.get(table, {}).get(rule, _NONE)
            if not limit.allows(accounts[table].broken[rule], accounts[table].read):
                mistakes.include(found)

    def write(self, path: Path) -> bool:
        """Write all down, with the lines of rows of CSV files; tell whether there are any."""
        path.unlink(missing_ok=True)
        frames = [self._with_lines(frame) for frame in self._spool]
        if frames:
            path.parent.mkdir(exist_ok=True)
            pl.concat(frames).cast(SCHEMA).write_parquet(path, compression="zstd")
        self._spool.clear()
        return bool(frames)

    def _with_lines(self, frame: pl.DataFrame) -> pl.DataFrame:
        found = []
        for (source,), part in frame.group_by("source", maintain_order=True):
            path = self._files.get(str(source))
            at = lines(path, part["row"] - 1) if path else part["line"]
            found.append(part.with_columns(at.alias("line")))
        return pl.concat(found)
