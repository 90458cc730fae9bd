"""From a source to the draft of a model: looked at, sorted into facts and dimensions, written down, and checked."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cube_server.errors import SourceError, nearest
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.progress import SILENT, Progress, counted

from ..sources.base import Source
from ..sources.opening import open_source
from .assembly import Assembly
from .joins import find_references
from .notes import Note, Notes
from .profiles import TableProfile, profile_tables
from .roles import find_roles, meant
from .wording import named, subject, words

SAMPLE = 2_000_000
"""How many rows of a table are looked at, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted model.

    Attributes:
        text: As cubes.json has it.
        model: The same, read.
        notes: What it is unsure of, left out, and found, the most pressing first.
    """

    text: str
    model: Model
    notes: tuple[Note, ...]


def infer(
    source: str,
    *,
    tables: Collection[str] = (),
    sample: int = SAMPLE,
    name: str | None = None,
    progress: Progress = SILENT,
) -> Draft:
    """Draft a model of a source.

    >>> draft = infer("exports/")  # doctest: +SKIP
    >>> [cube.name for cube in draft.model.cubes]  # doctest: +SKIP
    ['sales']

    Args:
        source: A folder of CSV or Parquet files, one such file, or an SQLAlchemy URL.
        tables: Those to look at, as the source names them; by default all.
        sample: How many rows of a table to look at.
        name: The model's name; by default made of the source's.
        progress: Told of each table.

    Raises:
        SourceError: The source cannot be read, or there is nothing in it to make a cube of.
    """
    notes = Notes()
    with open_source(source) as opened:
        profiles = tuple(profile_tables(opened, _chosen(opened, tables), sample, notes, progress))
        profiles = profiles if tables else meant(profiles, notes)
        document = _document(profiles, named(words(name or _called(opened)) or ("model",)), notes, progress)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return Draft(text=text, model=parse_model(text, source="the draft"), notes=tuple(notes))


def _chosen(source: Source, tables: Collection[str]) -> Collection[str]:
    there = source.tables()
    if there is None:
        if tables:
            return tables
        raise SourceError(f"What lies under {source.name} is not listed.", hint="Name its tables: --table NAME.")
    for table in tables:
        if table not in there:
            raise SourceError(f"There is no table {table!r}.", hint=nearest(table, there))
    return tables or there


def _called(source: Source) -> str:
    """Name the source by its file or folder; a file called raw by the folder that it lies in."""
    path = Path(source.name.partition("?")[0])
    return path.stem if subject(path.stem) != ("raw",) else path.parent.name


def _document(profiles: tuple[TableProfile, ...], name: str, notes: Notes, progress: Progress) -> dict[str, object]:
    progress.start("compare columns", total=len(profiles), unit="tables")
    references = find_references(profiles, notes)
    roles = find_roles(profiles, references, notes)
    if not roles.facts:
        raise SourceError(
            "There is nothing here to make a cube of.",
            hint="A cube needs a table with dates, numbers or references to other tables.",
            issues=(),
        )
    assembly = Assembly(name, profiles, roles, notes)
    for fact in roles.facts:
        assembly.add(fact)
        progress.advance()
    progress.finish(counted(len(roles.facts), "cube"))
    return assembly.document()
