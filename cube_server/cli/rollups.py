"""`cube-server rollups`: the cuboids that are kept to answer from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import ModelOption, WarehouseOption, local_settings

if TYPE_CHECKING:
    from cube_server.backends.embedded.rollups.keeper import Keeper

_LIST = """
[bold]Examples[/bold]
  cube-server rollups list
"""
_PLAN = """
[bold]Examples[/bold]
  cube-server rollups plan --budget 0.5
"""
_BUILD = """
[bold]Examples[/bold]
  cube-server rollups build
  cube-server load && cube-server rollups build
"""
_REFRESH = """
[bold]Examples[/bold]
  cube-server load --mode append --from new/ && cube-server rollups refresh
"""
_DROP = """
[bold]Examples[/bold]
  cube-server rollups drop
"""
EXAMPLES = f"{_LIST.rstrip()}\n  cube-server rollups plan --budget 0.5\n  cube-server rollups build\n"

BudgetOption = Annotated[
    float | None,
    typer.Option(
        "--budget",
        metavar="SHARE",
        min=0.0,
        help="The bytes that rollups may take, as a share of those of the facts.",
        show_default="CUBE_ROLLUP_BUDGET, else 0.25",
    ),
]

commands = typer.Typer(
    help="List, plan, build, refresh and drop rollups: a running server makes them by itself.",
    epilog=EXAMPLES,
    no_args_is_help=True,
)


@commands.command("list", epilog=_LIST)
def list_rollups(model: ModelOption = None, warehouse: WarehouseOption = None) -> None:
    """List the rollups that are there, how many rows were read to make each, and how often it has answered."""
    from cube_server.cli.console import say, show
    from cube_server.cli.layout import laid_out

    keeper = _keeper(model, warehouse, None)
    hits = keeper.log.hits()
    kept = [one.kept for rollups in keeper.open().values() for one in rollups]
    if not kept:
        say("There are no rollups.")
        return
    lines = [
        (one.definition.name, f"{one.size}", f"{one.bytes}", f"{one.read}", f"{hits.get(one.definition.name, 0)}")
        for one in kept
    ]
    show(laid_out([("Rollup", "Rows", "Bytes", "Rows read", "Hits")], lines, labels=1))


@commands.command(epilog=_PLAN)
def plan(model: ModelOption = None, warehouse: WarehouseOption = None, budget: BudgetOption = None) -> None:
    """Show what would be chosen, best first: for the questions that were asked, and for what the model suggests."""
    from cube_server.cli.console import say, show
    from cube_server.cli.layout import laid_out

    chosen = [part for _, found in _keeper(model, warehouse, budget).plan() for part in found]
    if not chosen:
        say("No rollup would spare much.")
        return
    lines = [
        (
            part.candidate.definition.name,
            f"{part.candidate.rows:.0f}",
            f"{part.candidate.bytes:.0f}",
            f"{part.benefit:.0f}",
        )
        for part in chosen
    ]
    show(laid_out([("Rollup", "Rows, about", "Bytes, about", "Rows spared")], lines, labels=1))


@commands.command(epilog=_BUILD)
def build(model: ModelOption = None, warehouse: WarehouseOption = None, budget: BudgetOption = None) -> None:
    """Choose rollups and make those that are missing. A running server uses them within a minute."""
    from cube_server.cli.console import say

    keeper = _keeper(model, warehouse, budget)
    keeper.open()
    _refresh(keeper)
    for _, made in keeper.make_planned():
        say(f"{made.kept.definition.name}: {made.kept.size:,} rows, {made.kept.bytes:,} bytes")


@commands.command(epilog=_REFRESH)
def refresh(model: ModelOption = None, warehouse: WarehouseOption = None) -> None:
    """Bring the rollups of the former snapshot up to date with the facts that were added; choose no others."""
    from cube_server.cli.console import say

    keeper = _keeper(model, warehouse, None)
    keeper.open()
    if not _refresh(keeper):
        say("Nothing is to be brought up to date.")


def _refresh(keeper: Keeper) -> int:
    """Bring rollups up to date and tell of each; give how many there are."""
    from cube_server.cli.console import say

    count = 0
    for made, reason in keeper.refresh():
        count += 1
        told = f"made anew, as {reason}" if reason else "brought up to date"
        say(f"{made.kept.definition.name}: {told}, {made.kept.read:,} rows read")
    return count


@commands.command(epilog=_DROP)
def drop(model: ModelOption = None, warehouse: WarehouseOption = None) -> None:
    """Remove all rollups from disk. They can be made again at any time."""
    from cube_server.cli.console import say

    keeper = _keeper(model, warehouse, None)
    keeper.open()
    say(f"Removed {keeper.drop()} rollups.")


def _keeper(model: Path | None, warehouse: Path | None, budget: float | None) -> Keeper:
    from cube_server.backends.embedded.rollups.keeper import RollupSettings
    from cube_server.engine import Engine

    settings = local_settings(model=model, warehouse=warehouse)
    share = settings.rollup_budget if budget is None else budget
    return Engine.open(settings.model, settings.warehouse, settings.limits, RollupSettings(share=share)).rollups
