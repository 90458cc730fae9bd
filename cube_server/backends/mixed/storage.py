"""`storage.json`: which tables lie here, in a warehouse, and which there, in a database."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from cube_server.errors import Issue, ModelError, SettingsError, nearest
from cube_server.model.dimensions import LevelRef, ThroughTable
from cube_server.model.elements import Cube, Model
from cube_server.model.shapes import Name, Part
from cube_server.model.tables import Table
from cube_server.query.spec import Cut, Range
from cube_server.types import Kind

HERE, THERE = "here", "there"


class RecentDoc(Part):
    """From when on the facts of a cube lie here; those before, and those without time, lie there."""

    link: Name
    """The cube's link to time."""
    since: int | str
    """The first key of time whose facts lie here: 20240101, or "2024-01-01" where keys are dates."""


class StorageDoc(Part):
    """The whole of storage.json."""

    format: Literal[1]
    """The version of this format."""
    here: str
    """The folder of a warehouse, beside this file."""
    there: str
    """The URL of a database; `$NAME` stands for the variable of the environment that has it."""
    version: str = ""
    """A query in that database's SQL that gives another value whenever its data has changed."""
    tables: Annotated[dict[Name, Literal["here", "there"]], Field(default_factory=dict)]
    """Where tables lie; those that are not named lie there."""
    recent: Annotated[dict[Name, RecentDoc], Field(default_factory=dict)]
    """The cubes whose recent facts lie here and whose history lies there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The time that parts a cube's facts.

    Attributes:
        ref: The level of time, through a link under a name of its own, which no question uses.
        since: The first key of what lies here.
    """

    ref: LevelRef
    since: int | str | dt.date

    def cut(self, side: str) -> Cut:
        """Keep to one side. There is all that is not here: facts without time, too."""
        return Cut(ref=self.ref, ranges=(Range(first=(self.since,), last=None),), exclude=side == THERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where the tables of a model lie.

    Attributes:
        here: The folder of the warehouse.
        there: The URL of the database.
        version: See `StorageDoc`.
        document: What was written.
    """

    here: Path
    there: str
    version: str
    document: StorageDoc

    def is_here(self, table: Table) -> bool:
        """Tell whether a table lies here alone."""
        return self.document.tables.get(table.name) == HERE

    def boundary(self, cube: Cube) -> Boundary | None:
        """Give what parts a cube's facts; None where all lie in one place."""
        recent = self.document.recent.get(cube.name)
        link = cube.link(recent.link) if recent else None
        if recent is None or link is None:
            return None
        own = replace(link, name=f"{link.name}\0boundary")
        levels = link.hierarchies[0].levels[-1:]
        since = recent.since
        key = dt.date.fromisoformat(str(since)) if levels[0].key.type.kind is Kind.DATE else since
        return Boundary(ref=LevelRef(link=own, hierarchy=f"~{levels[0].name}", levels=levels), since=key)

    def part_here(self, model: Model) -> Model:
        """Give what a load into the warehouse is to load: tables that lie here, and cubes with facts that do."""
        cubes = tuple(cube for cube in model.cubes if HERE in self.sides(cube))
        linked = {link.dimension.name for cube in cubes for link in cube.links}
        dimensions = (one for one in model.dimensions if self.is_here(one.table) or one.name in linked)
        return replace(model, cubes=cubes, dimensions=tuple(dimensions), views=())

    def sides(self, cube: Cube) -> tuple[str, ...]:
        """List where facts of a cube lie."""
        if self.boundary(cube) is not None:
            return (HERE, THERE)
        return (HERE,) if self.is_here(cube.table) else (THERE,)


def read_storage(path: Path) -> Storage:
    """Read storage.json.

    Raises:
        SettingsError: It is not there, or has mistakes; all are listed.
    """
    try:
        document = StorageDoc.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror}.") from error
    except ValidationError as error:
        issues = [Issue("/" + "/".join(map(str, part["loc"])), part["msg"]) for part in error.errors()]
        raise SettingsError(f"{path} is wrong.", issues=issues) from error
    there = document.there
    if there.startswith("$"):
        there = os.environ.get(there[1:], "")
        if not there:
            raise SettingsError(f"{path} names the variable {document.there}, which is not set.")
    return Storage(here=path.parent / document.here, there=there, version=document.version, document=document)


def check_storage(storage: Storage, model: Model) -> None:
    """Refuse places for what the model does not have.

    Raises:
        ModelError: Tables, cubes or links are unknown, or a cube's facts cannot be parted; all are listed.
    """
    tables, cubes = {table.name for table in model.tables}, {cube.name: cube for cube in model.cubes}
    issues = [
        Issue(f"/tables/{name}", f"The model has no table {name!r}.", nearest(name, tables))
        for name in storage.document.tables
        if name not in tables
    ]
    for name, recent in storage.document.recent.items():
        place = f"/recent/{name}"
        cube = cubes.get(name)
        if cube is None:
            issues.append(Issue(place, f"The model has no cube {name!r}.", nearest(name, cubes)))
            continue
        times = [link.name for link in cube.links if link.dimension.is_time and link.through is None]
        if recent.link not in times:
            problem = f"{recent.link!r} is no link of {name!r} to time."
            issues.append(Issue(f"{place}/link", problem, nearest(recent.link, times)))
    issues += _torn_bridges(storage, model)
    if issues:
        raise ModelError("storage.json does not fit the model.", issues=issues)


def _torn_bridges(storage: Storage, model: Model) -> Iterator[Issue]:
    """Find bridge tables that lie here alone, though facts that go over them lie there."""
    for cube in model.cubes:
        for link in cube.links:
            through = link.through
            if isinstance(through, ThroughTable) and storage.is_here(through.table) and THERE in storage.sides(cube):
                problem = f"Facts of {cube.name!r} lie there, and go over {through.table.name!r} by {link.name!r}."
                yield Issue(f"/tables/{through.table.name}", problem, "Leave it out: it has to lie where the facts do.")
