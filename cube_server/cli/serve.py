"""`cube-server serve`: answer over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from cube_server.cli.options import MetadataOption, ModelOption, PlaceOption, PortOption

EXAMPLES = """
[bold]Examples[/bold]
  cube-server serve
  cube-server serve --model cubes.json --warehouse warehouse --port 9000
  cube-server serve --workers 4
  cube-server keys add ann && cube-server serve --host 0.0.0.0
"""


def serve(
    model: ModelOption = None,
    warehouse: PlaceOption = None,
    metadata: MetadataOption = None,
    host: Annotated[
        str | None,
        typer.Option(metavar="HOST", help="The address to listen at.", show_default="CUBE_HOST, else 127.0.0.1"),
    ] = None,
    port: PortOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=256,
            help="How many processes answer.",
            show_default="CUBE_WORKERS, else 1",
        ),
    ] = None,
) -> None:
    """Serve a loaded warehouse over HTTP until Ctrl-C.

    It takes up new snapshots and valid changes of the model by itself, and starts even before the first load. At an
    address that others can reach it wants a key. More settings come from the environment (CUBE_*).
    """
    from api.settings import read_settings
    from cube_server.cli import server

    server.serve(
        read_settings(model=model, warehouse=warehouse, metadata=metadata, host=host, port=port, workers=workers)
    )
