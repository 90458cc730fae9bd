"""One table of facts in one load: its rows encoded and stored, and put to those that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import polars as pl

from cube_server.errors import Issue, SourceError
from cube_server.metadata.loads import LoadedContent, LoadedTable
from cube_server.model.dimensions import Dimension
from cube_server.model.tables import Mode
from cube_server.types import DataType, Kind
from cube_server.warehouse.manifest import Content, StoredFile, TableManifest
from cube_server.warehouse.snapshot import Snapshot

from .dimensions import Numbering
from .facts import FactEncoder
from .increments import StoredFacts, same_columns
from .mistakes import Mistakes
from .origins import TypedTable
from .periods import Period, days_of_keys
from .planning import TablePlan
from .report import LinkReport
from .star import FactLink, FactTable
from .stats import merged_stats
from .writing import Writer

_INT = DataType(Kind.INT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a load has made ready before it reads facts.

    Attributes:
        numberings: The surrogate keys by dimension table.
        rows: The rows of each dimension's table.
        dimensions: The dimensions by name.
        previous: The newest snapshot; None if nothing was loaded.
        period: The period to replace; None for that which the source covers.
        again: Whether contents are loaded that were loaded before.
    """

    numberings: Mapping[str, Numbering]
    rows: Mapping[str, pl.DataFrame]
    dimensions: Mapping[str, Dimension]
    previous: Snapshot | None
    period: Period | None
    again: bool


class FactLoad:
    """Loads one table of facts.

    Args:
        fact: The table and its links.
        plan: What is to be done.
        given: What is ready.
        writer: Writes files.
        mistakes: Takes what breaks a rule.
    """

    def __init__(self, fact: FactTable, plan: TablePlan, given: Given, writer: Writer, mistakes: Mistakes) -> None:
        self._fact, self._plan, self._given, self._writer, self._mistakes = fact, plan, given, writer, mistakes
        self._encoder = FactEncoder(fact, given.numberings)
        self._keys: list[pl.DataFrame] = []
        self._times: list[pl.Series] = []
        self._rows = self._removed = 0
        self._skipped: tuple[Content, ...] = ()

    @property
    def links(self) -> tuple[LinkReport, ...]:
        """What was found of each link."""
        return tuple(
            LinkReport(table=self._fact.table.name, column=link.column, dimension=link.dimension, count=count)
            for link, count in self._encoder.counts.items()
        )

    def stored(self, runs: Iterator[TypedTable], is_faulty: Callable[[], bool]) -> TableManifest | None:
        """Take the source's rows through all steps; give nothing if there is any mistake.

        Args:
            runs: The rows.
            is_faulty: Tells whether there is a mistake, so that the rest is read only to find others.
        """
        time = self._fact.time
        with self._writer.facts(self._fact.table.name, self._types, time.stored if time else None) as table:
            for run in runs:
                self._rows += run.frame.height
                if not is_faulty():
                    table.add(*self._encoded(run))
            return None if is_faulty() else self._merged(table.finish())

    def left(self) -> TableManifest:
        """Give the table as it is there.

        Raises:
            SourceError: Its columns are no more those of the model.
        """
        stored = self._stored_before
        assert stored is not None
        if {name: stats.type for name, stats in stored.columns.items()} != {n: str(t) for n, t in self._types.items()}:
            raise self._changed()
        return stored

    def report(self, stored: TableManifest) -> LoadedTable:
        """Tell what was done, of what is stored now."""
        written = [file for file in stored.files if file.load == self._writer.snapshot]
        return LoadedTable(
            name=self._fact.table.name,
            mode="left" if self._plan.is_left else self._plan.mode,
            rows_read=self._rows,
            rows_loaded=0 if self._skipped else self._rows,
            rows_known=self._rows if self._skipped else 0,
            rows_removed=self._removed,
            files_written=len(written),
            bytes_written=sum(file.bytes for file in written),
            contents=contents_of(replace(self._plan, skipped=(*self._plan.skipped, *self._skipped))),
        )

    @property
    def _types(self) -> dict[str, DataType]:
        links = {link.column for link in self._fact.links}
        own = {column.name: column.type for column in self._fact.table.columns if column.name not in links}
        return {**own, **{link.stored: _INT for link in self._fact.links}}

    @property
    def _key(self) -> list[str]:
        """The stored columns that hold the table's key: of a column that links, a surrogate."""
        links = {link.column: link.stored for link in reversed(self._fact.links)}
        return [links.get(column.name, column.name) for column in self._fact.table.key]

    def _encoded(self, run: TypedTable) -> tuple[pl.DataFrame, pl.Series | None]:
        facts, time = self._encoder.encoded(run)
        if self._existing is not None:
            self._keys += [facts.select(self._key)] if self._key else []
            self._times += [facts[self._fact.time.stored].unique()] if self._fact.time else []
        return facts, time

    @property
    def _stored_before(self) -> TableManifest | None:
        previous = self._given.previous
        return previous.manifest.tables.get(self._fact.table.name) if previous else None

    @property
    def _existing(self) -> TableManifest | None:
        """What is there that stays; None if all is replaced."""
        return None if self._plan.mode is Mode.FULL else self._stored_before

    def _changed(self) -> SourceError:
        return SourceError(
            f"The columns of {self._fact.table.name!r} have changed since it was loaded last.",
            hint="Load it in full: --mode TABLE=full.",
        )

    def _merged(self, new: TableManifest) -> TableManifest:
        read = self._contents(new)
        existing = self._existing
        if existing is None:
            return new.model_copy(update={"contents": read})
        if not same_columns(existing, new.columns):
            raise self._changed()
        if self._is_known(existing, read):
            return existing
        assert self._given.previous is not None
        stored = StoredFacts(self._given.previous, self._fact.table.name, self._store, self._natural)
        self._change(stored)
        self._removed = stored.removed
        stored.files += [file for file in new.files if file.rows or not stored.files]
        stored.compact()
        return new.model_copy(
            update={
                "rows": sum(file.rows for file in stored.files),
                "files": tuple(stored.files),
                "columns": merged_stats(file.columns for file in stored.files),
                "contents": (*existing.contents, *read),
            }
        )

    def _contents(self, new: TableManifest) -> tuple[Content, ...]:
        """Tell what was read: the files; of a source without files its rows, as they are stored."""
        told = [(file.name, file.sha256) for file in self._plan.files]
        if not told and new.rows:
            hashes = "".join(file.sha256 for file in new.files)
            told = [(f"rows of {self._fact.table.source}", sha256(hashes.encode()).hexdigest())]
        return tuple(Content(name=name, sha256=hash, snapshot=self._writer.snapshot) for name, hash in told)

    def _is_known(self, existing: TableManifest, read: tuple[Content, ...]) -> bool:
        """Tell whether rows to append, of a source without files, were appended before; see `planning` for files."""
        if self._plan.files or self._plan.mode is not Mode.APPEND or self._given.again:
            return False
        known = {content.sha256: content for content in existing.contents}
        self._skipped = tuple(known[content.sha256] for content in read if content.sha256 in known)
        return bool(self._skipped)

    def _change(self, stored: StoredFacts) -> None:
        keys = pl.concat(self._keys) if self._keys else None
        # Rows at the watermark come once more.
        may_repeat = self._plan.mode is Mode.APPEND and bool(self._fact.table.reading.watermark)
        if keys is not None and (self._plan.mode is Mode.UPSERT or may_repeat):
            stored.remove(keys)
            return
        if self._plan.mode is Mode.REPLACE:
            stored.remove(self._replaced())
        if keys is not None:
            self._refuse(stored.clashes(keys))

    def _replaced(self) -> pl.DataFrame:
        """Give the surrogates of time whose facts are replaced."""
        link = self._fact.time
        assert link is not None
        days = self._days(link)
        new = pl.concat(self._times).unique()
        keys = self._given.numberings[link.table.name].natural
        placed = pl.DataFrame({"key": keys.gather(new), "new": new}).join(days, on="key", how="left")
        period = self._given.period or _covered(placed["day"])
        if period is None:
            self._blame_days(placed, "has no day")
            return days.select(link.stored).clear()
        inside = pl.col("day").is_between(period.first, period.last)
        self._blame_days(placed.filter(~inside.fill_null(value=False)), f"is not in {period}")
        return days.filter(inside).select(link.stored)

    def _days(self, link: FactLink) -> pl.DataFrame:
        """Give key, day and surrogate of all that facts link to by time."""
        numbering, dimension = self._given.numberings[link.table.name], self._given.dimensions[link.dimension]
        days = days_of_keys(link, dimension, self._given.rows[dimension.table.name], numbering.natural)
        if days is None:
            raise SourceError(
                f"A period of {self._fact.table.name!r} cannot be replaced: {dimension.name!r} has no column of dates.",
                hint="Give it a level with a `date` as key and `period: day`, or choose another mode.",
            )
        return days.with_columns(numbering.surrogates(days["key"]).alias(link.stored))

    def _blame_days(self, wrong: pl.DataFrame, fault: str) -> None:
        assert self._fact.time is not None
        place = f"{self._fact.table.name}, column {self._fact.time.column}"
        hint = "Load it by itself, or name the period that it belongs to: --replace PERIOD."

        def issue(row: int) -> Issue:
            key = wrong["key"][row]
            return Issue(place, f"A fact of {'null' if key is None else repr(str(key))} {fault}.", hint)

        if wrong.height:
            self._mistakes.add_alike(wrong.height, range(wrong.height), issue)

    def _refuse(self, clashes: pl.DataFrame) -> None:
        """Note keys that are there already."""
        names = [column.name for column in self._fact.table.key]
        links = {link.stored: link for link in self._fact.links}

        def issue(row: int) -> Issue:
            values = [
                self._given.numberings[links[stored].table.name].natural[value] if stored in links else value
                for stored, value in zip(clashes.columns, clashes.row(row), strict=True)
            ]
            key = ", ".join(f"{name}={str(value)!r}" for name, value in zip(names, values, strict=True))
            fix = "Load by upsert to replace such rows."
            return Issue(self._fact.table.name, f"The key {key} is loaded already.", fix)

        if clashes.height:
            self._mistakes.add_alike(clashes.height, range(clashes.height), issue)

    def _store(self, facts: pl.DataFrame, time: pl.Series | None) -> StoredFile:
        return self._writer.store_facts(self._fact.table.name, facts, self._types, time)

    def _natural(self) -> pl.Series | None:
        link = self._fact.time
        return self._given.numberings[link.table.name].natural if link else None


def contents_of(plan: TablePlan) -> tuple[LoadedContent, ...]:
    """Tell what was read for a table, and what was left out."""
    read = tuple(LoadedContent(name=file.name, sha256=file.sha256) for file in plan.files)
    left = tuple(LoadedContent(name=each.name, sha256=each.sha256, skipped=each.snapshot) for each in plan.skipped)
    return (*read, *left)


def _covered(days: pl.Series) -> Period | None:
    first, last = days.min(), days.max()
    return None if first is None or last is None else Period(first, last)  # type: ignore[arg-type]
