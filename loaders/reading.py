"""Reading tables of the model, a run of rows at a time: those of the source, and those derived from them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import polars as pl

from cube_server.model.tables import Days, Derivation, Table
from cube_server.progress import Progress
from cube_server.types import Scalar

from .calendars import Span, calendar, span
from .conversion import convert
from .derivation import Deriver
from .mistakes import Mistakes
from .origins import Places, TypedTable
from .sources.base import Source
from .spool import Spool

ROWS_PER_RUN = 1 << 20
"""How many rows a run has, but for the last: memory does not grow with the source."""

_NUMBER = "\0number"


class Reader:
    """Reads tables. What several tables are made of is read from the source once, and set aside.

    Args:
        wanted: The tables that will be asked for.
        source: Where the tables are that are not derived.
        mistakes: Takes what is missing, and what is not of its declared type.
        progress: Told of each table.
        folder: Where rows may be set aside.
        since: By table, the greatest value of its watermark that is loaded; by default all rows are read.
    """

    def __init__(
        self,
        wanted: Iterable[Table],
        source: Source,
        mistakes: Mistakes,
        progress: Progress,
        folder: Path,
        since: Mapping[str, Scalar] = MappingProxyType({}),
    ) -> None:
        self._source, self._mistakes, self._progress, self._folder = source, mistakes, progress, folder
        self._since = since
        self._uses = _uses(wanted)
        self._kept: dict[str, _Kept] = {}

    def runs(self, table: Table) -> Iterator[TypedTable]:
        """Read a table run by run; nothing at all if it is missing or faulty as a whole."""
        self._progress.start(f"read {table.name}")
        rows = 0
        for run in regrouped(self._runs(table)):
            yield run
            rows += run.frame.height
            self._progress.advance(run.frame.height)
        self._progress.finish(f"{rows:,} rows")

    def clear(self) -> None:
        """Forget what was set aside."""
        for kept in self._kept.values():
            kept.spool.clear()

    def _runs(self, table: Table) -> Iterator[TypedTable]:
        if table.name in self._kept:
            yield from self._kept[table.name].runs()
            return
        runs = self._made(table, table.derivation) if table.derivation else self._from_source(table)
        if self._uses[table.name] > 1:
            kept = _Kept(table, Spool(self._folder))
            runs = kept.keeping(regrouped(runs))
            yield from runs
            self._kept[table.name] = kept
        else:
            yield from runs

    def _from_source(self, table: Table) -> Iterator[TypedTable]:
        places = Places()
        for part in self._source.parts(table, self._mistakes, self._since.get(table.name)):
            numbers = places.numbers(part)
            yield convert(TypedTable(table, part.frame, numbers, places), self._mistakes)

    def _made(self, table: Table, derivation: Derivation | Days) -> Iterator[TypedTable]:
        if isinstance(derivation, Days):
            return self._calendar(table, derivation)
        return self._derived(table, derivation)

    def _derived(self, table: Table, derivation: Derivation) -> Iterator[TypedTable]:
        beside = {join.table.name: list(self._runs(join.table)) for join in derivation.joins}
        # The mistakes of what is faulty have been told.
        if all(beside.values()):
            given = {name: joined(runs).frame for name, runs in beside.items()}
            yield from Deriver(table, derivation, given, self._mistakes).runs(self._runs(derivation.table))

    def _calendar(self, table: Table, days: Days) -> Iterator[TypedTable]:
        spans: list[Span] = []
        for owner in dict.fromkeys(days.tables):
            columns = [column.name for table, column in days.columns if table == owner]
            found = [[*span(run.frame[column])] for run in self._runs(owner) for column in columns]
            if not found:
                return
            spans += itertools.chain(*found)
        yield calendar(table, days, spans, self._mistakes)


class _Kept:
    """A table's rows, set aside for those that read it again."""

    def __init__(self, table: Table, spool: Spool) -> None:
        self._table, self.spool = table, spool
        self._places = Places()

    def keeping(self, runs: Iterator[TypedTable]) -> Iterator[TypedTable]:
        for run in runs:
            self._places = run.places
            self.spool.add(run.frame.with_columns(run.numbers.alias(_NUMBER)))
            yield run

    def runs(self) -> Iterator[TypedTable]:
        for frame in self.spool:
            yield TypedTable(self._table, frame.drop(_NUMBER), frame[_NUMBER], self._places)


def joined(runs: list[TypedTable]) -> TypedTable:
    """Put runs of one table together."""
    if len(runs) == 1:
        return runs[0]
    numbers = pl.concat([run.numbers for run in runs], rechunk=True)
    return TypedTable(runs[0].table, pl.concat([run.frame for run in runs], rechunk=True), numbers, runs[0].places)


def regrouped(runs: Iterator[TypedTable]) -> Iterator[TypedTable]:
    """Make runs of `ROWS_PER_RUN` rows, but for the last, which has what is left; of no rows one run."""
    waiting: list[TypedTable] = []
    are_full = False
    for given in runs:
        waiting.append(given)
        while sum(run.frame.height for run in waiting) >= ROWS_PER_RUN:
            whole = joined(waiting)
            yield _cut(whole, 0, ROWS_PER_RUN)
            waiting, are_full = [_cut(whole, ROWS_PER_RUN, None)], True
    if waiting and not (are_full and sum(run.frame.height for run in waiting) == 0):
        yield joined(waiting)


def _cut(run: TypedTable, start: int, rows: int | None) -> TypedTable:
    return TypedTable(run.table, run.frame.slice(start, rows), run.numbers.slice(start, rows), run.places)


def _uses(wanted: Iterable[Table]) -> Counter[str]:
    """Count how often each table is read, if each that is derived is derived once."""
    uses: Counter[str] = Counter()
    waiting = list(wanted)
    while waiting:
        table = waiting.pop()
        uses[table.name] += 1
        if uses[table.name] == 1 and table.derivation is not None:
            waiting += table.derivation.tables
    return uses
