"""Encoding a snapshot ahead of the first question, and removing the segments of those before it."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from cube_server.backends.embedded.backend import open_snapshot
from cube_server.backends.embedded.segments.store import content_key
from cube_server.model.elements import Model
from cube_server.progress import SILENT, Progress, counted
from cube_server.warehouse.snapshot import Snapshot
from cube_server.warehouse.store import Warehouse


def encode_facts(
    model: Model, warehouse: Path, *, tables: Collection[str] | None = None, progress: Progress = SILENT
) -> None:
    """Encode all columns of the newest snapshot that the cubes of a model link by and aggregate.

    Readers do this by themselves, a column when they first need it; who loads spares them that. After a day's load into
    a year of facts it is left to them: a column is encoded whole.

    Args:
        model: The model that was loaded.
        warehouse: The warehouse's folder.
        tables: The tables of facts to encode; all by default.
        progress: Told of each cube.
    """
    snapshot = Warehouse(warehouse).latest()
    backend = open_snapshot(model, snapshot)
    cubes = [cube for cube in model.cubes if tables is None or cube.table.name in tables]
    progress.start("encode", total=len(cubes), unit="cubes")
    for cube in cubes:
        backend.encode(cube)
        progress.advance()
    progress.finish(counted(len(cubes), "cube"))
    _retire(snapshot)


def _retire(newest: Snapshot) -> None:
    """Remove the segments of facts that the newest snapshot does not have.

    Who has them mapped goes on to read them; who asks an older snapshot encodes what it needs, until the next load.
    What cannot be removed stays until then.
    """
    kept = {content_key(newest.table(name)) for name in newest.manifest.tables}
    for folder in Warehouse(newest.root).layout.segments.glob("*"):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
