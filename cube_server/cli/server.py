"""Serving until Ctrl-C: the application, and the one line that tells where it is."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable, Sequence
from functools import partial

import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from api.access import check_access
from api.app import create_app
from api.deps.cutover import Cutover
from api.settings import Settings
from cube_server.cli.fitting import check_serving
from cube_server.cli.logs import log_to_stderr, set_level
from cube_server.cli.ports import address, listen
from cube_server.errors import InternalError

_PATIENCE = 120.0
"""For how many seconds a worker may open its snapshot."""

_YOUNG = 10_000
"""After so many new objects a server looks for cycles among them."""

_Announce = Callable[[], None]


def serve(
    settings: Settings, *, or_free_port: bool = False, hints: Callable[[str], Sequence[str]] = lambda _: ()
) -> None:
    """Serve until Ctrl-C. As soon as it does, stdout has its address on a line of its own.

    Args:
        settings: What to serve, where, and how.
        or_free_port: Whether any free port will do if the settings' one is taken.
        hints: Makes lines for stderr of the address.

    Raises:
        SettingsError: The port cannot be had, or others could ask without a key.
        MetadataError: The metadata database cannot be used.
        ModelError: The model is wrong, or does not fit what is loaded.
        WarehouseError: What is loaded cannot be read. That nothing is loaded yet is no mistake.
    """
    check_access(settings)
    told = check_serving(settings.model, settings.place)
    listener = listen(settings.host, settings.port, or_free=or_free_port)
    url = address(listener)
    set_level(settings.log_level)
    try:
        run = _in_process if settings.workers == 1 else _in_workers
        run(settings, listener, partial(_announce, url, [*told, *hints(url)]))
    except SystemExit as error:
        # Uvicorn's codes mean other things than ours; what is the asker's to mend was checked above.
        raise InternalError("The server could not start.") from error


def _announce(url: str, hints: Sequence[str]) -> None:
    typer.echo(url)
    for hint in hints:
        typer.echo(hint, err=True)


def _in_process(settings: Settings, listener: socket.socket, announce: _Announce) -> None:
    _collect_seldom()
    config = uvicorn.Config(create_app(settings), log_config=None, access_log=False)
    _AnnouncingServer(config, announce).run(sockets=[listener])


def _in_workers(settings: Settings, listener: socket.socket, announce: _Announce) -> None:
    # The application is made in each worker, of what can be sent there.
    app = partial(_worker_app, settings, Cutover(settings.workers))
    config = uvicorn.Config(app, factory=True, workers=settings.workers, log_config=None, access_log=False)
    _AnnouncingWorkers(config, [listener], announce).run()


def _worker_app(settings: Settings, cutover: Cutover) -> Callable[..., object]:
    log_to_stderr()
    set_level(settings.log_level)
    _collect_seldom()
    return create_app(settings, cutover)


def _collect_seldom() -> None:
    """Look for cycles less often than after 700 new objects, Python's own rule: that is within most answers."""
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])


class _AnnouncingServer(uvicorn.Server):
    """Tells its address when it serves, not before."""

    def __init__(self, config: uvicorn.Config, announce: _Announce) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self._announce()


class _AnnouncingWorkers(Multiprocess):
    """Processes that answer at one address, begun anew when they die; tells the address when all of them serve."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], announce: _Announce) -> None:
        super().__init__(config, sockets)
        self._announce = announce

    def init_processes(self) -> None:
        """Start them, then tell."""
        super().init_processes()
        if all(process.wait_until_ready(_PATIENCE) for process in self.processes):
            self._announce()
