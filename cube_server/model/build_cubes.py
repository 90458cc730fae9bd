"""Cubes: links to dimensions, measures and drill-through columns over one fact table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypedDict

from cube_server.errors import nearest
from cube_server.formulas.check import Types, check, numbers
from cube_server.formulas.parse import FormulaError, parse
from cube_server.formulas.tree import names
from cube_server.model.build_history import dated
from cube_server.model.build_through import ThroughBuilder, link_label
from cube_server.model.definitions import RESERVED, Definitions, Told, known_names, levels_beside
from cube_server.model.dimensions import Dimension, Level, LevelRef, Link, levels_of
from cube_server.model.document import CubeDoc, LinkDoc, MeasureDoc
from cube_server.model.elements import AggregateKind, BaseMeasure, CalculatedMeasure, Cube, Measure
from cube_server.model.mistakes import Mistakes, label, text
from cube_server.model.names import find_level
from cube_server.model.rollups import rollups
from cube_server.model.semi_additive import semi_additive
from cube_server.model.tables import Column, Table, Text
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
        self._named: set[str] = set()
        self._sound: dict[str, Cube] = {}

    def cube(self, name: str, part: CubeDoc) -> Cube | None:
        """Build a cube with the measures of its own facts; None where it has no table to stand on."""
        self._named.add(name)
        place = f"/cubes/{name}"
        table = self._tables.get(part.table)
        if table is None:
            self._mistakes.blame(f"{place}/table", f"No table {part.table!r}.", nearest(part.table, self._tables))
            return None
        before = len(self._mistakes.issues)
        columns = {column.name: column for column in table.columns}
        links = self._links(f"{place}/links", part, columns, table)
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
        if len(self._mistakes.issues) == before:
            cube = replace(cube, rollups=rollups(f"{place}/rollups", part.rollups, cube, self._mistakes))
            self._sound[name] = cube
        return cube

    def finished(self, cube: Cube, part: CubeDoc) -> Cube:
        """Add to a cube what rests on other cubes too: imported measures, derived attributes.

        What is wrong already would only be found again, at other places: such a cube stays as it is.
        """
        if cube.name not in self._sound:
            return cube
        cube = self._with_imports(f"/cubes/{cube.name}/measures", cube, part)
        return self._defined(f"/cubes/{cube.name}", cube, part) if len(cube.measures) == len(part.measures) else cube

    def _with_imports(self, place: str, cube: Cube, part: CubeDoc) -> Cube:
        definitions = Definitions(cube, self._mistakes.blame)
        measures: dict[str, Measure | None] = {measure.name: measure for measure in cube.measures}
        for name, given in part.measures.items():
            # A cube with mistakes has them told; what refers to it is not blamed.
            if given.from_ is not None and (given.from_.cube in self._sound or given.from_.cube not in self._named):
                told = Told(name=name, **{field: getattr(given, field) for field in _TOLD})
                measures[name] = definitions.imported(f"{place}/{name}/from", given.from_, self._sound, told)
        ordered = (measures.get(name) for name in part.measures)
        return replace(cube, measures=tuple(measure for measure in ordered if measure))

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

    def _links(self, place: str, part: CubeDoc, columns: Mapping[str, Column], table: Table) -> tuple[Link, ...]:
        """Build the links, the bridged ones last, since they may go through others; give them as declared."""
        direct = {role: link for role, link in part.links.items() if link.through is None}
        built = {role: self._link(f"{place}/{role}", role, link, columns, table.name) for role, link in direct.items()}
        known = {role: link for role, link in built.items() if link}
        found = {role: self._dated(f"{place}/{role}", link, part.links[role], known) for role, link in known.items()}
        bridges = ThroughBuilder(self._tables, table, found, self._mistakes)
        for role, link in part.links.items():
            if link.through is not None:
                dimension = self._linked(f"{place}/{role}", role, link)
                bridged = bridges.link(f"{place}/{role}", role, link, link.through, dimension) if dimension else None
                found.update({role: self._dated(f"{place}/{role}", bridged, link, known)} if bridged else {})
        return tuple(found[role] for role in part.links if role in found)

    def _dated(self, place: str, link: Link, part: LinkDoc, links: Mapping[str, Link]) -> Link:
        """Tell a link to a dimension that is read as it was then where its facts' day comes from."""
        when = dated(place, link, part, links, self._mistakes)
        return replace(link, when=when) if link.dimension.scd == "then" else link

    def _linked(self, place: str, role: str, part: LinkDoc) -> Dimension | None:
        wanted = part.dimension or role
        dimension = self._dimensions.get(wanted)
        if dimension is None and wanted not in self._broken:
            self._mistakes.blame(f"{place}/dimension", f"No dimension {wanted!r}.", nearest(wanted, self._dimensions))
        return dimension

    def _link(
        self,
        place: str,
        role: str,
        part: LinkDoc,
        columns: Mapping[str, Column],
        table: str,
    ) -> Link | None:
        wanted = part.dimension or role
        dimension = self._linked(place, role, part)
        if part.column is None:
            self._mistakes.blame(f"{place}/column", "The link names no column.", "Name the one with the key.")
            return None
        column = self._mistakes.column(f"{place}/column", part.column, columns, table)
        if dimension is None or column is None:
            return None
        level = self._linked_level(f"{place}/level", dimension, part.level) if part.level else None
        label = link_label(role, part, dimension)
        link = Link(name=role, dimension=dimension, column=column, label=label, level=level)
        if column.type != link.key.type:
            whose = wanted if level is None else f"{wanted}.{level.name}"
            message = f"{table}.{column.name} is {column.type}, but the key of {whose!r} is {link.key.type}."
            self._mistakes.blame(f"{place}/column", message)
        return None if part.level and level is None else link

    def _linked_level(self, place: str, dimension: Dimension, name: str) -> Level | None:
        """Find the level whose keys facts hold."""
        made = dimension.made_columns
        levels = {lv.name: lv for lv in dimension.levels if lv.attribute_of is None and lv.key not in made}
        level = levels.get(name)
        if level is None:
            self._mistakes.blame(place, f"{dimension.name!r} has no level {name!r}.", nearest(name, levels))
        elif not level.unique:
            problem = f"The key of {dimension.name}.{name} does not identify a member alone."
            self._mistakes.blame(place, problem, 'Link by a level that is declared "unique".')
        elif level.key == dimension.key:
            self._mistakes.blame(place, f"{dimension.name}.{name} has the dimension's own key.", "Leave the level out.")
        else:
            return level
        return None

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
            elif sum(way is not None for way in (measure.aggregate, measure.formula, measure.from_)) != 1:
                self._mistakes.blame(spot, f"Measure {name!r} needs one of aggregate, formula and from.")
            elif measure.aggregate is None and measure.semi_additive is not None:
                problem = f"Measure {name!r} is no aggregate: only aggregates are semi-additive."
                self._mistakes.blame(f"{spot}/semi_additive", problem)
            elif measure.from_ is not None:
                continue
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
        rule = None
        if part.semi_additive is not None and links is not None:
            rule = semi_additive(f"{place}/semi_additive", part.semi_additive, kind, links, self._mistakes)
        if part.column is not None:
            over = self._mistakes.column(f"{place}/column", part.column, columns, table)
            link = next((link for link in links or () if link.column == over and link.through is None), None)
            if link is not None:
                return self._of_link(place, name, part, link)
        elif part.level is not None and links is not None:
            over = self._level_ref(f"{place}/level", part.level, links)
        if over is None and (part.column is not None or kind is not AggregateKind.COUNT):
            return None
        if isinstance(over, Column) and (wrong := _type_mistake(kind, over.type)):
            self._mistakes.blame(f"{place}/column", f"{table}.{over.name} is {over.type}: {wrong}")
        return BaseMeasure(aggregate=kind, over=over, rule=rule, **_reading(name, part))

    def _of_link(self, place: str, name: str, part: MeasureDoc, link: Link) -> Measure | None:
        """A column that links to a dimension holds keys: they can be counted, as members of the leaves, and no more."""
        if part.aggregate != "distinct":
            problem = f"{part.column!r} links to {link.name!r}: it holds keys, not numbers."
            self._mistakes.blame(f"{place}/column", problem, "Count its members with distinct.")
            return None
        leaf = next((ref for ref in levels_of(link) if ref.level.key == link.key), None)
        if leaf is None:
            problem = f"No level of {link.name!r} has the key {link.key.name!r}."
            self._mistakes.blame(f"{place}/column", problem, "Name a level to count instead.")
            return None
        return BaseMeasure(aggregate=AggregateKind.DISTINCT, over=leaf, **_reading(name, part))

    def _level_ref(self, place: str, name: str, links: tuple[Link, ...]) -> LevelRef | None:
        try:
            return find_level(links, name)
        except ValueError as error:
            self._mistakes.blame(place, str(error))
            return None

    def _one_member(self, place: str, name: str, links: tuple[Link, ...]) -> LevelRef | None:
        ref = self._level_ref(place, name, links)
        if ref is not None and ref.link.through is not None:
            self._mistakes.blame(place, f"A fact has many members of {ref.name}.", "Leave it out.")
        return ref

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
            self._one_member(f"{place}/{position}", name, links)
            if "." in name
            else self._mistakes.column(f"{place}/{position}", name, columns, table.name)
            for position, name in enumerate(part.drillthrough)
        ]
        return tuple(column for column in found if column)


_TOLD = ("label", "description", "folder", "format", "unit")


class _Reading(TypedDict):
    """How people read a measure."""

    name: str
    label: Text
    description: Text
    folder: Text
    format: str
    unit: str
    note: str


def _reading(name: str, part: MeasureDoc) -> _Reading:
    return {
        "name": name,
        "label": label(name, part),
        "description": text(part.description),
        "folder": text(part.folder),
        "format": part.format or "#,##0.##",
        "unit": part.unit or "",
        "note": part.note,
    }


def _operand_mistake(kind: AggregateKind, part: MeasureDoc) -> str:
    given = [field for field in ("column", "level") if getattr(part, field) is not None]
    if kind is AggregateKind.COUNT:
        return "count counts rows or the values of a column; it takes no level." if "level" in given else ""
    if kind is AggregateKind.DISTINCT:
        return "" if len(given) == 1 else "distinct needs a column or a level, one of the two."
    return "" if given == ["column"] else f"{kind} needs a column."


def _type_mistake(kind: AggregateKind, type_: DataType) -> str:
    if kind not in (AggregateKind.COUNT, AggregateKind.DISTINCT) and not type_.is_number:
        return f"{kind} needs a number."
    if kind is AggregateKind.DISTINCT and type_.kind is Kind.FLOAT:
        return "distinct needs a key, not a float."
    return ""
