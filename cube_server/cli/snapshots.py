"""`cube-server snapshots`: what was loaded before, and retiring it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import WarehouseOption, local_settings

if TYPE_CHECKING:
    from cube_server.warehouse.retention import Retention
    from cube_server.warehouse.snapshot import Snapshot
    from loaders.cleaning import Retired

_LIST = """
[bold]Examples[/bold]
  cube-server snapshots list
"""
_RETIRE = """
[bold]Examples[/bold]
  cube-server snapshots retire --newest 7 --days 31 --months 24 --dry-run
  cube-server snapshots retire
"""
EXAMPLES = f"{_LIST.rstrip()}\n  cube-server snapshots retire --newest 7 --days 31 --dry-run\n"

commands = typer.Typer(
    help="List the snapshots of a warehouse, and retire old ones.", epilog=EXAMPLES, no_args_is_help=True
)

NewestOption = Annotated[
    int | None,
    typer.Option("--newest", metavar="N", min=1, help="Keep the N newest.", show_default="CUBE_KEEP_NEWEST"),
]
DaysOption = Annotated[
    int | None,
    typer.Option(
        "--days", metavar="N", min=1, help="Keep the last of each day, for N days.", show_default="CUBE_KEEP_DAYS"
    ),
]
MonthsOption = Annotated[
    int | None,
    typer.Option(
        "--months",
        metavar="N",
        min=1,
        help="Keep the last of each month, for N months.",
        show_default="CUBE_KEEP_MONTHS",
    ),
]


@commands.command("list", epilog=_LIST)
def list_snapshots(warehouse: WarehouseOption = None) -> None:
    """List the snapshots, from the oldest to the newest, and why the policy keeps each."""
    from cube_server.cli.console import say, show
    from cube_server.cli.layout import laid_out
    from cube_server.warehouse.store import Warehouse

    settings = local_settings(warehouse=warehouse)
    store = Warehouse(settings.warehouse)
    decided = settings.retention.reasons(store.dated(), dt.datetime.now(dt.UTC))
    if not decided:
        say(f"There are no snapshots in {settings.warehouse}.")
        return
    lines = [_line(store.snapshot(snapshot.id), reasons) for snapshot, reasons in decided]
    show(laid_out([("Snapshot", "Loaded (UTC)", "Source", "Kept", "Rows", "MB", "New MB")], lines, labels=4))


@commands.command(epilog=_RETIRE)
def retire(
    newest: NewestOption = None,
    days: DaysOption = None,
    months: MonthsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be retired.")] = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Retire the snapshots that the policy does not keep. Their files stay for a while for those who have them open."""
    from cube_server.cli.console import say
    from cube_server.warehouse.store import Warehouse
    from loaders.cleaning import plan_retirement
    from loaders.retiring import retire_snapshots

    settings = local_settings(warehouse=warehouse, keep_newest=newest, keep_days=days, keep_months=months)
    policy = settings.retention
    if policy.keeps_all:
        raise typer.BadParameter("Say what to keep: --newest, --days, --months, or CUBE_KEEP_NEWEST and others.")
    store = Warehouse(settings.warehouse)
    told = plan_retirement(store, policy, dt.datetime.now(dt.UTC)) if dry_run else retire_snapshots(store, policy)
    say(retired_text(told, policy, dry_run=dry_run))


def retired_text(told: Retired, policy: Retention, *, dry_run: bool = False) -> str:
    """Tell what was or would be retired."""
    if not told.snapshots:
        return f"Nothing to retire: {len(told.kept)} kept."
    ids = ", ".join(snapshot.id for snapshot in told.snapshots)
    verb = "Would retire" if dry_run else "Retired"
    minutes = policy.grace.total_seconds() / 60
    freed = f"{told.bytes / 1e6:,.1f} MB are removed" + (f" after {minutes:g} minutes" if minutes else "")
    return f"{verb} {ids}; {len(told.kept)} kept. {freed}."


def _line(snapshot: Snapshot, reasons: tuple[str, ...]) -> tuple[str, ...]:
    manifest = snapshot.manifest
    files = [file for table in manifest.tables.values() for file in table.files]
    new = sum(file.bytes for file in files if file.load == snapshot.id)
    rows = sum(table.rows for table in manifest.tables.values() if table.kind == "fact")
    size = sum(file.bytes for file in files)
    kept = ", ".join(reasons) or "no: retire it"
    loaded = f"{manifest.created:%Y-%m-%d %H:%M}"
    return (snapshot.id, loaded, manifest.source, kept, f"{rows:,}", f"{size / 1e6:,.1f}", f"{new / 1e6:,.1f}")
