"""The engine that is served, and keeping it fresh."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated

from fastapi import Depends, Request

from cube_server.engine import Engine, SnapshotInfo
from cube_server.errors import WarehouseError

from ..settings import Settings
from .cutover import Cutover

_log = logging.getLogger(__name__)


class Serving:
    """The engine of a server. It may come later than the server: as long as nothing is loaded there is none.

    Args:
        settings: What to serve.
        cutover: Shared with the other workers, where there are any.
    """

    def __init__(self, settings: Settings, cutover: Cutover | None = None) -> None:
        self.settings = settings
        self.engine: Engine | None = None
        self._cutover = cutover

    def open(self) -> None:
        """Open the engine; where nothing is loaded yet, log so.

        Raises:
            ModelError: The model is wrong, or does not fit the data.
        """
        if self._cutover:
            self._cutover.join()
        try:
            settings = self.settings
            self.engine = Engine.open(
                settings.model,
                settings.place,
                settings.limits,
                settings.rollup_settings,
                int(settings.result_cache),
            )
        except WarehouseError as error:
            _log.warning("Nothing to serve yet: %s", error)

    def close(self) -> None:
        """End what goes on in the background."""
        if self.engine is not None:
            self.engine.close()

    def served(self) -> SnapshotInfo | None:
        """Tell what is served now; None while nothing is."""
        return self.engine.snapshot if self.engine else None

    async def keep_fresh(self) -> None:
        """Take up newer snapshots and models for ever. What goes wrong is logged; the old ones stay."""
        while True:
            await asyncio.sleep(self.settings.refresh_seconds)
            try:
                await asyncio.to_thread(self._refresh)
            except Exception:
                _log.exception("Looking for a newer snapshot failed")

    def _refresh(self) -> None:
        if self.engine is None:
            self.open()
        else:
            self.engine.refresh(self._cutover.wait if self._cutover else None)


# What waits for nothing is asynchronous: anything else would be handed to a thread and back, for each request.
async def get_serving(request: Request) -> Serving:
    """Give what this server serves."""
    serving: Serving = request.app.state.serving
    return serving


async def get_engine(request: Request) -> Engine:
    """Give the engine, or raise WarehouseError while there is none."""
    serving: Serving = request.app.state.serving
    if serving.engine is None:
        raise WarehouseError("Nothing is loaded yet.", hint="Run `cube-server load`; the server takes it up by itself.")
    return serving.engine


ServingDep = Annotated[Serving, Depends(get_serving)]
EngineDep = Annotated[Engine, Depends(get_engine)]
