"""The workspace: which cubes there are, and a cube with all that its names mean in this model."""

from __future__ import annotations

from dataclasses import dataclass

from cube_server.errors import nearest
from cube_server.model import dimensions
from cube_server.model import elements as native
from cube_server.model.elements import AggregateKind, BaseMeasure, Model
from cube_server.model.names import find_level
from cube_server.model.slicer import SlicerAttribute, SlicerCube, SlicerDimension, SlicerDoc
from cube_server.model.tables import Column

from .elements import Attribute, Cube, Dimension, Hierarchy, Level
from .errors import SlicerError, missing_object
from .native import CAPTION, describe
from .texts import told


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """A model as a Cubes workspace: the cubes of its section for this API, then those that no such cube stands for."""

    model: Model

    @property
    def settings(self) -> SlicerDoc:
        """Its settings; without a section those of a server that sets none."""
        return self.model.slicer or SlicerDoc()

    def cubes(self) -> dict[str, SlicerCube]:
        """Give what is told of each cube, by name."""
        given = dict(self.settings.cubes)
        used = {doc.cube for doc in given.values()}
        others = {cube.name: describe(cube) for cube in self.model.cubes if cube.name not in used}
        return given | {name: doc for name, doc in others.items() if name not in given}

    def cube(self, name: str, language: str = "") -> Cube:
        """Find a cube by name, or raise the error that there is none."""
        cubes = self.cubes()
        if name not in cubes:
            raise self.unknown(name)
        bound = self.model.cube(cubes[name].cube)
        assert bound is not None
        return _Binder(bound, cubes[name], language).cube(name)

    def unknown(self, name: str) -> SlicerError:
        """Make the error that there is no such cube."""
        return missing_object("cube", f"Unknown cube '{name}'", hint=nearest(name, self.cubes()))


class _Binder:
    """Binds what is told of a cube to the cube of this model."""

    def __init__(self, cube: native.Cube, doc: SlicerCube, language: str) -> None:
        self._cube, self._doc, self._language = cube, doc, language

    def cube(self, name: str) -> Cube:
        doc = self._doc
        values = {ref: measure.column for ref, measure in doc.measures.items()}
        details = {ref: detail.localized.get(self._language, detail.column) for ref, detail in doc.details.items()}
        own_key = tuple(column.name for column in self._cube.table.key)
        return Cube(
            name=name,
            doc=doc,
            native=self._cube,
            dimensions={name: self._dimension(name, part) for name, part in doc.dimensions.items()},
            fact_keys=(doc.fact_key,) if doc.fact_key else own_key,
            rows=_counting(self._cube),
            values=details | values,
            language=self._language,
        )

    def _dimension(self, name: str, doc: SlicerDimension) -> Dimension:
        link = self._cube.link(doc.link)
        assert link is not None
        hierarchies = {
            known: Hierarchy(
                name=known,
                dimension=name,
                doc=part,
                levels=tuple(self._level(doc, part.hierarchy, level) for level in part.levels),
            )
            for known, part in doc.hierarchies.items()
        }
        return Dimension(name=name, doc=doc, link=link, hierarchies=hierarchies)

    def _level(self, dimension: SlicerDimension, hierarchy: str, name: str) -> Level:
        doc = dimension.levels[name]
        ref = find_level(self._cube.all_links, f"{dimension.link}.{hierarchy}.{doc.level}")
        attributes = (
            self._attribute(dimension.link, ref, known, part, is_key=known == doc.key)
            for known, part in doc.attributes.items()
        )
        return Level(name=name, doc=doc, native=ref, attributes=tuple(attributes))

    def _attribute(
        self, link: str, ref: dimensions.LevelRef, name: str, doc: SlicerAttribute, *, is_key: bool
    ) -> Attribute:
        bound = doc.localized.get(self._language, doc.level)
        of_level = bound.removesuffix(CAPTION) == ref.level.name
        beside = None if is_key or of_level else find_level(self._cube.all_links, f"{link}.{bound}", alone=True)
        return Attribute(
            name=name,
            ref=doc.ref,
            header=told(doc.label, self._language) or name,
            level=beside.name if beside else None,
            column=beside.name if beside else ref.name + CAPTION * bound.endswith(CAPTION),
            hierarchy=(beside or ref).hierarchy_name,
        )


def _counting(cube: native.Cube) -> tuple[str, ...]:
    """Name the measures that tell whether there are facts: a count of them, else all aggregates of facts."""
    base = [measure for measure in cube.measures if isinstance(measure, BaseMeasure)]
    counts = [measure for measure in base if measure.aggregate is AggregateKind.COUNT and measure.over is None]
    of_facts = [measure for measure in base if measure.over is None or isinstance(measure.over, Column)]
    return tuple(measure.name for measure in counts[:1] or of_facts or base)
