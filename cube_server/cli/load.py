"""`cube-server load`: from a source to a new snapshot, and what it found."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import MetadataOption, ModelOption, WarehouseOption, local_settings

if TYPE_CHECKING:
    from rich.text import Text

    from api.settings import Settings
    from cube_server.errors import MetadataError
    from cube_server.progress import Progress
    from loaders.modes import How
    from loaders.report import LinkReport, LoadReport, TableReport

EXAMPLES = """
[bold]Examples[/bold]
  cube-server load --from exports/
  cube-server load --model cubes.json --from sqlite:///shop.db --warehouse warehouse
  cube-server load --from day/ --mode append
  cube-server load --from march/ --replace 2017-03
  cube-server load --from day/ --mode sale=append --mode product=upsert --wait 600
"""


HooksOption = Annotated[bool, typer.Option("--allow-hooks", help="Run the functions in Python that the model names.")]
WaitOption = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for another load to end.")
]
ModeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--mode",
        metavar="[TABLE=]MODE",
        help="What becomes of the rows that are there: full, append, upsert or replace. May be repeated.",
        show_default="as the model says, else full",
    ),
]
ReplaceOption = Annotated[
    str | None,
    typer.Option(
        "--replace",
        metavar="PERIOD",
        help="Replace the facts of a period: 2017, 2017-Q1, 2017-03, 2017-03-31, or a range A..B of them.",
    ),
]


def load(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="A folder or file (CSV, Parquet, Delta, Iceberg), a URL of Parquet, or an SQLAlchemy URL.",
        ),
    ],
    model: ModelOption = None,
    warehouse: WarehouseOption = None,
    mode: ModeOption = None,
    replace: ReplaceOption = None,
    again: Annotated[bool, typer.Option("--again", help="Load files, too, that were loaded before.")] = False,
    effective: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="The day that the source tells of, where loads make versions of rows; by default today (UTC).",
        ),
    ] = None,
    wait: WaitOption = 0,
    allow_hooks: HooksOption = False,
    metadata: MetadataOption = None,
) -> None:
    """Load a source into a warehouse as a new snapshot, whole or not at all."""
    how = _how(mode or [], replace, again=again)
    settings = local_settings(model=model, warehouse=warehouse, metadata=metadata)
    day = effective.date() if effective else None
    _load(settings, source, how, day, wait, allow_hooks=allow_hooks)
    _retire(settings)


def _load(settings: Settings, source: str, how: How, day: date | None, wait: float, *, allow_hooks: bool) -> None:
    from api.access import settings_database
    from cube_server.backends.embedded.encoding import encode_facts
    from cube_server.cli.watching import watched
    from cube_server.metadata.loads import Loads
    from cube_server.model.read import read_model
    from cube_server.model.tables import Mode
    from loaders import pipeline
    from loaders.recording import recorded

    model, database = read_model(settings.model), settings_database(settings)

    def run(progress: Progress) -> LoadReport:
        return pipeline.load(
            model,
            source,
            settings.warehouse,
            how=how,
            effective=day,
            wait=wait,
            allow_hooks=allow_hooks,
            progress=progress,
        )

    with closing(database), watched() as progress:
        done = recorded(Loads(database), run, model=model, source=source, progress=progress)
        report, _ = done
        whole = [table.name for table in report.tables if table.mode == Mode.FULL]
        encode_facts(model, settings.warehouse, tables=whole, progress=progress)
    show_recorded(*done)


def show_recorded(report: LoadReport, unwritten: MetadataError | None) -> None:
    """Print what a load did, and the error if that could not be recorded."""
    from cube_server.cli.console import say

    show_report(report)
    if unwritten is not None:
        say(f"The load is done, but not recorded: {unwritten}")


def show_report(report: LoadReport) -> None:
    """Print what a load did."""
    from cube_server.cli.console import show

    show(_rows(report))
    show(_links(report))
    if any(table.left_out for table in report.accounts):
        show(_accounts(report))
    if any(table.counts for table in report.accounts):
        show(_counts(report))
    for table in report.tables:
        for content in table.contents:
            if content.skipped:
                typer.echo(f"{content.name} is skipped: loaded as snapshot {content.skipped}.")
    done = f"Snapshot {report.snapshot} is loaded" if report.is_new else f"Nothing has changed: still {report.snapshot}"
    typer.echo(f"{done} in {report.seconds:.1f} s.")


def _how(modes: list[str], period: str | None, *, again: bool) -> How:
    from cube_server.model.tables import Mode
    from loaders.modes import How
    from loaders.periods import parse_period

    chosen: dict[str, Mode] = {}
    for text in modes:
        table, _, name = text.rpartition("=")
        if name not in list(Mode):
            valid = ", ".join(Mode)
            raise typer.BadParameter(f"{name!r} is no mode. Valid: {valid}.", param_hint="--mode")
        chosen[table] = Mode(name)
    try:
        return How(modes=chosen, period=parse_period(period) if period is not None else None, again=again)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--replace") from error


def _retire(settings: Settings) -> None:
    """Retire what the policy does not keep. The load is done: what fails here is told, and no failure of it."""
    from cube_server.cli.console import say
    from cube_server.cli.snapshots import retired_text
    from cube_server.errors import WarehouseError
    from cube_server.warehouse.store import Warehouse
    from loaders.retiring import retire_snapshots

    policy = settings.retention
    if policy.keeps_all:
        return
    try:
        say(retired_text(retire_snapshots(Warehouse(settings.warehouse), policy), policy))
    except WarehouseError as error:
        say(f"Old snapshots are not retired: {error}")


def _rows(report: LoadReport) -> Text:
    """Tables made of levels are none that the user knows: they have no mode."""
    from cube_server.cli.layout import laid_out

    done = {table.name: table for table in report.tables}
    lines = []
    for name, rows in report.rows.items():
        counts = (
            (done[name].rows_read, done[name].rows_removed, done[name].files_written) if name in done else (0, 0, 0)
        )
        mode = done[name].mode if name in done else "made"
        lines.append((name, mode, f"{rows:,}", *(f"{count:,}" for count in counts)))
    return laid_out([("Table", "Mode", "Rows", "Read", "Removed", "New files")], lines, labels=2)


def _accounts(report: LoadReport) -> Text:
    """Of tables of which not every row is loaded: where the others are."""
    from cube_server.cli.layout import laid_out

    heads = [("Table", "Left out by", "Read", "Repeated", "Filtered", "Rejected", "Deduplicated", "Left")]
    return laid_out(heads, [_account(table) for table in report.accounts if table.left_out], labels=2)


def _account(table: TableReport) -> tuple[str, ...]:
    by = [f"{name} {rows:,}" for name, rows in {**table.filtered, **table.broken}.items()]
    counts = (
        table.read,
        table.repeated,
        sum(table.filtered.values()),
        table.rejected,
        table.deduplicated,
        table.loaded,
    )
    return (table.table, ", ".join(by), *(f"{count:,}" for count in counts))


def _counts(report: LoadReport) -> Text:
    from cube_server.cli.layout import laid_out

    counted = [(table.table, name, count) for table in report.accounts for name, count in table.counts.items()]
    lines = [
        (table, name, f"{count:,}" if isinstance(count, int | float) else str(count)) for table, name, count in counted
    ]
    return laid_out([("Table", "Counted", "")], lines, labels=2)


def _links(report: LoadReport) -> Text:
    """Facts whose keys lead nowhere are kept and counted: they stand under *unknown* and *null*."""
    from cube_server.cli.layout import laid_out

    heads = [("Link", "Dimension", "Unknown keys", "Rows with them", "Rows with null")]
    return laid_out(heads, [_link(link) for link in report.links], labels=2)


def _link(link: LinkReport) -> tuple[str, ...]:
    counts = (link.count.unknown_keys, link.count.unknown_rows, link.count.null_rows)
    return (f"{link.table}.{link.column}", link.dimension, *(f"{count:,}" for count in counts))
