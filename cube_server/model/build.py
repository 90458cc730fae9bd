"""From the document to the model's elements, gathering every mistake on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cube_server.errors import Issue, nearest
from cube_server.formulas.check import check
from cube_server.formulas.parse import FormulaError, parse
from cube_server.formulas.tree import names
from cube_server.model.document import (
    AttributeDoc,
    CubeDoc,
    Described,
    DimensionDoc,
    LevelDoc,
    LinkDoc,
    MeasureDoc,
    ModelDoc,
    TableDoc,
    TextDoc,
    data_type,
)
from cube_server.model.elements import (
    AggregateKind,
    BaseMeasure,
    CalculatedMeasure,
    Column,
    Cube,
    Dimension,
    Hierarchy,
    Level,
    LevelRef,
    Link,
    Measure,
    Model,
    Table,
    Text,
)
from cube_server.model.names import find_level
from cube_server.types import DataType, Kind


def build(document: ModelDoc, fingerprint: str) -> tuple[Model | None, tuple[Issue, ...]]:
    """Build the model.

    Args:
        document: The document, of the right shape.
        fingerprint: What becomes the model's hash.

    Returns:
        The model and no issue, or None and every mistake found.
    """
    builder = _Builder()
    model = builder.model(document, fingerprint)
    return (None if builder.issues else model), tuple(builder.issues)


def text(document: TextDoc | None, default: str = "") -> Text:
    """Turn a label of the document into text by language."""
    if document is None:
        return Text((("en", default),)) if default else Text()
    return Text(tuple(document.items())) if isinstance(document, dict) else Text((("en", document),))


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _label(name: str, part: Described) -> Text:
    return text(part.label, _spoken(name))


class _Builder:
    """Builds element by element. A part with a mistake is left out, and what refers to it is not blamed."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self._broken: set[str] = set()

    def blame(self, place: str, message: str, hint: str = "") -> None:
        self.issues.append(Issue(place, message, hint))

    def model(self, document: ModelDoc, fingerprint: str) -> Model:
        tables = {name: self.table(name, part) for name, part in document.tables.items()}
        dimensions = {
            name: built
            for name, part in document.dimensions.items()
            if (built := self.dimension(name, part, tables)) is not None
        }
        self._broken = set(document.dimensions) - set(dimensions)
        cubes = [self.cube(name, part, tables, dimensions) for name, part in document.cubes.items()]
        return Model(
            name=document.name,
            label=_label(document.name, document),
            tables=tuple(tables.values()),
            dimensions=tuple(dimensions.values()),
            cubes=tuple(cube for cube in cubes if cube),
            hash=fingerprint,
        )

    def table(self, name: str, part: TableDoc) -> Table:
        columns = {column: Column(column, data_type(type_)) for column, type_ in part.columns.items()}
        key = [
            self.column(f"/tables/{name}/key/{position}", column, columns, name)
            for position, column in enumerate(part.key)
        ]
        return Table(
            name=name,
            source=part.source or name,
            key=tuple(column for column in key if column),
            columns=tuple(columns.values()),
        )

    def column(self, place: str, name: str, columns: Mapping[str, Column], table: str) -> Column | None:
        if name not in columns:
            self.blame(place, f"Table {table!r} has no column {name!r}.", nearest(name, columns))
        return columns.get(name)

    def dimension(self, name: str, part: DimensionDoc, tables: Mapping[str, Table]) -> Dimension | None:
        place = f"/dimensions/{name}"
        table = tables.get(part.table)
        if table is None:
            self.blame(f"{place}/table", f"No table {part.table!r}.", nearest(part.table, tables))
            return None
        if len(table.key) != 1:
            self.blame(
                f"/tables/{table.name}/key",
                f"Dimension {name!r} needs a table with one key column; {table.name!r} has {len(table.key)}.",
            )
            return None
        levels = self.levels(place, name, part, table)
        attributes = self.attributes(place, name, part, table)
        hierarchies = self.hierarchies(place, name, part, levels)
        used = {level for hierarchy in part.hierarchies.values() for level in hierarchy.levels}
        for level in part.levels.keys() - used:
            self.blame(
                f"{place}/levels/{level}", f"Level {level!r} stands in no hierarchy.", "Add it to one."
            )
        return Dimension(
            name=name,
            table=table,
            is_time=part.role == "time",
            hierarchies=(*hierarchies, *attributes),
            label=_label(name, part),
            description=text(part.description),
        )

    def levels(self, place: str, dimension: str, part: DimensionDoc, table: Table) -> dict[str, Level]:
        built = {
            name: self.level(f"{place}/levels/{name}", dimension, name, level, table)
            for name, level in part.levels.items()
        }
        return {name: level for name, level in built.items() if level}

    def attributes(
        self, place: str, dimension: str, part: DimensionDoc, table: Table
    ) -> tuple[Hierarchy, ...]:
        built: list[Hierarchy] = []
        taken = {**dict.fromkeys(part.levels, "a level"), **dict.fromkeys(part.hierarchies, "a hierarchy")}
        for owner, level in part.levels.items():
            for name, attribute in level.attributes.items():
                spot = f"{place}/levels/{owner}/attributes/{name}"
                if name in taken:
                    self.blame(
                        spot, f"{name!r} is already {taken[name]} of {dimension!r}.", "Choose another name."
                    )
                    continue
                taken[name] = "an attribute"
                if leaf := self.level(spot, dimension, name, attribute, table, owner):
                    built.append(_hierarchy(dimension, name, attribute, (leaf,)))
        return tuple(built)

    def level(
        self,
        place: str,
        dimension: str,
        name: str,
        part: AttributeDoc,
        table: Table,
        owner: str | None = None,
    ) -> Level | None:
        columns = {column.name: column for column in table.columns}
        key = self.column(f"{place}/column", part.column, columns, table.name)
        optional = {
            field: self.column(f"{place}/{field}", given, columns, table.name)
            for field, given in (("caption", part.caption), ("order", part.order))
            if given is not None
        }
        if key is None:
            return None
        return Level(
            dimension=dimension,
            name=name,
            key=key,
            caption=optional.get("caption"),
            order=optional.get("order"),
            unique=owner is not None or (isinstance(part, LevelDoc) and part.unique),
            attribute_of=owner,
            label=_label(name, part),
            description=text(part.description),
        )

    def hierarchies(
        self, place: str, dimension: str, part: DimensionDoc, levels: Mapping[str, Level]
    ) -> tuple[Hierarchy, ...]:
        built: list[Hierarchy] = []
        for name, hierarchy in part.hierarchies.items():
            spot = f"{place}/hierarchies/{name}/levels"
            found: list[Level] = []
            for position, level in enumerate(hierarchy.levels):
                if level not in part.levels:
                    hint = nearest(level, part.levels)
                    self.blame(f"{spot}/{position}", f"Dimension {dimension!r} has no level {level!r}.", hint)
                elif hierarchy.levels.index(level) != position:
                    self.blame(f"{spot}/{position}", f"Level {level!r} stands twice in hierarchy {name!r}.")
                elif level in levels:
                    found.append(levels[level])
            if found:
                built.append(_hierarchy(dimension, name, hierarchy, tuple(found)))
        return tuple(built)

    def cube(
        self, name: str, part: CubeDoc, tables: Mapping[str, Table], dimensions: Mapping[str, Dimension]
    ) -> Cube | None:
        place = f"/cubes/{name}"
        table = tables.get(part.table)
        if table is None:
            self.blame(f"{place}/table", f"No table {part.table!r}.", nearest(part.table, tables))
            return None
        columns = {column.name: column for column in table.columns}
        built = [
            self.link(f"{place}/links/{role}", role, link, columns, table.name, dimensions)
            for role, link in part.links.items()
        ]
        links = tuple(link for link in built if link)
        whole = len(links) == len(part.links)
        measures = self.measures(f"{place}/measures", part, columns, table.name, links if whole else None)
        return Cube(
            name=name,
            table=table,
            links=links,
            measures=measures,
            drillthrough=self.drillthrough(f"{place}/drillthrough", part, table, links) if whole else (),
            label=_label(name, part),
            description=text(part.description),
        )

    def link(
        self,
        place: str,
        role: str,
        part: LinkDoc,
        columns: Mapping[str, Column],
        table: str,
        dimensions: Mapping[str, Dimension],
    ) -> Link | None:
        wanted = part.dimension or role
        dimension = dimensions.get(wanted)
        if dimension is None and wanted not in self._broken:
            self.blame(f"{place}/dimension", f"No dimension {wanted!r}.", nearest(wanted, dimensions))
        column = self.column(f"{place}/column", part.column, columns, table)
        if dimension is None or column is None:
            return None
        if column.type.kind is not dimension.key.type.kind:
            self.blame(
                f"{place}/column",
                f"{table}.{column.name} is {column.type}, but the key of {wanted!r} is {dimension.key.type}.",
            )
        label = (
            text(part.label)
            if part.label
            else dimension.label
            if role == wanted
            else text(None, _spoken(role))
        )
        return Link(name=role, dimension=dimension, column=column, label=label)

    def measures(
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
            if (measure.aggregate is None) == (measure.formula is None):
                self.blame(spot, f"Measure {name!r} needs either an aggregate or a formula.")
            elif measure.formula is not None:
                built.append(self.calculated(spot, name, measure, part.measures))
            else:
                built.append(self.base(spot, name, measure, columns, table, links))
        found = tuple(measure for measure in built if measure)
        self.circles(place, found)
        return found

    def base(
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
            self.blame(place, f"Measure {name!r}: {wrong}")
            return None
        if part.column is not None:
            over = self.column(f"{place}/column", part.column, columns, table)
        elif part.level is not None and links is not None:
            over = self.level_ref(f"{place}/level", part.level, links)
        if over is None and kind is not AggregateKind.COUNT:
            return None
        if isinstance(over, Column) and (wrong := _type_mistake(kind, over.type)):
            self.blame(f"{place}/column", f"{table}.{over.name} is {over.type}: {wrong}")
        return BaseMeasure(aggregate=kind, over=over, **_reading(name, part))

    def level_ref(self, place: str, name: str, links: tuple[Link, ...]) -> LevelRef | None:
        try:
            return find_level(links, name)
        except ValueError as error:
            self.blame(place, str(error))
            return None

    def calculated(self, place: str, name: str, part: MeasureDoc, known: Iterable[str]) -> Measure | None:
        formula = part.formula or ""
        try:
            tree = parse(formula)
        except FormulaError as error:
            self.blame(f"{place}/formula", str(error))
            return None
        for mistake in check(tree, formula, list(known), condition=False):
            self.blame(f"{place}/formula", str(mistake))
        if not names(tree):
            self.blame(f"{place}/formula", f"Measure {name!r} names no other measure.")
        return CalculatedMeasure(text=formula, formula=tree, **_reading(name, part))

    def circles(self, place: str, measures: tuple[Measure, ...]) -> None:
        formulas = {m.name: names(m.formula) for m in measures if isinstance(m, CalculatedMeasure)}
        for name in formulas:
            reached, edge = set[str](), [name]
            while edge:
                below = formulas.get(edge.pop(), ())
                edge.extend(set(below) - reached)
                reached.update(below)
            if name in reached:
                self.blame(f"{place}/{name}/formula", f"Measure {name!r} is calculated from itself.")

    def drillthrough(
        self, place: str, part: CubeDoc, table: Table, links: tuple[Link, ...]
    ) -> tuple[Column | LevelRef, ...]:
        columns = {column.name: column for column in table.columns}
        if not part.drillthrough:
            return table.columns
        found = [
            self.level_ref(f"{place}/{position}", name, links)
            if "." in name
            else self.column(f"{place}/{position}", name, columns, table.name)
            for position, name in enumerate(part.drillthrough)
        ]
        return tuple(column for column in found if column)


def _hierarchy(dimension: str, name: str, part: Described, levels: tuple[Level, ...]) -> Hierarchy:
    return Hierarchy(
        dimension=dimension,
        name=name,
        levels=levels,
        label=_label(name, part),
        description=text(part.description),
    )


def _reading(name: str, part: MeasureDoc) -> dict[str, object]:
    return {
        "name": name,
        "label": _label(name, part),
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
    if (
        kind in (AggregateKind.SUM, AggregateKind.AVG, AggregateKind.MIN, AggregateKind.MAX)
        and not type_.is_number
    ):
        return f"{kind} needs a number."
    if kind is AggregateKind.DISTINCT and type_.kind is Kind.FLOAT:
        return "distinct needs a key, not a float."
    return ""
