"""A process that loads for ever, for others to kill."""

from __future__ import annotations

import itertools
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

from loaders.pipeline import load
from tests.loaders import shop

# One process imports everything once; each loader is a fork of it, made before any of its threads are.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


class Loader:
    """A process that is ready to load the sources in turn, for ever, once it is let go.

    Args:
        sources: The sources.
        warehouse: Where they are loaded.
    """

    def __init__(self, sources: list[str], warehouse: Path) -> None:
        theirs, self._ours = _FORKS.Pipe()
        self._process = _FORKS.Process(target=_load_for_ever, args=(sources, warehouse, theirs))
        self._process.start()

    def go(self, turn: int) -> None:
        """Let it begin with a source, as soon as it is ready."""
        assert self._ours.recv() == "ready"
        self._ours.send(turn)

    def kill(self) -> None:
        """Kill it, whatever it does."""
        self._process.kill()
        self._process.join()


def _load_for_ever(sources: list[str], warehouse: Path, ours: Connection) -> None:
    model = shop.model()
    ours.send("ready")
    for turn in itertools.count(ours.recv()):
        load(model, sources[turn % len(sources)], warehouse)
