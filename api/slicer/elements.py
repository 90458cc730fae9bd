"""A cube as the Slicer API knows it: its dimensions, levels and attributes, each bound to what it is in this model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cube_server.errors import nearest
from cube_server.model import dimensions
from cube_server.model import elements as native
from cube_server.model.slicer import SlicerAggregate, SlicerCube, SlicerDimension, SlicerHierarchy, SlicerLevel

from .errors import hierarchy_mistake, missing_object, mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute of a level.

    Attributes:
        name: Its name.
        ref: Its key in records.
        header: What tables call it: its label, else its name.
        level: The level of this model to group by for it; None where the level of the hierarchy tells it.
        column: The column of flat answers that has its values.
        hierarchy: The hierarchy of flat answers that it belongs to.
    """

    name: str
    ref: str
    header: str
    level: str | None
    column: str
    hierarchy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level in a hierarchy; `attributes` has its key, its label and all others, in order."""

    name: str
    doc: SlicerLevel
    native: dimensions.LevelRef
    attributes: tuple[Attribute, ...]

    def attribute(self, name: str) -> Attribute:
        """Find an attribute by name."""
        return next(attribute for attribute in self.attributes if attribute.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """Levels to drill down along."""

    name: str
    dimension: str
    doc: SlicerHierarchy
    levels: tuple[Level, ...]

    def depth_of(self, level: str) -> int:
        """Give the depth of a level, 1 at the top."""
        names = [known.name for known in self.levels]
        if level not in names:
            raise hierarchy_mistake(
                f"Level {level} is not part of hierarchy {self.name} of dimension {self.dimension}",
                hint=nearest(level, names),
            )
        return names.index(level) + 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dimension:
    """A dimension of a cube."""

    name: str
    doc: SlicerDimension
    link: dimensions.Link
    hierarchies: Mapping[str, Hierarchy]

    @property
    def is_flat(self) -> bool:
        """Whether it has one level only."""
        return len(self.doc.levels) == 1

    @property
    def drops_facts(self) -> bool:
        """Whether a question that uses it leaves out the facts without a row here, as an inner join does."""
        return self.doc.join in ("match", "detail")

    def hierarchy(self, name: str | None = None) -> Hierarchy:
        """Find a hierarchy by name; None is the default one."""
        wanted = self.doc.default_hierarchy_name if name is None else name
        if wanted not in self.hierarchies:
            raise hierarchy_mistake(
                f"Dimension {self.name} has no hierarchy {wanted}", hint=nearest(wanted, self.hierarchies)
            )
        return self.hierarchies[wanted]

    def attributes(self) -> Iterator[Attribute]:
        """Go through the attributes of all its levels, each once, in the order of the levels."""
        levels = {level.name: level for hierarchy in self.hierarchies.values() for level in hierarchy.levels}
        for name in self.doc.levels:
            yield from levels[name].attributes if name in levels else ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cube:
    """A cube.

    Attributes:
        name: Its name in the Slicer API.
        doc: What is told of it.
        native: The cube of this model.
        dimensions: By name.
        fact_keys: The columns that identify a fact.
        rows: The measure that counts facts, or, where there is none, all aggregates: what tells that there are facts.
        values: The columns of measures and details, by ref.
        language: The language asked, empty for the model's own.
    """

    name: str
    doc: SlicerCube
    native: native.Cube
    dimensions: Mapping[str, Dimension]
    fact_keys: tuple[str, ...]
    rows: tuple[str, ...]
    values: Mapping[str, str]
    language: str

    def dimension(self, name: str) -> Dimension:
        """Find a dimension by name."""
        if name not in self.dimensions:
            raise missing_object(
                "dimension", f"Unknown dimension '{name}' in cube '{self.name}'", hint=nearest(name, self.dimensions)
            )
        return self.dimensions[name]

    def aggregates(self, names: tuple[str, ...]) -> dict[str, SlicerAggregate]:
        """Find aggregates by name, each once; no name means all."""
        known = self.doc.aggregates
        for name in names:
            if name not in known:
                raise mistake(f"No measure aggregate '{name}' in cube '{self.name}'", hint=nearest(name, known))
        return {name: known[name] for name in dict.fromkeys(names)} if names else dict(known)

    def attributes(self) -> dict[str, Attribute]:
        """Give the attributes of all dimensions, by ref."""
        return {
            attribute.ref: attribute for dimension in self.dimensions.values() for attribute in dimension.attributes()
        }
