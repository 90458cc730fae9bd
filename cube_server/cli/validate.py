"""`cube-server validate`: every mistake of a model at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.drafts import parts
from cube_server.errors import Issue, SourceError

if TYPE_CHECKING:
    from cube_server.model.elements import Model

EXAMPLES = """
[bold]Examples[/bold]
  cube-server validate cubes.json
  cube-server validate cubes.json --warehouse warehouse
  cube-server validate cubes.json --against postgresql://reader@host/shop
"""


def validate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model, such as cubes.json.")],
    warehouse: Annotated[
        Path | None, typer.Option(help="Check that the model fits the data in this warehouse, too.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Check that it fits the tables of this database, and tell what their rows are like.",
        ),
    ] = None,
) -> None:
    """Check a model: list every mistake at once, each with its place and the nearest valid names."""
    from cube_server.model.read import read_model

    read = read_model(model)
    if warehouse is not None:
        from cube_server.backends.embedded.fit import check_fit
        from cube_server.warehouse.store import Warehouse

        check_fit(read, Warehouse(warehouse).latest().manifest)
    if against is not None:
        _check_database(read, against)
    typer.echo(f"{model} is valid: {parts(read)}")


def _check_database(model: Model, address: str) -> None:
    """Tell what the rows of a database's tables are like; a mistake that makes numbers wrong ends the command."""
    from cube_server.backends.sql.addresses import open_database
    from cube_server.backends.sql.fit import check_tables, coverages, findings

    database = open_database(address)
    try:
        check_tables(model, database)
        found = list(findings(model, database))
        mistakes = [Issue(part.place, part.told) for part in found if part.is_mistake]
        told = [part for part in found if not part.is_mistake]
        told += [] if mistakes else coverages(model, database)
    finally:
        database.close()
    for part in told:
        typer.echo(f"{part.place}: {part.told}")
    if mistakes:
        raise SourceError("The database's rows do not fit the model.", hint="Mend them there.", issues=mistakes)
