"""What cubes.json or a query defines over a cube: derived attributes, sets and calculated measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cube_server.formulas.check import FormulaType, Types, check, numbers, type_of
from cube_server.formulas.parse import FormulaError, parse
from cube_server.formulas.tree import Node, names
from cube_server.model.derived import Formula, derive, level_shown
from cube_server.model.dimensions import LevelRef
from cube_server.model.document import DerivedDoc, ImportDoc, MemberDoc
from cube_server.model.elements import (
    AggregateKind,
    BaseMeasure,
    CalculatedMeasure,
    CalculatedMember,
    Cube,
    DerivedAttribute,
    Measure,
)
from cube_server.model.expressions import attributes_used, expand, expand_formula
from cube_server.model.imports import ImportedMeasure, find_measure, find_source
from cube_server.model.members import calculated_member, home_of
from cube_server.model.mistakes import label, text
from cube_server.model.names import find_level
from cube_server.model.shapes import TextDoc
from cube_server.types import Kind

RESERVED = frozenset({"member", "row", "column"})
"""Names that measures and attributes cannot have: `member` is an order, the others are columns of a cell set."""

Blame = Callable[[str, str, str], None]
"""Notes a mistake: its JSON pointer, what is wrong, and a hint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How people read a measure of other facts; what is None is as there."""

    name: str
    label: TextDoc | None = None
    description: TextDoc | None = None
    folder: TextDoc | None = None
    format: str | None = None
    unit: str | None = None


class Definitions:
    """Adds definitions to a cube, noting every mistake.

    Args:
        cube: The cube.
        blame: Notes mistakes.

    Attributes:
        cube: The cube with all that was added.
    """

    def __init__(self, cube: Cube, blame: Blame) -> None:
        self.cube = cube
        self._blame = blame

    def add_attributes(self, place: str, given: Mapping[str, DerivedDoc], known: Types, *, are_sets: bool) -> None:
        """Add derived attributes, each of which may name those before it.

        Args:
            place: The JSON pointer of `given`.
            given: By name.
            known: The measures that may stand in their formulas.
            are_sets: Whether they must be conditions.
        """
        wanted = (FormulaType.CONDITION,) if are_sets else tuple(FormulaType)
        for name, part in given.items():
            attribute = self._attribute(f"{place}/{name}", name, part, wanted, {**known, **self.attribute_types()})
            if attribute is not None:
                self.cube = replace(self.cube, attributes=(*self.cube.attributes, attribute))

    def add_measures(self, measures: tuple[Measure, ...]) -> None:
        """Add measures."""
        self.cube = replace(self.cube, measures=(*self.cube.measures, *measures))

    def add_members(self, place: str, given: Mapping[str, MemberDoc]) -> None:
        """Add calculated members, each of which may name those before it.

        Args:
            place: The JSON pointer of `given`.
            given: By name.
        """
        for name, part in given.items():
            member = self._member(f"{place}/{name}", name, part)
            if member is None:
                continue
            try:
                calculated_member(member, self.cube)
            except FormulaError as error:
                field = "parent" if error.text == member.parent_text else "formula"
                self._blame(f"{place}/{name}/{field}", str(error), "")
            else:
                self.cube = replace(self.cube, members=(*self.cube.members, member))

    def _member(self, place: str, name: str, part: MemberDoc) -> CalculatedMember | None:
        try:
            home = home_of(self.cube, part.of)
        except ValueError as error:
            self._blame(f"{place}/of", str(error), "")
            home = None
        tree, parent = (
            self.parse_over_members(f"{place}/{field}", text)
            for field, text in (("formula", part.formula), ("parent", part.parent))
        )
        if home is None or home.name is None or tree is None or (part.parent is not None and parent is None):
            return None
        return CalculatedMember(
            name=name,
            link=home.link,
            hierarchy=home.name,
            label=label(name, part),
            description=text(part.description),
            text=part.formula,
            formula=tree,
            parent_text=part.parent or "",
            parent=parent,
            format=part.format or "",
            solve_order=part.solve_order,
        )

    def parse_over_members(self, place: str, given: str | None) -> Node | None:
        """Read a formula over members; which exist is another question."""
        if given is None:
            return None
        try:
            known = numbers(names(parse(given)))
        except FormulaError as error:
            self._blame(place, str(error), "")
            return None
        return self.parse(place, given, known)

    def parse(
        self, place: str, text: str, known: Types, wanted: tuple[FormulaType, ...] = (FormulaType.NUMBER,)
    ) -> Node | None:
        """Read a formula and check its names and types; None where it has a mistake."""
        try:
            tree = parse(text)
        except FormulaError as error:
            self._blame(place, str(error), "")
            return None
        mistakes = check(tree, text, known, wanted)
        for mistake in mistakes:
            self._blame(place, str(mistake), "")
        return None if mistakes else tree

    def imported(self, place: str, part: ImportDoc, cubes: Mapping[str, Cube], told: Told) -> ImportedMeasure | None:
        """Take a measure from other facts.

        Args:
            place: The JSON pointer of `part`.
            part: What to take.
            cubes: All cubes, by name.
            told: How people read it here; by default as there.

        Returns:
            The measure; None where it cannot be taken.
        """
        source = find_source(part, self.cube, cubes, place, self._blame)
        measure = find_measure(part, source.cube, place, self._blame) if source else None
        if source is None or measure is None:
            return None
        imported = ImportedMeasure(
            name=told.name,
            label=text(told.label) if told.label else measure.label,
            description=text(told.description) if told.description else measure.description,
            folder=text(told.folder) if told.folder else measure.folder,
            format=told.format or measure.format,
            unit=told.unit or measure.unit,
            source=source,
            measure=measure,
        )
        try:
            expand(imported, self.cube)
        except FormulaError as error:
            self._blame(f"{place}/measure", f"{part.cube}.{part.measure} cannot be taken: {error}", "")
            return None
        return imported

    def check_measure(self, place: str, measure: CalculatedMeasure) -> None:
        """Check that every place in a measure's formula exists."""
        self._expanded(place, measure.formula, measure.text)

    def check_attribute(self, place: str, attribute: DerivedAttribute) -> None:
        """Check that every place in an attribute's formula exists, and that it rests only on attributes before it."""
        expanded = self._expanded(place, attribute.formula, attribute.text)
        before = self.cube.attributes[: self.cube.attributes.index(attribute)]
        for other in attributes_used(expanded) if expanded else ():
            if other not in before:
                problem = f"{attribute.name!r} rests on {other.name!r}, which does not come before it."
                self._blame(place, problem, "Put that one first, or mend a circle.")

    def attribute_types(self) -> Types:
        """Tell what each attribute gives in a formula."""
        return {attribute.name: _gives(attribute) for attribute in self.cube.attributes}

    def _attribute(
        self, place: str, name: str, part: DerivedDoc, wanted: tuple[FormulaType, ...], known: Types
    ) -> DerivedAttribute | None:
        keys = [self._level(f"{place}/of", part.of)]
        keys += [self._level(f"{place}/by/{position}", level) for position, level in enumerate(part.by)]
        tree = self.parse(f"{place}/formula", part.formula, known, wanted)
        shown = level_shown(tree) if tree else None
        shows = self._level(f"{place}/formula", shown) if shown else None
        if self._mixes_bridges([key for key in keys if key]):
            problem = f"{name!r}: the members of a bridged link have attributes of their own only."
            self._blame(f"{place}/of", problem, "Leave the other levels out, and attributes of attributes.")
            return None
        # A unique key needs no parents, and ties in ranks and ntiles are broken by the key itself.
        found = tuple(key.alone() if key.level.unique else key for key in keys if key)
        if tree is None or len(found) < len(keys) or (shown and shows is None):
            return None
        return derive(
            name,
            found,
            Formula(part.formula, tree, type_of(tree, known), self._whole_names()),
            shows,
            within_cut=part.within == "cut",
            label=label(name, part),
            description=text(part.description),
        )

    def _mixes_bridges(self, keys: list[LevelRef]) -> bool:
        """Tell whether a fact's value would hang on which of its many members is meant."""
        bridged = [key for key in keys if self.cube.is_bridged(key.link)]
        return bool(bridged) and (len(keys) > 1 or bridged[0].link.through is None)

    def _level(self, place: str, name: str) -> LevelRef | None:
        try:
            return find_level(self.cube.all_links, name)
        except ValueError as error:
            self._blame(place, str(error), "")
            return None

    def _whole_names(self) -> frozenset[str]:
        """Name the measures and attributes that are whole numbers."""
        counts = (AggregateKind.COUNT, AggregateKind.DISTINCT)
        measures = frozenset(m.name for m in self.cube.measures if isinstance(m, BaseMeasure) and m.aggregate in counts)
        return measures | {attribute.name for attribute in self.cube.attributes if _is_whole(attribute)}

    def _expanded(self, place: str, tree: Node, text: str) -> Node | None:
        try:
            return expand_formula(tree, text, self.cube)
        except FormulaError as error:
            self._blame(place, str(error), "")
            return None


def levels_beside(cube: Cube, level: str) -> frozenset[str]:
    """Name the levels of the dimension that an attribute of a level joins."""
    dimension = level.removeprefix("~").split(".")[0]
    links = (link for link in cube.links if link.name == dimension)
    return frozenset(level.name for link in links for level in link.dimension.levels)


def known_names(measures: tuple[str, ...], sets: tuple[str, ...], attributes: tuple[str, ...]) -> Types:
    """Say what may stand in a measure's formula. An attribute is named there only to be aggregated."""
    return {**numbers((*measures, *attributes)), **dict.fromkeys(sets, FormulaType.CONDITION)}


def _gives(attribute: DerivedAttribute) -> FormulaType:
    kinds = {Kind.BOOL: FormulaType.CONDITION, Kind.TEXT: FormulaType.TEXT}
    if attribute.shows is not None:
        return FormulaType.NUMBER
    return kinds.get(attribute.ref.level.key.type.kind, FormulaType.NUMBER)


def _is_whole(attribute: DerivedAttribute) -> bool:
    return attribute.shows is not None or attribute.ref.level.key.type.kind is Kind.INT
