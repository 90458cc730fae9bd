"""`cube-server rollups`: the cuboids that are kept to answer from, beside a warehouse or in a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import ModelOption, PlaceOption, local_settings
from cube_server.errors import CapabilityError
from cube_server.progress import counted

if TYPE_CHECKING:
    from api.settings import Settings
    from cube_server.backends.embedded.rollups.keeper import Keeper

_LIST = """
[bold]Examples[/bold]
  cube-server rollups list
"""
_PLAN = """
[bold]Examples[/bold]
  cube-server rollups plan --budget 0.5
  cube-server rollups plan --warehouse postgresql://owner@host/shop
"""
_BUILD = """
[bold]Examples[/bold]
  cube-server rollups build
  cube-server load && cube-server rollups build
  cube-server rollups build --warehouse postgresql://owner@host/shop --schema rollups
  cube-server rollups build sales:product.department+time.month --warehouse postgresql://owner@host/shop
  cube-server rollups build --file rollups.txt --warehouse postgresql://owner@host/shop
"""
_REFRESH = """
[bold]Examples[/bold]
  cube-server load --mode append --from new/ && cube-server rollups refresh
  cube-server rollups refresh --warehouse postgresql://owner@host/shop --schema rollups
"""
_DROP = """
[bold]Examples[/bold]
  cube-server rollups drop
  cube-server rollups drop sales:time.month --warehouse postgresql://owner@host/shop
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

SchemaOption = Annotated[
    str | None,
    typer.Option(
        "--schema",
        metavar="NAME",
        help="Of a database: the schema that rollups lie in; it has to be there.",
        show_default="CUBE_ROLLUP_SCHEMA, else that in which the database looks first",
    ),
]
FileOption = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Of a database: names of rollups to make, one a line."),
]
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...", help="Of a database: rollups as `plan` and `list` name them.", show_default=False
    ),
]

commands = typer.Typer(
    help="List, plan, build, refresh and drop rollups. Those of a warehouse a running server makes by itself; in a "
    "database they are tables, made by somebody who may write there.",
    epilog=EXAMPLES,
    no_args_is_help=True,
)


@commands.command("list", epilog=_LIST)
def list_rollups(model: ModelOption = None, warehouse: PlaceOption = None, schema: SchemaOption = None) -> None:
    """List the rollups that are there, how many rows were read to make each, and how often it has answered.

    Of those in a database it is told which table each is, and whether questions are answered from it.
    """
    from cube_server.cli.console import say, show
    from cube_server.cli.layout import laid_out

    settings = local_settings(model=model, warehouse=warehouse, rollup_schema=schema)
    if settings.database is not None:
        from cube_server.cli.database_rollups import list_there

        list_there(settings)
        return
    keeper = _keeper(settings)
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
def plan(model: ModelOption = None, warehouse: PlaceOption = None, budget: BudgetOption = None) -> None:
    """Show what would be made: what the model declares and, best first, what is chosen for questions to come."""
    from cube_server.cli.console import say, show
    from cube_server.cli.database_rollups import plan_there, reason_of
    from cube_server.cli.layout import laid_out

    settings = local_settings(model=model, warehouse=warehouse, rollup_budget=budget)
    if settings.database is not None:
        plan_there(settings)
        return
    chosen = [part for _, found in _keeper(settings).plan() for part in found]
    if not chosen:
        say("No rollup would spare much.")
        return
    lines = [
        (
            part.candidate.definition.name,
            f"{part.candidate.rows:.0f}",
            f"{part.candidate.bytes:.0f}",
            f"{part.benefit:.0f}",
            reason_of(part),
        )
        for part in chosen
    ]
    show(laid_out([("Rollup", "Rows, about", "Bytes, about", "Rows spared", "Why")], lines, labels=1))


@commands.command(epilog=_BUILD)
def build(
    names: NamesArgument = None,
    file: FileOption = None,
    model: ModelOption = None,
    warehouse: PlaceOption = None,
    budget: BudgetOption = None,
    schema: SchemaOption = None,
) -> None:
    """Choose rollups and make those that are missing, in a database also by name. Servers use them within a minute."""
    from cube_server.cli.console import say

    settings = local_settings(model=model, warehouse=warehouse, rollup_budget=budget, rollup_schema=schema)
    if settings.database is not None:
        from cube_server.cli.database_rollups import build_there, names_in

        build_there(settings, names_in(file, names))
        return
    if names or file:
        problem = "Rollups of a warehouse are chosen, not named."
        raise CapabilityError(problem, hint="Leave the names out, or name a database: --warehouse URL.")
    keeper = _keeper(settings)
    keeper.open()
    _refresh(keeper)
    for _, made in keeper.make_planned():
        say(f"{made.kept.definition.name}: {made.kept.size:,} rows, {made.kept.bytes:,} bytes")


@commands.command(epilog=_REFRESH)
def refresh(model: ModelOption = None, warehouse: PlaceOption = None, schema: SchemaOption = None) -> None:
    """Bring rollups up to date with the facts: those of the former snapshot, or of a database; choose no others."""
    from cube_server.cli.console import say

    settings = local_settings(model=model, warehouse=warehouse, rollup_schema=schema)
    if settings.database is not None:
        from cube_server.cli.database_rollups import refresh_there

        refresh_there(settings)
        return
    keeper = _keeper(settings)
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
def drop(
    names: NamesArgument = None,
    model: ModelOption = None,
    warehouse: PlaceOption = None,
    schema: SchemaOption = None,
) -> None:
    """Remove rollups: all of a warehouse, or those of a database by name or all. They can be made again at any time."""
    from cube_server.cli.console import say

    settings = local_settings(model=model, warehouse=warehouse, rollup_schema=schema)
    if settings.database is not None:
        from cube_server.cli.database_rollups import drop_there

        drop_there(settings, names or ())
        return
    keeper = _keeper(settings)
    keeper.open()
    say(f"Removed {counted(keeper.drop(), 'rollup')}.")


def _keeper(settings: Settings) -> Keeper:
    from cube_server.backends.embedded.rollups.keeper import RollupSettings
    from cube_server.engine import Engine

    share = RollupSettings(share=settings.rollup_budget)
    return Engine.open(settings.model, settings.warehouse, settings.limits, share).rollups
