"""`cube-server load`: from a source to a new snapshot, and what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import ModelOption, WarehouseOption, local_settings

if TYPE_CHECKING:
    from rich.table import Table

    from loaders.pipeline import LoadReport

EXAMPLES = """
[bold]Examples[/bold]
  cube-server load --from exports/
  cube-server load --model cubes.json --from sqlite:///shop.db --warehouse warehouse
"""


def load(
    source: Annotated[
        str,
        typer.Option("--from", metavar="SOURCE", help="A folder of CSV or Parquet files, or an SQLAlchemy URL."),
    ],
    model: ModelOption = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Load a source into a warehouse as a new snapshot, whole or not at all."""
    from cube_server.cli.watching import watched
    from cube_server.model.read import read_model
    from loaders import pipeline

    settings = local_settings(model=model, warehouse=warehouse)
    with watched() as progress:
        report = pipeline.load(read_model(settings.model), source, settings.warehouse, progress=progress)
    show_report(report)


def show_report(report: LoadReport) -> None:
    """Print what a load did."""
    from cube_server.cli.console import show

    show(_rows(report))
    show(_links(report))
    show(f"Snapshot {report.snapshot} is loaded in {report.seconds:.1f} s.")


def _rows(report: LoadReport) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("Table", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Rows", justify="right")
    for name, rows in report.rows.items():
        table.add_row(name, f"{rows:,}")
    return table


def _links(report: LoadReport) -> Table:
    """Facts whose keys lead nowhere are kept and counted: they stand under *unknown* and *null*."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("Link", "Dimension", box=SIMPLE_HEAD, pad_edge=False)
    for header in ("Unknown keys", "Rows with them", "Rows with null"):
        table.add_column(header, justify="right")
    for link in report.links:
        count = link.count
        numbers = (f"{number:,}" for number in (count.unknown_keys, count.unknown_rows, count.null_rows))
        table.add_row(f"{link.table}.{link.column}", link.dimension, *numbers)
    return table
