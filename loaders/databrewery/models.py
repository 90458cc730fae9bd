"""Model files: a JSON document, or a folder `x.cubesmodel` of model.json, cube_*.json and dim_*.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cube_server.errors import nearest

from .cubes import CubeReader
from .dimensions import read_dimension
from .entries import Entry
from .findings import Findings, Place
from .specs import Cube, Dimension
from .workspace import read_json

_CUBES, _DIMENSIONS = "cubes", "dimensions"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model of the installation.

    Attributes:
        name: What the ini file calls it.
        cubes: Its cubes.
        dimensions: Its dimensions, whether a cube has them or not.
    """

    name: str
    cubes: tuple[Cube, ...]
    dimensions: tuple[Dimension, ...]


def read_model_file(name: str, path: Path, naming: Mapping[str, str], findings: Findings) -> ModelFile:
    """Read a model.

    Args:
        name: What the ini file calls it.
        path: A JSON file, or a folder.
        naming: The store's options on the names of tables.
        findings: Takes mistakes and notes.

    Raises:
        ModelError: A file cannot be read, or is no JSON object.
    """
    head, cubes, dimensions = _parts(path, findings)
    head.text("name"), head.text("label"), head.text("description"), head.mapping("info")
    for field in ("store", "provider", "public_dimensions"):
        if head.raw(field) is not None:
            findings.unsupported(head.place.at(field), f"{field!r}: all tables come from one store.")
    read: dict[str, Dimension] = {}
    for entry in dimensions:
        dimension = read_dimension(entry, read)
        if dimension is not None:
            read[dimension.name] = dimension
    reader = CubeReader(model=name, head=head, dimensions=read, naming=naming)
    found = tuple(cube for entry in cubes if (cube := reader.cube(entry)))
    head.close()
    return ModelFile(name, found, tuple(read.values()))


def _parts(path: Path, findings: Findings) -> tuple[Entry, tuple[Entry, ...], tuple[Entry, ...]]:
    """Give a model's head, cubes and dimensions."""
    if path.is_file():
        head = Entry(read_json(path), Place(path.name), findings)
        return head, head.entries(_CUBES), head.entries(_DIMENSIONS)
    file = path / "model.json"
    data: Mapping[str, Any] = read_json(file) if file.is_file() else {}
    if not file.is_file():
        hint = nearest("model.json", [part.name for part in path.iterdir()])
        findings.blame(Place(path.name), "The folder has no model.json.", hint)
    head = Entry(data, Place(f"{path.name}/model.json"), findings)
    cubes = (*head.entries(_CUBES), *_files(path, "cube_", findings))
    return head, cubes, (*head.entries(_DIMENSIONS), *_files(path, "dim_", findings))


def _files(folder: Path, prefix: str, findings: Findings) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            {"name": file.stem.removeprefix(prefix), **read_json(file)}, Place(f"{folder.name}/{file.name}"), findings
        )
        for file in sorted(folder.glob(f"{prefix}*.json"))
    )
