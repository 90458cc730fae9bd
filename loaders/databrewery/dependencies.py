"""Captions and orders that hold: here each depends on the member, which Cubes does not ask of its attributes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from cube_server.model.elements import Model
from cube_server.progress import Progress

from ..checks import readings
from ..mistakes import Mistakes
from ..reading import Asked, Reader, joined
from ..sources.base import Source
from .findings import Findings, Place
from .tables import Document


def drop_ambiguous(document: Document, model: Model, source: Source, findings: Findings, progress: Progress) -> None:
    """Take captions and orders out of a model that have several values for one member, and note them.

    Args:
        document: The model; it is changed.
        model: The same, read.
        source: The data.
        findings: Takes a note for each.
        progress: Told of each table.
    """
    wanted = {part.table.name: part.table for part in model.dimensions if any(readings(part))}
    with TemporaryDirectory() as folder:
        # What is wrong with the data itself is told when it is loaded.
        reader = Reader(Asked(tuple(wanted.values()), model.tables), source, Mistakes(), progress, Path(folder))
        read = {name: list(reader.runs(table)) for name, table in wanted.items()}
    tables = {name: joined(runs) for name, runs in read.items() if runs}
    for dimension in model.dimensions:
        if dimension.table.name not in tables:
            continue
        frame = tables[dimension.table.name].frame
        for level, path, reading, column in readings(dimension):
            levels = document["dimensions"][dimension.name]["levels"]
            if reading in levels[level.name] and not _depends(frame, path, column.name):
                del levels[level.name][reading]
                place = Place("data", f"/{dimension.name}/{level.name}")
                message = f"A member may have several values of {column.name!r}, so it is not its {reading}."
                findings.approximate(place, message)


def _depends(frame: pl.DataFrame, path: list[str], column: str) -> bool:
    return frame.select(path).n_unique() == frame.select(*path, column).n_unique()
