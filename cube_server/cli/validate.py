"""`cube-server validate`: every mistake of a model at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cube_server.cli.drafts import parts
from cube_server.cli.options import local_settings

EXAMPLES = """
[bold]Examples[/bold]
  cube-server validate
  cube-server validate cubes.json --warehouse warehouse
  cube-server validate cubes.json --against postgresql://reader@host/shop
  cube-server validate cubes.json --against storage.json --json
"""


def validate(
    model: Annotated[
        Path | None,
        typer.Argument(metavar="MODEL", help="The model.", show_default="CUBE_MODEL, else cubes.json"),
    ] = None,
    warehouse: Annotated[
        Path | None, typer.Option(help="Check that the model fits the data in this warehouse, too.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Check that it fits the tables of this database, or of both places that a storage.json names, "
            "and tell what their rows are like.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="With --against: write JSON, with all findings.")] = False,
) -> None:
    """Check a model: list every mistake at once, each with its place and the nearest valid names."""
    from cube_server.model.read import read_model

    place = local_settings(model=model).model
    read = read_model(place)
    if warehouse is not None:
        from cube_server.backends.embedded.fit import check_fit
        from cube_server.warehouse.store import Warehouse

        check_fit(read, Warehouse(warehouse).latest().manifest)
    if against is not None:
        from cube_server.cli.inspecting import check_database

        check_database(read, against, as_json=json)
    if not json:
        typer.echo(f"{place} is valid: {parts(read)}")
