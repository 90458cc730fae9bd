"""`cube-server load`: from a source to a new snapshot, and what it found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import ModelOption, WarehouseOption, local_settings

if TYPE_CHECKING:
    from rich.text import Text

    from api.settings import Settings
    from loaders.pipeline import LinkReport, LoadReport, TableReport

EXAMPLES = """
[bold]Examples[/bold]
  cube-server load --from exports/
  cube-server load --model cubes.json --from sqlite:///shop.db --warehouse warehouse
"""


HooksOption = Annotated[bool, typer.Option("--allow-hooks", help="Run the functions in Python that the model names.")]
WaitOption = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for another load to end.")
]


def load(
    source: Annotated[
        str,
        typer.Option("--from", metavar="SOURCE", help="A folder of CSV or Parquet files, or an SQLAlchemy URL."),
    ],
    model: ModelOption = None,
    warehouse: WarehouseOption = None,
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
) -> None:
    """Load a source into a warehouse as a new snapshot, whole or not at all."""
    from cube_server.backends.embedded.encoding import encode_facts
    from cube_server.cli.watching import watched
    from cube_server.model.read import read_model
    from loaders import pipeline

    settings = local_settings(model=model, warehouse=warehouse)
    day = effective.date() if effective else None
    with watched() as progress:
        model_read = read_model(settings.model)
        report = pipeline.load(
            model_read,
            source,
            settings.warehouse,
            effective=day,
            wait=wait,
            allow_hooks=allow_hooks,
            progress=progress,
        )
        encode_facts(model_read, settings.warehouse, progress=progress)
    show_report(report)
    _retire(settings)


def show_report(report: LoadReport) -> None:
    """Print what a load did."""
    from cube_server.cli.console import show

    show(_rows(report))
    show(_links(report))
    if any(table.left_out for table in report.tables):
        show(_accounts(report))
    if any(table.counts for table in report.tables):
        show(_counts(report))
    typer.echo(f"Snapshot {report.snapshot} is loaded in {report.seconds:.1f} s.")


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
    from cube_server.cli.layout import laid_out

    lines = [(name, f"{rows:,}") for name, rows in report.rows.items()]
    return laid_out([("Table", "Rows")], lines, labels=1)


def _accounts(report: LoadReport) -> Text:
    """Of tables of which not every row is loaded: where the others are."""
    from cube_server.cli.layout import laid_out

    heads = [("Table", "Left out by", "Read", "Repeated", "Filtered", "Rejected", "Deduplicated", "Left")]
    return laid_out(heads, [_account(table) for table in report.tables if table.left_out], labels=2)


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

    counted = [(table.table, name, count) for table in report.tables for name, count in table.counts.items()]
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
