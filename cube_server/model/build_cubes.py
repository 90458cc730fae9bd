"""Cubes: links to dimensions, measures and drill-through columns over one fact table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from cube_server.errors import nearest
from cube_server.formulas.check import Types, check, numbers
from cube_server.formulas.parse import FormulaError, parse
from cube_server.formulas.tree import names
from cube_server.model.definitions import RESERVED, Definitions, known_names, levels_beside
from cube_server.model.document import CubeDoc, LinkDoc, MeasureDoc
from cube_server.model.elements import (
    AggregateKind,
    BaseMeasure,
    CalculatedMeasure,
    Column,
    Cube,
    Dimension,
    LevelRef,
    Link,
    Measure,
    Table,
    Text,
    levels_of,
)
from cube_server.model.mistakes import Mistakes, label, spoken, text
from cube_server.model.names import find_level
from cube_server.types import DataType, Kind


class CubeBuilder:
    """Builds cubes from their documents, noting every mistake.

    Args:
        tables: The tables of the model.
        dimensions: The dimensions that could be built.
        broken: The names of those that could not.
        mistakes: Where mistakes are noted.
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        dimensions: Mapping[str, Dimension],
        broken: Iterable[str],
        mistakes: Mistakes,
    ) -> None:
        self._tables = tables
        self._dimensions = dimensions
        self._broken = frozenset(broken)
        self._mistakes = mistakes

    def cube(self, name: str, part: CubeDoc) -> Cube | None:
        """Build a cube; None where it has no table to stand on."""
        place = f"/cubes/{name}"
        table = self._tables.get(part.table)
        if table is None:
            self._mistakes.blame(f"{place}/table", f"No table {part.table!r}.", nearest(part.table, self._tables))
            return None
        before = len(self._mistakes.issues)
        columns = {column.name: column for column in table.columns}
        built = [
            self._link(f"{place}/links/{role}", role, link, columns, table.name) for role, link in part.links.items()
        ]
        links = tuple(link for link in built if link)
        whole = len(links) == len(part.links)
        measures = self._measures(f"{place}/measures", part, columns, table.name, links if whole else None)
        cube = Cube(
            name=name,
            table=table,
            links=links,
            measures=measures,
            drillthrough=self._drillthrough(f"{place}/drillthrough", part, table, links) if whole else (),
            label=label(name, part),
            description=text(part.description),
        )
        # What is wrong already would only be found again, at other places.
        return self._defined(place, cube, part) if len(self._mistakes.issues) == before else cube

    def _defined(self, place: str, cube: Cube, part: CubeDoc) -> Cube:
        """Add the cube's derived attributes and calculated members, and check what formulas name besides measures."""
        before = len(self._mistakes.issues)
        definitions = Definitions(cube, self._mistakes.blame)
        taken = {*part.measures, *RESERVED}
        for kind, given in (("attributes", part.attributes), ("sets", part.sets)):
            for name, derived in given.items():
                if name in taken | levels_beside(cube, derived.of):
                    self._mistakes.blame(f"{place}/{kind}/{name}", f"The name {name!r} is taken already.")
            taken |= given.keys()
            known = numbers([*part.measures])
            definitions.add_attributes(f"{place}/{kind}", given, known, are_sets=kind == "sets")
        for name in part.members.keys() & taken:
            self._mistakes.blame(f"{place}/members/{name}", f"The name {name!r} is taken already.")
        definitions.add_members(f"{place}/members", part.members)
        if len(self._mistakes.issues) > before:
            return cube
        for measure in cube.measures:
            if isinstance(measure, CalculatedMeasure):
                definitions.check_measure(f"{place}/measures/{measure.name}/formula", measure)
        for attribute in definitions.cube.attributes:
            kind = "sets" if attribute.name in part.sets else "attributes"
            definitions.check_attribute(f"{place}/{kind}/{attribute.name}/formula", attribute)
        return definitions.cube

    def _link(
        self,
        place: str,
        role: str,
        part: LinkDoc,
        columns: Mapping[str, Column],
        table: str,
    ) -> Link | None:
        wanted = part.dimension or role
        dimension = self._dimensions.get(wanted)
        if dimension is None and wanted not in self._broken:
            self._mistakes.blame(f"{place}/dimension", f"No dimension {wanted!r}.", nearest(wanted, self._dimensions))
        column = self._mistakes.column(f"{place}/column", part.column, columns, table)
        if dimension is None or column is None:
            return None
        if column.type != dimension.key.type:
            self._mistakes.blame(
                f"{place}/column",
                f"{table}.{column.name} is {column.type}, but the key of {wanted!r} is {dimension.key.type}.",
            )
        label = text(part.label) if part.label else dimension.label if role == wanted else text(None, spoken(role))
        return Link(name=role, dimension=dimension, column=column, label=label)

    def _measures(
        self,
        place: str,
        part: CubeDoc,
        columns: Mapping[str, Column],
        table: str,
        links: tuple[Link, ...] | None,
    ) -> tuple[Measure, ...]:
        built: list[Measure | None] = []
        for name, measure in part.measures.items():
            spot = f"{place}/{name}"
            if name in RESERVED:
                self._mistakes.blame(spot, f"The name {name!r} is reserved.", "Choose another name.")
            elif (measure.aggregate is None) == (measure.formula is None):
                self._mistakes.blame(spot, f"Measure {name!r} needs either an aggregate or a formula.")
            elif measure.formula is not None:
                known = known_names((*part.measures,), (*part.sets,), (*part.attributes,))
                built.append(self._calculated(spot, name, measure, known))
            else:
                built.append(self._base(spot, name, measure, columns, table, links))
        found = tuple(measure for measure in built if measure)
        self._circles(place, found)
        return found

    def _base(
        self,
        place: str,
        name: str,
        part: MeasureDoc,
        columns: Mapping[str, Column],
        table: str,
        links: tuple[Link, ...] | None,
    ) -> Measure | None:
        kind = AggregateKind(part.aggregate or "")
        over: Column | LevelRef | None = None
        if wrong := _operand_mistake(kind, part):
            self._mistakes.blame(place, f"Measure {name!r}: {wrong}")
            return None
        if part.column is not None:
            over = self._mistakes.column(f"{place}/column", part.column, columns, table)
            link = next((link for link in links or () if link.column == over), None)
            if link is not None:
                return self._of_link(place, name, part, link)
        elif part.level is not None and links is not None:
            over = self._level_ref(f"{place}/level", part.level, links)
        if over is None and kind is not AggregateKind.COUNT:
            return None
        if isinstance(over, Column) and (wrong := _type_mistake(kind, over.type)):
            self._mistakes.blame(f"{place}/column", f"{table}.{over.name} is {over.type}: {wrong}")
        return BaseMeasure(aggregate=kind, over=over, **_reading(name, part))

    def _of_link(self, place: str, name: str, part: MeasureDoc, link: Link) -> Measure | None:
        """A column that links to a dimension holds keys: they can be counted, as members of the leaves, and no more."""
        if part.aggregate != "distinct":
            problem = f"{part.column!r} links to {link.name!r}: it holds keys, not numbers."
            self._mistakes.blame(f"{place}/column", problem, "Count its members with distinct.")
            return None
        leaf = next((ref for ref in levels_of(link) if ref.level.key == link.dimension.key), None)
        if leaf is None:
            problem = f"No level of {link.name!r} has the key {link.dimension.key.name!r}."
            self._mistakes.blame(f"{place}/column", problem, "Name a level to count instead.")
            return None
        return BaseMeasure(aggregate=AggregateKind.DISTINCT, over=leaf, **_reading(name, part))

    def _level_ref(self, place: str, name: str, links: tuple[Link, ...]) -> LevelRef | None:
        try:
            return find_level(links, name)
        except ValueError as error:
            self._mistakes.blame(place, str(error))
            return None

    def _calculated(self, place: str, name: str, part: MeasureDoc, known: Types) -> Measure | None:
        formula = part.formula or ""
        try:
            tree = parse(formula)
        except FormulaError as error:
            self._mistakes.blame(f"{place}/formula", str(error))
            return None
        for mistake in check(tree, formula, known):
            self._mistakes.blame(f"{place}/formula", str(mistake))
        if not names(tree):
            self._mistakes.blame(f"{place}/formula", f"Measure {name!r} names no other measure.")
        return CalculatedMeasure(text=formula, formula=tree, solve_order=part.solve_order, **_reading(name, part))

    def _circles(self, place: str, measures: tuple[Measure, ...]) -> None:
        formulas = {m.name: names(m.formula) for m in measures if isinstance(m, CalculatedMeasure)}
        for name in formulas:
            reached, edge = set[str](), [name]
            while edge:
                below = formulas.get(edge.pop(), ())
                edge.extend(set(below) - reached)
                reached.update(below)
            if name in reached:
                self._mistakes.blame(f"{place}/{name}/formula", f"Measure {name!r} is calculated from itself.")

    def _drillthrough(
        self, place: str, part: CubeDoc, table: Table, links: tuple[Link, ...]
    ) -> tuple[Column | LevelRef, ...]:
        columns = {column.name: column for column in table.columns}
        if not part.drillthrough:
            return table.columns
        found = [
            self._level_ref(f"{place}/{position}", name, links)
            if "." in name
            else self._mistakes.column(f"{place}/{position}", name, columns, table.name)
            for position, name in enumerate(part.drillthrough)
        ]
        return tuple(column for column in found if column)


class _Reading(TypedDict):
    """How people read a measure."""

    name: str
    label: Text
    description: Text
    folder: Text
    format: str
    unit: str


def _reading(name: str, part: MeasureDoc) -> _Reading:
    return {
        "name": name,
        "label": label(name, part),
        "description": text(part.description),
        "folder": text(part.folder),
        "format": part.format or "#,##0.##",
        "unit": part.unit or "",
    }


def _operand_mistake(kind: AggregateKind, part: MeasureDoc) -> str:
    given = [field for field in ("column", "level") if getattr(part, field) is not None]
    if kind is AggregateKind.COUNT:
        return "count counts rows and takes no column or level." if given else ""
    if kind is AggregateKind.DISTINCT:
        return "" if len(given) == 1 else "distinct needs a column or a level, one of the two."
    return "" if given == ["column"] else f"{kind} needs a column."


def _type_mistake(kind: AggregateKind, type_: DataType) -> str:
    if kind in (AggregateKind.SUM, AggregateKind.AVG, AggregateKind.MIN, AggregateKind.MAX) and not type_.is_number:
        return f"{kind} needs a number."
    if kind is AggregateKind.DISTINCT and type_.kind is Kind.FLOAT:
        return "distinct needs a key, not a float."
    return ""
