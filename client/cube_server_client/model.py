"""What a cube has: measures, dimensions, hierarchies, levels; with completion by their names in notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, TypeVar

T = TypeVar("T", bound="Measure | Level | Hierarchy | Dimension")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure; as text it is its name, so that it can stand wherever a name can."""

    name: str
    label: str
    description: str
    folder: str
    format: str
    unit: str
    formula: str | None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Level:
    """A level; as text it is what questions call it."""

    name: str
    label: str
    description: str
    type: str
    depth: int

    def __str__(self) -> str:
        return self.name

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


class Named(Generic[T]):
    """Parts by name, as a mapping and as attributes: `cube.measures.sales`, `cube.measures["sales"]`."""

    def __init__(self, parts: Mapping[str, T]) -> None:
        self._parts = dict(parts)

    def __getitem__(self, name: str) -> T:
        return self._parts[name]

    def __getattr__(self, name: str) -> T:
        try:
            return self.__dict__["_parts"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"There is no {name!r}. There are: {', '.join(self.__dict__['_parts'])}.") from None

    def __dir__(self) -> list[str]:
        return [name for name in self._parts if name.isidentifier()]

    def __iter__(self) -> Iterator[T]:
        return iter(self._parts.values())

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._parts)

    def __repr__(self) -> str:
        return f"[{', '.join(self._parts)}]"


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Levels to drill down along, coarsest first. An attribute is a hierarchy with one level."""

    name: str
    label: str
    attribute_of: str | None
    levels: Named[Level]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A side to look at facts from; `levels` has those of all hierarchies by their short names."""

    name: str
    label: str
    is_time: bool
    hierarchies: Named[Hierarchy]
    levels: Named[Level]


@dataclass(frozen=True, slots=True)
class CubeInfo:
    """Everything that a question to a cube can name."""

    name: str
    label: str
    description: str
    measures: Named[Measure]
    dimensions: Named[Dimension]
    snapshot: Mapping[str, Any]

    def level(self, name: str) -> Level | None:
        """Find a level by what questions call it."""
        named = (level for dimension in self.dimensions for h in dimension.hierarchies for level in h.levels)
        return next((level for level in named if level.name == name), None)

    def path_to(self, name: str) -> tuple[Level, ...]:
        """Give the levels of a level's hierarchy from the top to it; empty for one that is not known."""
        for dimension in self.dimensions:
            for hierarchy in dimension.hierarchies:
                levels = list(hierarchy.levels)
                names = [level.name for level in levels]
                if name in names:
                    return tuple(levels[: names.index(name) + 1])
        return ()

    def below(self, name: str) -> Level | None:
        """Give the next finer level of the same hierarchy, if there is one."""
        for dimension in self.dimensions:
            for hierarchy in dimension.hierarchies:
                levels = list(hierarchy.levels)
                for level, finer in pairwise(levels):
                    if level.name == name:
                        return finer
        return None


def read_cube(document: Mapping[str, Any]) -> CubeInfo:
    """Read the server's description of a cube."""
    dimensions = {part["name"]: _dimension(part) for part in document["dimensions"]}
    return CubeInfo(
        name=document["name"],
        label=document["label"],
        description=document["description"],
        measures=Named({part["name"]: _measure(part) for part in document["measures"]}),
        dimensions=Named(dimensions),
        snapshot=document["snapshot"],
    )


def _measure(part: Mapping[str, Any]) -> Measure:
    fields = ("name", "label", "description", "folder", "format", "unit", "formula")
    return Measure(*(part[field] for field in fields))


def _dimension(part: Mapping[str, Any]) -> Dimension:
    hierarchies = {given["name"]: _hierarchy(given) for given in part["hierarchies"]}
    levels: dict[str, Level] = {}
    for hierarchy in hierarchies.values():
        for level in hierarchy.levels:
            levels.setdefault(level.short_name, level)
    return Dimension(part["name"], part["label"], part["is_time"], Named(hierarchies), Named(levels))


def _hierarchy(part: Mapping[str, Any]) -> Hierarchy:
    levels = [_level(given) for given in part["levels"]]
    named = Named({level.short_name: level for level in levels})
    return Hierarchy(part["name"], part["label"], part["attribute_of"], named)


def _level(part: Mapping[str, Any]) -> Level:
    return Level(part["name"], part["label"], part["description"], part["type"], part["depth"])
