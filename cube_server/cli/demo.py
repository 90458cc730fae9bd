"""`cube-server demo`: the real retail panel, from its download to cells by URL."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import ModelOption, PortOption, WarehouseOption

if TYPE_CHECKING:
    from api.settings import Settings
    from cube_server.model.elements import Model
    from cube_server.progress import Progress
    from loaders.report import LoadReport

EXAMPLES = """
[bold]Examples[/bold]
  cube-server demo
  cube-server demo --port 9000
  cube-server demo --no-serve --refresh
"""

_TRY = "/api/v1/cubes/sales/query?rows=product.department&measures=sales,households&order=-sales&format=csv"


def demo(
    model: ModelOption = None,
    warehouse: WarehouseOption = None,
    port: PortOption = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve when loaded, or stop then.")] = True,
    refresh: Annotated[bool, typer.Option("--refresh", help="Load again even if it is loaded.")] = False,
    cache: Annotated[Path, typer.Option(metavar="DIR", help="Keeps the downloaded sample.")] = Path(".cache/sample"),
) -> None:
    """Load the real retail panel (1.47 M sales lines; the first time only) and serve it.

    Where no port is named and 8000 is taken, it serves at a free one.
    """
    from api.access import check_access
    from api.settings import read_settings
    from cube_server.cli.console import say
    from cube_server.cli.fitting import fits, newest
    from cube_server.cli.ports import listen
    from cube_server.model.read import read_model

    settings = read_settings(model=model, warehouse=warehouse, port=port)
    # A port that somebody chose is never exchanged for another, and if it is taken that is told before the load.
    any_port = "port" not in settings.model_fields_set
    if serve:
        check_access(settings)
        listen(settings.host, settings.port, or_free=any_port).close()
    panel = read_model(settings.model)
    loaded = newest(settings.warehouse)
    if loaded and fits(panel, loaded, settings.warehouse) and not refresh:
        say(f"Using snapshot {loaded.id} of {settings.warehouse}; --refresh loads it again.")
    else:
        _load(panel, settings, cache)
    if serve:
        from cube_server.cli import server

        server.serve(settings, or_free_port=any_port, hints=_hints)


def _load(model: Model, settings: Settings, cache: Path) -> None:
    from api.access import settings_database
    from cube_server.backends.embedded.encoding import encode_facts
    from cube_server.cli.load import show_recorded
    from cube_server.cli.watching import watched
    from cube_server.metadata.loads import Loads
    from loaders.pipeline import load
    from loaders.recording import recorded
    from loaders.samples.download import download
    from loaders.samples.retail_panel import build_star

    with closing(settings_database(settings)) as database, watched() as progress:
        published = download(cache, progress=progress)
        tables = [table.source for table in model.tables]
        star = str(build_star(published, cache / "star", tables=tables, progress=progress).folder)

        def run(watched: Progress) -> LoadReport:
            return load(model, star, settings.warehouse, progress=watched)

        done = recorded(Loads(database), run, model=model, source=star, progress=progress)
        encode_facts(model, settings.warehouse, progress=progress)
    show_recorded(*done)


def _hints(address: str) -> tuple[str, ...]:
    return (f"Try: curl '{address}{_TRY}'", f"More: {address}/", "Ctrl-C stops the server.")
