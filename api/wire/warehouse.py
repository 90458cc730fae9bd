"""The warehouse as clients see it: how fresh it is, its snapshots, tables and loads, and where a measure comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import polars as pl
from pydantic import BaseModel

from cube_server.engine import SnapshotInfo
from cube_server.lineage import Lineage
from cube_server.metadata.loads import LoadRecord
from cube_server.warehouse.manifest import Manifest, StoredFile, TableManifest


class FreshnessView(BaseModel):
    """How fresh what is served is."""

    snapshot: str
    created: dt.datetime
    """When its load was committed, or the state of a database first seen."""
    age_seconds: int
    """How long ago that was."""
    source: str
    """Where its load read, or the database that is asked; without passwords."""
    data_date: dt.date | None
    """The last day with facts."""
    data_age_days: int | None
    """How many days ago that was, in UTC."""


class SnapshotSummary(BaseModel):
    """A snapshot in a list."""

    id: str
    created: dt.datetime
    source: str
    model_name: str
    model_hash: str
    rows: int
    """The rows of all facts."""
    bytes: int
    new_bytes: int
    """Of files that its load wrote."""
    kept: list[str]
    """Why the policy keeps it: all, newest, day, month; none if the next load retires it."""


class SnapshotList(BaseModel):
    """The snapshots, the newest first."""

    snapshots: list[SnapshotSummary]


class ColumnFigures(BaseModel):
    """A stored column in numbers."""

    name: str
    type: str
    nulls: int
    minimum: bool | int | float | str | None
    maximum: bool | int | float | str | None


class StoredTableView(BaseModel):
    """A stored table."""

    name: str
    kind: str
    rows: int
    files: int
    bytes: int
    loaded: str | None
    """The newest snapshot whose load wrote a file of it; null for one of an older format."""
    first: bool | int | float | str | None
    """The least key of time of its facts."""
    last: bool | int | float | str | None
    columns: list[ColumnFigures]


class TableList(BaseModel):
    """The tables of a snapshot."""

    snapshot: str
    tables: list[StoredTableView]


class ContentView(BaseModel):
    """A file or SQL table that was read."""

    name: str
    sha256: str
    skipped: str | None
    """The snapshot that had loaded the same content, if it was therefore left out."""


class LoadedTableView(BaseModel):
    """What a load did with a table."""

    name: str
    mode: str
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    rows_deduplicated: int
    rows_repeated: int | None
    """Like the next two null in records of versions that did not count them."""
    rows_filtered: int | None
    rows_known: int | None
    """Left out because the same were loaded before."""
    rows_removed: int
    files_written: int
    bytes_written: int
    contents: list[ContentView]


class StepView(BaseModel):
    """A step of a load."""

    name: str
    seconds: float


class LoadView(BaseModel):
    """A load."""

    id: int
    started: dt.datetime
    seconds: float
    outcome: str
    """`loaded`, `unchanged` or `failed`."""
    source: str
    model_name: str
    model_hash: str
    snapshot: str | None
    error_code: str | None
    error: str | None
    rejects: str | None
    """Where the rows are that broke rules, which `.../rejects` lists; null if there were none."""
    steps: list[StepView]
    tables: list[LoadedTableView]


class LoadList(BaseModel):
    """Loads, the newest first."""

    loads: list[LoadView]
    total: int


class RejectView(BaseModel):
    """A row that broke a rule."""

    table: str
    source: str
    """The file or SQL table."""
    row: int
    """Its number there, from 1."""
    line: int | None
    """Of a CSV file: the line on which it starts."""
    rule: str
    column: str | None
    """What the rule is about; null for a whole row."""
    value: str | None
    """What stands there."""


class RejectList(BaseModel):
    """The rejects of a load, as they were found."""

    load: int
    rejects: list[RejectView]
    total: int
    """Of all pages, after the filter."""


class MeasureOriginView(BaseModel):
    """A measure on the way down."""

    cube: str
    name: str
    formula: str
    aggregate: str


class ColumnOriginView(BaseModel):
    """A column that a measure is computed from."""

    table: str
    name: str
    type: str


class LoadShare(BaseModel):
    """What a load wrote of a table."""

    snapshot: str | None
    rows: int


class TableOriginView(BaseModel):
    """A table that a measure is computed from."""

    name: str
    source: list[str]
    rows: int
    loads: list[LoadShare]


class LineageView(BaseModel):
    """Where a measure comes from; the first of `measures` is the measure itself."""

    snapshot: str
    measures: list[MeasureOriginView]
    columns: list[ColumnOriginView]
    tables: list[TableOriginView]


def view_freshness(served: SnapshotInfo, now: dt.datetime) -> FreshnessView:
    """Show how fresh the served snapshot is."""
    day = served.data_date
    return FreshnessView(
        snapshot=served.id,
        created=served.created,
        age_seconds=int((now - served.created).total_seconds()),
        source=served.source,
        data_date=day,
        data_age_days=None if day is None else (now.date() - day).days,
    )


def view_snapshot(manifest: Manifest, kept: Sequence[str]) -> SnapshotSummary:
    """Show a snapshot in a list."""
    files = [file for table in manifest.tables.values() for file in table.files]
    return SnapshotSummary(
        id=manifest.snapshot,
        created=manifest.created,
        source=manifest.source,
        model_name=manifest.model_name,
        model_hash=manifest.model_hash,
        rows=sum(table.rows for table in manifest.tables.values() if table.kind == "fact"),
        bytes=sum(file.bytes for file in files),
        new_bytes=sum(file.bytes for file in files if file.load == manifest.snapshot),
        kept=list(kept),
    )


def view_table(name: str, table: TableManifest) -> StoredTableView:
    """Show a stored table."""
    times = [file.time for file in table.files if file.time]
    return StoredTableView(
        name=name,
        kind=table.kind,
        rows=table.rows,
        files=len(table.files),
        bytes=sum(file.bytes for file in table.files),
        loaded=_newest(table.files),
        # Keys of one column, so they are of one type.
        first=min((time.first for time in times), default=None),
        last=max((time.last for time in times), default=None),
        columns=[
            ColumnFigures(name=name, **stats.model_dump(exclude={"magnitude"})) for name, stats in table.columns.items()
        ],
    )


def view_load(record: LoadRecord) -> LoadView:
    """Show a load."""
    told: dict[str, Any] = asdict(record)
    return LoadView(**{**told, "steps": [{"name": name, "seconds": seconds} for name, seconds in record.steps]})


def view_rejects(load: int, found: pl.DataFrame, total: int) -> RejectList:
    """Show a page of a load's rejects."""
    return RejectList(load=load, rejects=[RejectView(**row) for row in found.to_dicts()], total=total)


def view_lineage(lineage: Lineage) -> LineageView:
    """Show where a measure comes from."""
    told: dict[str, Any] = asdict(lineage)
    for table, found in zip(told["tables"], lineage.tables, strict=True):
        table["loads"] = [{"snapshot": snapshot, "rows": rows} for snapshot, rows in found.loads]
    return LineageView(**told)


def _newest(files: Sequence[StoredFile]) -> str | None:
    return max((file.load for file in files if file.load), key=int, default=None)
