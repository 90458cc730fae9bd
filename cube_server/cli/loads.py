"""`cube-server loads`: what was loaded, from where, and what came of it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import MetadataOption, WarehouseOption, local_settings

if TYPE_CHECKING:
    from cube_server.metadata.loads import LoadedTable, LoadRecord

EXAMPLES = """
[bold]Examples[/bold]
  cube-server loads
  cube-server loads 17
  cube-server loads --limit 5 --json
"""


def loads(
    number: Annotated[
        int | None, typer.Argument(metavar="[LOAD]", help="The number of a load: tell all of it.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many of the newest to list.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Write JSON, with all that is known.")] = False,
    warehouse: WarehouseOption = None,
    metadata: MetadataOption = None,
) -> None:
    """List the loads of a warehouse, the newest first; failed ones too."""
    from api.access import settings_database
    from cube_server.cli.console import say, show
    from cube_server.cli.layout import laid_out
    from cube_server.metadata.loads import Loads

    with closing(settings_database(local_settings(warehouse=warehouse, metadata=metadata))) as database:
        kept = Loads(database)
        found = kept.newest(limit) if number is None else (kept.find(number),)
    if json:
        _write_json(found)
        return
    if not found:
        say("No load is recorded.")
        return
    heads = [("Load", "Started (UTC)", "Outcome", "Snapshot", "Source", "Read", "Loaded", "Rejected", "Seconds")]
    show(laid_out(heads, [_line(record) for record in found], labels=5))
    if number is not None:
        _show_all(found[0])


def _write_json(found: tuple[LoadRecord, ...]) -> None:
    from dataclasses import asdict

    from pydantic_core import to_json

    from cube_server.cli.console import write

    write([to_json([asdict(record) for record in found], indent=2), b"\n"])


def _show_all(record: LoadRecord) -> None:
    from cube_server.cli.console import show
    from cube_server.cli.layout import laid_out

    if record.error:
        typer.echo(f"error[{record.error_code}]: {record.error}\n")
    if record.tables:
        heads = [
            (
                "Table",
                "Mode",
                "Read",
                "Loaded",
                "Rejected",
                "Deduplicated",
                "Filtered",
                "Repeated",
                "Known",
                "Removed",
                "New files",
            )
        ]
        show(laid_out(heads, [_table(table) for table in record.tables], labels=2))
    if record.steps:
        show(laid_out([("Step", "Seconds")], [(name, f"{seconds:.1f}") for name, seconds in record.steps], labels=1))


def _line(record: LoadRecord) -> tuple[str, ...]:
    counts = (
        sum(table.rows_read for table in record.tables),
        sum(table.rows_loaded for table in record.tables),
        sum(table.rows_rejected for table in record.tables),
    )
    outcome = f"{record.outcome} ({record.error_code})" if record.error_code else record.outcome
    begun = f"{record.started:%Y-%m-%d %H:%M:%S}"
    labels = (str(record.id), begun, outcome, record.snapshot or "", record.source)
    return (*labels, *(f"{count:,}" for count in counts), f"{record.seconds:.1f}")


def _table(table: LoadedTable) -> tuple[str, ...]:
    counts = (
        table.rows_read,
        table.rows_loaded,
        table.rows_rejected,
        table.rows_deduplicated,
        table.rows_filtered,
        table.rows_repeated,
        table.rows_known,
        table.rows_removed,
        table.files_written,
    )
    return (table.name, table.mode, *("" if count is None else f"{count:,}" for count in counts))
