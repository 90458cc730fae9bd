"""The program `cube-server`: one command a module, put together here.

This package is the composition root: its commands alone import `api` and `loaders`, and they do so when they run, so
that `--help` answers at once.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from cube_server.cli import (
    demo,
    explain,
    import_cubes,
    infer,
    keys,
    load,
    loads,
    query,
    rejects,
    reports,
    rollups,
    serve,
    snapshots,
    validate,
)
from cube_server.cli.exits import EXITS
from cube_server.cli.failures import reported
from cube_server.cli.logs import logged

PROGRAM = "cube-server"

_EXIT_CODES = "\n".join(f"{exit.code:>5}  {exit.meaning}" for exit in EXITS)

program = typer.Typer(
    name=PROGRAM,
    epilog=f"[bold]Exit codes[/bold]\n{_EXIT_CODES}",
    no_args_is_help=True,
    rich_markup_mode="rich",
    # A fault outside of any command shows Python's own trace; those inside are `reported`.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
program.command(epilog=demo.EXAMPLES)(demo.demo)
program.command(epilog=infer.EXAMPLES)(infer.infer)
program.command(epilog=load.EXAMPLES)(load.load)
program.command(epilog=serve.EXAMPLES)(serve.serve)
program.command(epilog=query.EXAMPLES)(query.query)
program.command(epilog=explain.EXAMPLES)(explain.explain)
program.command(epilog=validate.EXAMPLES)(validate.validate)
program.command(epilog=rejects.EXAMPLES)(rejects.rejects)
program.command(epilog=loads.EXAMPLES)(loads.loads)
program.add_typer(snapshots.commands, name="snapshots")
program.add_typer(keys.commands, name="keys")
program.add_typer(reports.commands, name="reports")
program.add_typer(rollups.commands, name="rollups")
program.command("import-cubes", epilog=import_cubes.EXAMPLES)(import_cubes.import_cubes)


def _show_version(wanted: bool) -> None:
    if wanted:
        from api.settings import program_version

        typer.echo(f"{PROGRAM} {program_version()}")
        raise typer.Exit


@program.callback()
def root(
    context: typer.Context,
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Log every step, and show the trace of a fault.")] = False,
    version: Annotated[  # noqa: ARG001 - its callback has done the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """An OLAP cube server: one star schema, one model file, the same right number at every door."""
    context.with_resource(logged(debug=debug))
    context.with_resource(reported(debug=debug))


def main() -> None:
    """Run the program; the console script and `python -m cube_server` call this."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Where a terminal's encoding lacks a character, its code is better than no answer.
        sys.stdout.reconfigure(errors="backslashreplace")
    program(prog_name=PROGRAM)
