"""Reading tables of the model, a run of rows at a time: those of the source, and those derived from them."""

from __future__ import annotations

import itertools
from collections import Counter as CountOf
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from cube_server.errors import Issue
from cube_server.model.making import FIELDS, PLAIN, Limit
from cube_server.model.tables import Column, Days, Derivation, Table
from cube_server.progress import Progress, counted
from cube_server.types import Scalar

from .accounts import Account
from .calendars import Span, calendar, span
from .conversion import polars_type
from .counting import Counter
from .derivation import Deriver
from .hooks import find_hook
from .mistakes import Mistakes
from .origins import Places, TypedTable
from .rejects import Breach, Rejects
from .shelf import Shelf
from .sources.base import Sized, Source
from .transformation import Transformer
from .uniqueness import deduplicated, unique

ROWS_PER_RUN = 1 << 20
"""How many rows a run has, but for the last: memory does not grow with the source."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a load asks of a reader.

    Attributes:
        wanted: The tables that will be asked for.
        others: Tables that rules may name.
        since: By table, the greatest value of its watermark that is loaded; by default all rows are read.
        allows_hooks: Whether functions in Python that the model names may run.
    """

    wanted: tuple[Table, ...]
    others: tuple[Table, ...] = ()
    since: Mapping[str, Scalar] = field(default_factory=dict)
    allows_hooks: bool = False


class Reader:
    """Reads tables. What several tables are made of is read once, and set aside.

    Args:
        asked: What is asked for.
        source: Where the tables are that are not derived.
        mistakes: Takes what is missing.
        progress: Told of each table.
        folder: Where rows may be set aside.
    """

    def __init__(self, asked: Asked, source: Source, mistakes: Mistakes, progress: Progress, folder: Path) -> None:
        self._asked, self._source, self._mistakes = asked, source, mistakes
        self._progress, self._folder = progress, folder
        self._tables = _tables(asked.wanted, {table.name: table for table in asked.others})
        self._uses = _uses(asked.wanted, self._tables)
        self._kept: dict[str, Shelf] = {}
        self.rejects = Rejects(folder)
        self.accounts: dict[str, Account] = {}

    @property
    def limits(self) -> dict[str, Mapping[str, Limit]]:
        """How many rows may break each rule of each table."""
        return {table.name: table.making.limits for table in self._tables.values()}

    @property
    def is_hopeless(self) -> bool:
        """Whether the load will be refused, whatever is still to come."""
        return bool(self._mistakes) or self.rejects.is_hopeless(self.limits, self.accounts)

    def refuse(self) -> None:
        """Raise SourceError if anything is missing, or more rows break a rule than the model allows."""
        self.rejects.refuse(self._mistakes, self.limits, self.accounts)
        self._mistakes.refuse()
        for account in self.accounts.values():
            account.balance()

    def runs(self, table: Table) -> Iterator[TypedTable]:
        """Read a table run by run; nothing at all if it is missing or faulty as a whole."""
        self._progress.start(f"read {table.name}", total=self._about(table))
        rows = 0
        for run in regrouped(self._runs(table)):
            yield run
            rows += run.frame.height
            self._progress.advance(run.frame.height)
        self._progress.finish(counted(rows, "row"))

    def _about(self, table: Table) -> int | None:
        """Tell about how many rows will be read, as far as the source knows."""
        is_whole = table.derivation is None and table.name not in self._asked.since
        return self._source.rows(_source_side(table)) if is_whole and isinstance(self._source, Sized) else None

    def clear(self) -> None:
        """Forget what was set aside."""
        for kept in self._kept.values():
            kept.clear()

    def _runs(self, table: Table, columns: Collection[str] | None = None) -> Iterator[TypedTable]:
        """Give a table's runs; of such as were set aside with no more columns than are asked for."""
        if table.name in self._kept:
            yield from self._kept[table.name].runs(columns)
        elif self._uses[table.name] > 1:
            kept = Shelf(self._folder)
            for run in regrouped(self._made(table)):
                kept.add(run)
                yield run
            self._kept[table.name] = kept
        else:
            yield from self._made(table)

    def _made(self, table: Table) -> Iterator[TypedTable]:
        """Take a table through all steps that the model says."""
        account = self.accounts.setdefault(table.name, Account(table.name))
        counters = {count.name: Counter(table, count, self._folder) for count in table.making.report}
        for run in self._transformed(table, account):
            account.loaded += run.frame.height
            for counter in counters.values():
                counter.add(run)
            yield run
        account.counts = {name: counter.result() for name, counter in counters.items()}

    def _transformed(self, table: Table, account: Account) -> Iterator[TypedTable]:
        keys = {rule.name: self._keys(self._tables[rule.table]) for rule in table.making.rules if rule.table}
        hook = find_hook(table, allowed=self._asked.allows_hooks)
        runs = Transformer(self.rejects, account, keys, hook).runs(self._given(table, account))
        if table.making.duplicates:
            runs = deduplicated(runs, table.making.duplicates, account, self._folder)
        if not table.key or table.has_versions:
            return runs
        return unique(table, runs, account, self.rejects, self._folder)

    def _keys(self, table: Table) -> pl.Series:
        (key,) = table.key
        runs = [run.frame[key.name] for run in self._runs(table)]
        return pl.concat(runs) if runs else pl.Series(dtype=polars_type(key.type))

    def _given(self, table: Table, account: Account) -> Iterator[TypedTable]:
        if isinstance(table.derivation, Days):
            yield from self._calendar(table, table.derivation, account)
        elif table.derivation is not None:
            yield from self._derived(table, table.derivation, account)
        else:
            places = Places()
            for part in self._source.parts(_source_side(table), self._mistakes, self._asked.since.get(table.name)):
                account.read += part.frame.height
                run = TypedTable(table, part.frame, places.numbers(part), places)
                if part.misfit is None:
                    yield run
                else:
                    self._reject(run, part.misfit, account)

    def _reject(self, run: TypedTable, misfit: Callable[[int], Issue], account: Account) -> None:
        """Take rows that have not the fields that their file should have."""
        texts = run.frame.to_series()
        at = pl.int_range(len(texts), eager=True)
        self.rejects.add(run, Breach(rule=FIELDS, column="", rows=at, values=texts, told=misfit))
        account.rejected += len(texts)
        account.broken[FIELDS] += len(texts)

    def _derived(self, table: Table, derivation: Derivation, account: Account) -> Iterator[TypedTable]:
        beside = {join.table.name: list(self._runs(join.table)) for join in derivation.joins}
        # The mistakes of what is faulty have been told.
        if all(beside.values()):
            given = {name: joined(runs).frame for name, runs in beside.items()}
            yield from Deriver(table, derivation, given, account).runs(self._counted(derivation, account))

    def _counted(self, derivation: Derivation, account: Account) -> Iterator[TypedTable]:
        for run in self._runs(derivation.table, derivation.columns):
            account.read += len(run.numbers)
            yield run

    def _calendar(self, table: Table, days: Days, account: Account) -> Iterator[TypedTable]:
        spans: list[Span] = []
        for owner in dict.fromkeys(days.tables):
            columns = [column.name for table, column in days.columns if table == owner]
            found = [[*span(run.frame[column])] for run in self._runs(owner) for column in columns]
            if not found:
                return
            spans += itertools.chain(*found)
        made = calendar(table, days, spans, self._mistakes)
        account.read += made.frame.height
        yield made


def _source_side(table: Table) -> Table:
    """Give the table as the source has it: the columns that are read, by the names that they have there."""
    sources = {column.name: table.making.source_of(column.name) for column in table.columns}
    columns = {name: Column(name, table.column(own).type) for own, name in sources.items() if name is not None}
    key = [columns[name] for column in table.key if (name := sources[column.name]) is not None]
    watermark = table.reading.watermark and sources[table.reading.watermark]
    reading = replace(table.reading, watermark=watermark or table.reading.watermark)
    return replace(table, key=tuple(key), columns=tuple(columns.values()), making=PLAIN, reading=reading)


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
            # Put before others even a rest of no rows would have them copied.
            waiting = [_cut(whole, ROWS_PER_RUN, None)] if whole.frame.height > ROWS_PER_RUN else []
            are_full = True
    if waiting and not (are_full and sum(run.frame.height for run in waiting) == 0):
        yield joined(waiting)


def _cut(run: TypedTable, start: int, rows: int | None) -> TypedTable:
    return TypedTable(run.table, run.frame.slice(start, rows), run.numbers.slice(start, rows), run.places)


def _tables(wanted: Iterable[Table], others: Mapping[str, Table]) -> dict[str, Table]:
    """Find all tables that are read for those wanted."""
    found: dict[str, Table] = {}
    waiting = list(wanted)
    while waiting:
        table = waiting.pop()
        if table.name not in found:
            found[table.name] = table
            waiting += table.derivation.tables if table.derivation else ()
            waiting += [others[rule.table] for rule in table.making.rules if rule.table]
    return found


def _uses(wanted: Iterable[Table], tables: Mapping[str, Table]) -> CountOf[str]:
    """Count how often each table is read, if each is made once."""
    made_of = [part.name for table in tables.values() if table.derivation for part in table.derivation.tables]
    ruled_by = [rule.table for table in tables.values() for rule in table.making.rules if rule.table]
    return CountOf([*(table.name for table in wanted), *made_of, *ruled_by])
