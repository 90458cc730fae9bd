"""Putting the new model together, cube by cube."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .catalog import Catalog
from .facts import FactColumns, add_columns, note_joins
from .findings import Findings
from .measures import MeasureBuilder
from .members import Members, MembersBuilder
from .naming import unique
from .section import CubeNames, Linked, slicer_cube
from .snowflake import Snowflake
from .specs import Cube, Dimension
from .tables import DerivedTable, Document, Tables
from .values import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """A dimension of a cube, the link to it, and the name that the dimension has in the model."""

    name: str
    members: Members
    dimension: str


class Assembly:
    """Builds a model of this server from the cubes of all models.

    Args:
        catalog: The tables that there are.
        dialect: The database's.
        findings: Takes mistakes and notes.
    """

    def __init__(self, catalog: Catalog, dialect: str, findings: Findings) -> None:
        self._catalog, self._dialect, self._findings = catalog, dialect, findings
        self._tables = Tables(catalog)
        self._facts: dict[str, DerivedTable] = {}
        self._known: dict[str, str] = {}
        self._dimensions: dict[str, Document] = {}
        self._cubes: dict[str, tuple[str, Document]] = {}
        self._slicer: dict[str, Document] = {}

    def add(self, cube: Cube) -> None:
        """Add a cube of Cubes."""
        snowflake = Snowflake(cube, self._catalog, self._findings)
        if not self._catalog.has(snowflake.fact_source, cube.place.at("fact")):
            return
        values = Values(snowflake, self._catalog, self._dialect, self._findings)
        links = self._links(snowflake, values)
        if not links:
            self._findings.unsupported(cube.place, f"Cube {cube.name!r} is left out: it has no dimension.")
            return
        key = f"{snowflake.fact_source} of {cube.name}" if values.join_facts() else snowflake.fact_source
        facts = self._facts.setdefault(key, DerivedTable(snowflake, self._tables, snowflake.fact, keeps_all=True))
        columns = add_columns(facts, values, self._catalog, snowflake)
        measures = MeasureBuilder(cube, values, facts.add, self._dialect, self._findings)
        measures.build()
        note_joins(facts, cube, self._findings)
        name = unique(cube.name, self._cubes)
        self._cubes[name] = (key, _cube(cube, facts, links, columns, measures.documents))
        self._slicer[cube.name] = slicer_cube(cube, _names(name, links, columns, measures.asked))

    def document(self, name: str, settings: Mapping[str, Any]) -> Document:
        """Give the whole of cubes.json."""
        facts = {key: self._tables.add(table.root, table.document([])) for key, table in self._facts.items()}
        return {
            "format": 1,
            "name": name,
            "tables": self._tables.documents,
            "dimensions": self._dimensions,
            "cubes": {cube: {"table": facts[key], **document} for cube, (key, document) in self._cubes.items()},
            "slicer": {**settings, "cubes": self._slicer},
        }

    def _links(self, snowflake: Snowflake, values: Values) -> dict[str, _Link]:
        links: dict[str, _Link] = {}
        for dimension in snowflake.cube.dimensions:
            members = MembersBuilder(dimension, snowflake, values, self._tables, self._findings).build()
            if members is not None:
                name = unique(dimension.name, {link.name for link in links.values()})
                called = self._dimension(members, dimension, snowflake.cube)
                links[dimension.name] = _Link(name=name, members=members, dimension=called)
        return links

    def _dimension(self, members: Members, dimension: Dimension, cube: Cube) -> str:
        """Add a dimension, unless an equal one is there; give its name.

        Models may have dimensions of one name that differ, and so may cubes of one model whose mappings differ.
        """
        told = json.dumps([dimension.name, members.table, members.dimension])
        if told not in self._known:
            candidates = [dimension.name, f"{cube.model}_{dimension.name}", f"{cube.name}_{dimension.name}"]
            free = [name for name in candidates if unique(name, self._dimensions) == unique(name, ())]
            name = unique(free[0] if free else candidates[-1], self._dimensions)
            table = self._tables.add(f"{name}_members", members.table)
            self._dimensions[name] = {"table": table, **members.dimension}
            self._known[told] = name
        return self._known[told]


def _cube(
    cube: Cube, facts: DerivedTable, links: Mapping[str, _Link], columns: FactColumns, measures: Mapping[str, Document]
) -> Document:
    """Give a cube's part of cubes.json, all but its table."""
    document: Document = {"label": cube.label}
    if cube.description:
        document["description"] = cube.description
    document["links"] = {link.name: _link(link, facts) for link in links.values()}
    document["measures"] = dict(measures)
    shown = [columns.key, *columns.named.values()]
    document["drillthrough"] = list(dict.fromkeys(column for column in shown if column))
    return document


def _link(link: _Link, facts: DerivedTable) -> Document:
    # A column of its own: in a link's column the warehouse keeps surrogate keys in place of values.
    column = facts.add_link(link.name, link.members.link)
    return {"column": column} if link.dimension == link.name else {"column": column, "dimension": link.dimension}


def _names(name: str, links: Mapping[str, _Link], columns: FactColumns, asked: Mapping[str, str]) -> CubeNames:
    return CubeNames(
        cube=name,
        links={dimension: Linked(link=link.name, members=link.members) for dimension, link in links.items()},
        columns=columns.named,
        localized=columns.localized,
        fact_key=columns.key,
        asked=asked,
    )
