"""`cube-server validate`: every mistake of a model at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
[bold]Examples[/bold]
  cube-server validate cubes.json
  cube-server validate cubes.json --warehouse warehouse
"""


def validate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model, such as cubes.json.")],
    warehouse: Annotated[
        Path | None, typer.Option(help="Check that the model fits the data in this warehouse, too.")
    ] = None,
) -> None:
    """Check a model: list every mistake at once, each with its place and the nearest valid names."""
    from cube_server.model.read import read_model

    read = read_model(model)
    if warehouse is not None:
        from cube_server.backends.embedded.fit import check_fit
        from cube_server.warehouse.store import Warehouse

        check_fit(read, Warehouse(warehouse).latest().manifest)
    measures = sum(len(cube.measures) for cube in read.cubes)
    parts = {"cube": len(read.cubes), "dimension": len(read.dimensions), "measure": measures}
    counted = ", ".join(f"{count} {noun}" + ("" if count == 1 else "s") for noun, count in parts.items())
    typer.echo(f"{model} is valid: {counted}")
