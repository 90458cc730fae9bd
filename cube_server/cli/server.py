"""Serving until Ctrl-C: the application, and the one line that tells where it is."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

import typer
import uvicorn

from api.access import check_access
from api.app import create_app
from api.settings import Settings
from cube_server.cli.fitting import check_serving
from cube_server.cli.logs import set_level
from cube_server.cli.ports import address, listen
from cube_server.errors import InternalError


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
    check_serving(settings.model, settings.warehouse)
    listener = listen(settings.host, settings.port, or_free=or_free_port)
    url = address(listener)
    set_level(settings.log_level)
    config = uvicorn.Config(create_app(settings), log_config=None, access_log=False)
    try:
        _AnnouncingServer(config, url, hints(url)).run(sockets=[listener])
    except SystemExit as error:
        # Uvicorn's codes mean other things than ours; what is the asker's to mend was checked above.
        raise InternalError("The server could not start.") from error


class _AnnouncingServer(uvicorn.Server):
    """Tells its address when it serves, not before."""

    def __init__(self, config: uvicorn.Config, address: str, hints: Sequence[str]) -> None:
        super().__init__(config)
        self._address, self._hints = address, hints

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            typer.echo(self._address)
            for hint in self._hints:
                typer.echo(hint, err=True)
