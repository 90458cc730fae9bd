"""An import as a whole: the installation is read, its cubes become tables, dimensions and cubes, and all is checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cube_server.errors import ModelError
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.progress import SILENT, Progress, counted

from ..sources.base import Source
from ..sources.opening import open_source
from .assembly import Assembly
from .catalog import Catalog
from .dependencies import drop_ambiguous
from .findings import Findings, Note, Place
from .models import ModelFile, read_model_file
from .naming import word
from .tables import Document
from .translations import read_translations, translated_cube
from .workspace import Workspace, read_workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import gives.

    Attributes:
        text: The new model, as cubes.json has it.
        model: The same, read.
        notes: What could not be taken over as it is.
    """

    text: str
    model: Model
    notes: tuple[Note, ...]


def import_cubes(paths: tuple[Path, ...], source: str | None = None, *, progress: Progress = SILENT) -> Imported:
    """Turn an installation of Databrewery Cubes 1.1 into a model of this server.

    >>> imported = import_cubes((Path("slicer.ini"),))  # doctest: +SKIP
    >>> [cube.name for cube in imported.model.cubes]  # doctest: +SKIP
    ['sales', 'webvisits']

    Args:
        paths: A slicer.ini, or model files and `.cubesmodel` folders.
        source: Where the tables are, as for a load; by default the store of the ini file.
        progress: Told of each model.

    Raises:
        ModelError: A file cannot be read, or refers to what there is not; the error lists every mistake.
        SourceError: The tables cannot be looked at.
    """
    findings = Findings()
    workspace = read_workspace(paths, findings)
    models = _read(workspace, findings, progress)
    findings.refuse(str(paths[0]))
    with _tables(source or workspace.store.url) as (opened, dialect):
        assembly = Assembly(Catalog(opened, findings), dialect, findings)
        for model in models:
            for cube in model.cubes:
                assembly.add(cube)
        findings.refuse(str(paths[0]))
        document = assembly.document(word(workspace.name), workspace.settings)
        drop_ambiguous(document, _model(document), opened, findings, progress)
    return Imported(text=_text(document), model=_model(document), notes=findings.notes)


def _text(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _model(document: Document) -> Model:
    return parse_model(_text(document), source="the imported model")


def _read(workspace: Workspace, findings: Findings, progress: Progress) -> list[ModelFile]:
    translations = read_translations(workspace.translations, findings)
    naming = workspace.store.naming
    models = []
    progress.start("read models", total=len(workspace.models), unit="models")
    for name, path in workspace.models.items():
        model = read_model_file(name, path, naming, findings)
        cubes = tuple(translated_cube(cube, translations) for cube in model.cubes)
        models.append(ModelFile(model.name, cubes, model.dimensions))
        progress.advance()
    progress.finish(counted(len(models), "model"))
    _check_names(models, findings)
    return models


def _check_names(models: list[ModelFile], findings: Findings) -> None:
    places: dict[str, Place] = {}
    for model in models:
        for cube in model.cubes:
            if cube.name in places:
                findings.blame(cube.place, f"The cube {cube.name!r} is also in {places[cube.name]}.", "Rename one.")
            places.setdefault(cube.name, cube.place)


@contextmanager
def _tables(source: str | None) -> Iterator[tuple[Source, str]]:
    """Open the tables; give them with the name of their SQL dialect."""
    if source is None:
        raise ModelError(
            "There is no store whose tables could be looked at for the types of columns.",
            hint="Name the data with --from, as for a load: --from sqlite:///shop.db.",
        )
    with open_source(source) as opened:
        yield opened, source.partition(":")[0].partition("+")[0] if "://" in source else ""
