"""A load: source > types > checks > surrogate keys > files > one visible snapshot.

Dimensions are read whole. Facts go through all steps a run of rows at a time, so that memory does not grow with them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from cube_server.errors import InternalError, SourceError
from cube_server.metadata.loads import LoadedTable
from cube_server.model.elements import Model
from cube_server.model.tables import Mode
from cube_server.progress import SILENT, Progress, counted
from cube_server.warehouse.manifest import Manifest, TableManifest
from cube_server.warehouse.rejects import REFUSED, UNCHANGED, rejects_path
from cube_server.warehouse.store import Warehouse

from .accounts import Account
from .checks import check_sums
from .dimension_tables import DimensionLoad
from .dimensions import Numbering
from .fact_tables import FactLoad, Given
from .history import Histories
from .mistakes import Mistakes
from .modes import BY_MODEL, How
from .planning import Plan, plan_load, watermarks
from .previous import Previous
from .reading import Asked, Reader
from .rejects import RefusedError
from .report import LinkReport, LoadReport, TableReport, table_report
from .sources.opening import open_source
from .star import FactTable, Star, find_star
from .writing import Writer, open_writer

__all__ = ["LinkReport", "LoadReport", "TableReport", "load"]


def load(
    model: Model,
    source: str,
    warehouse: Path,
    *,
    how: How = BY_MODEL,
    effective: date | None = None,
    wait: float = 0,
    allow_hooks: bool = False,
    progress: Progress = SILENT,
) -> LoadReport:
    """Load a source into a warehouse as a new snapshot, whole or not at all.

    Where no table is loaded in full and nothing has changed, there is no new snapshot.

    >>> model = read_model(Path("cubes.json"))  # doctest: +SKIP
    >>> load(model, "exports/", Path("warehouse")).rows["fact_sales"]  # doctest: +SKIP
    1469307

    Args:
        model: Says which tables and columns to load, and their types.
        source: A folder of CSV or Parquet files, or an SQLAlchemy URL.
        warehouse: The warehouse's folder; is made if it does not exist.
        how: What becomes of the rows that are there; by default what the model says.
        effective: The day that the source tells of, for dimensions whose versions loads make; by default today (UTC).
        wait: For how many seconds to wait for another load to end.
        allow_hooks: Whether functions in Python that the model names may run.
        progress: Told of each table.

    Raises:
        SourceError: The source does not fit the model; every mistake is counted, the first are shown.
        WarehouseError: Another load is at work, or the warehouse cannot be written.
        ModelError: The model uses names that the warehouse needs, or nothing in it depends on the day given.
        SettingsError: A table cannot be loaded in the way that `how` says.
    """
    started = time.monotonic()
    star = find_star(model)
    store = Warehouse(warehouse)
    histories = Histories(star, store, effective)
    with open_source(source) as opened, open_writer(store, wait) as writer:
        plan, rest = plan_load(star, how, opened, writer.previous, writer.snapshot)
        mistakes = Mistakes()
        since = watermarks(star, plan, writer.previous)
        asked = Asked(star.tables, model.tables, since=since, allows_hooks=allow_hooks)
        reader = Reader(asked, rest, mistakes, progress, store.layout.staging)
        loading = _Loading(model, star, store, writer, reader, mistakes, plan, how, histories)
        stored = loading.tables(progress)
        reader.clear()
        is_new = writer.previous is None or _is_whole(plan) or writer.previous.tables != stored
        place = writer.snapshot if is_new else UNCHANGED
        has_rejects = reader.rejects.write(rejects_path(store.root, place))
        tables = tuple(_with_account(table, reader.accounts) for table in loading.done)
        if is_new:
            writer.commit(_manifest(model, opened.name, writer, stored))
    return LoadReport(
        snapshot=writer.snapshot if is_new or writer.previous is None else writer.previous.snapshot,
        rows={name: table.rows for name, table in stored.items()},
        links=tuple(loading.links),
        seconds=time.monotonic() - started,
        tables=tables,
        accounts=tuple(table_report(account) for account in reader.accounts.values()),
        is_new=is_new,
        rejects=place if has_rejects else None,
    )


class _Loading:
    """One load while it is at work."""

    def __init__(
        self,
        model: Model,
        star: Star,
        store: Warehouse,
        writer: Writer,
        reader: Reader,
        mistakes: Mistakes,
        plan: Plan,
        how: How,
        histories: Histories,
    ) -> None:
        self._model, self._star, self._store, self._writer = model, star, store, writer
        self._reader, self._mistakes, self._plan, self._how = reader, mistakes, plan, how
        self._previous = Previous(store, writer.previous)
        self._dimensions = DimensionLoad(model, star, plan, self._previous, mistakes, histories)
        self.links: list[LinkReport] = []
        self.done: list[LoadedTable] = []

    def tables(self, progress: Progress) -> dict[str, TableManifest]:
        """Read, check and store all tables; what is written is not visible yet."""
        self._dimensions.read(self._reader.runs, lambda: self._is_hopeless)
        # Once there is a mistake the rest is read only to tell all others.
        numberings = None if self._is_hopeless else self._dimensions.numberings()
        facts = {fact.table.name: self._facts(fact, numberings) for fact in self._star.facts}
        self._refuse()
        assert numberings is not None
        progress.start("write", total=len(numberings), unit="dimensions")
        stored = {
            table.name: self._dimensions.stored(table, numberings[table.name], self._writer)
            for table in self._star.numbered
        }
        stored |= self._dimensions.stored_versions(numberings, self._writer)
        progress.finish(counted(len(numberings), "dimension"))
        self.done = [*self._dimensions.report(stored, self._writer), *self.done]
        return stored | {name: table for name, table in facts.items() if table}

    def _facts(self, fact: FactTable, numberings: Mapping[str, Numbering] | None) -> TableManifest | None:
        """Take a table of facts through all steps; give nothing if there is any mistake."""
        plan = self._plan[fact.table.name]
        if numberings is None:
            for _ in () if plan.is_left else self._reader.runs(fact.table):
                pass
            return None
        given = Given(
            numberings=numberings,
            rows=self._dimensions.rows,
            dimensions={dimension.name: dimension for dimension in self._model.dimensions},
            previous=self._previous.newest,
            period=self._how.period,
            again=self._how.again,
        )
        loading = FactLoad(fact, plan, given, self._writer, self._mistakes)
        stored = (
            loading.left() if plan.is_left else loading.stored(self._reader.runs(fact.table), lambda: self._is_hopeless)
        )
        if stored is None:
            return None
        for cube in self._model.cubes:
            if cube.table == fact.table:
                check_sums(cube, stored.columns, self._mistakes)
        self.links += loading.links
        self.done.append(loading.report(stored))
        return stored

    @property
    def _is_hopeless(self) -> bool:
        return bool(self._mistakes) or self._reader.is_hopeless

    def _refuse(self) -> None:
        """Refuse the load if anything is wrong; what rows are wrong is written down first."""
        try:
            self._reader.refuse()
            self._mistakes.refuse()
        except SourceError as error:
            if self._reader.rejects.write(rejects_path(self._store.root, REFUSED)):
                raise RefusedError(error.message, hint=error.hint, issues=error.issues) from None
            raise


def _with_account(table: LoadedTable, accounts: Mapping[str, Account]) -> LoadedTable:
    """Add what was left out on the way to the rows that a table's step was given."""
    account = accounts.get(table.name)
    if account is None:
        return table
    told = replace(
        table,
        rows_read=account.read,
        rows_rejected=account.rejected,
        rows_deduplicated=account.deduplicated,
        rows_repeated=account.repeated,
        rows_filtered=account.filtered.total(),
    )
    if not told.is_balanced:
        raise InternalError(f"Not all rows of table {table.name!r} are accounted for: {told}.")
    return told


def _is_whole(plan: Plan) -> bool:
    return all(table.mode is Mode.FULL and not table.is_left for table in plan.values())


def _manifest(model: Model, source: str, writer: Writer, tables: dict[str, TableManifest]) -> Manifest:
    return Manifest(
        snapshot=writer.snapshot,
        created=datetime.now(UTC),
        model_name=model.name,
        model_hash=model.hash,
        source=source,
        tables=tables,
    )
