"""From the document to the model's elements, gathering every mistake on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cube_server.errors import Issue
from cube_server.model.build_cubes import CubeBuilder
from cube_server.model.build_dimensions import DimensionBuilder
from cube_server.model.build_history import untold
from cube_server.model.build_tables import TableBuilder
from cube_server.model.dimensions import SCD, Dimension, Scd
from cube_server.model.document import ModelDoc
from cube_server.model.elements import Cube, Model
from cube_server.model.mistakes import Mistakes, label
from cube_server.model.tables import Table


def build(document: ModelDoc, fingerprint: str) -> tuple[Model | None, tuple[Issue, ...]]:
    """Build the model.

    Args:
        document: The document, of the right shape.
        fingerprint: What becomes the model's hash.

    Returns:
        The model and no issue, or None and every mistake found.
    """
    mistakes = Mistakes()
    model = _model(document, fingerprint, mistakes)
    return (None if mistakes.issues else model), tuple(mistakes.issues)


def _model(document: ModelDoc, fingerprint: str, mistakes: Mistakes) -> Model:
    tables = TableBuilder(document.tables, mistakes).tables()
    dimension_builder = DimensionBuilder(tables, mistakes)
    built = {name: dimension_builder.dimension(name, part) for name, part in document.dimensions.items()}
    dimensions = {name: dimension for name, dimension in built.items() if dimension}
    untold(tables, dimensions, mistakes)
    broken = built.keys() - dimensions.keys()
    cubes = _cubes(document, tables, dimensions, broken, mistakes)
    views: dict[Scd, tuple[Cube, ...]] = {}
    if not mistakes.issues and any(dimension.table.history for dimension in dimensions.values()):
        for scd in SCD:
            read = {name: dimension.read_as(scd) for name, dimension in dimensions.items()}
            views[scd] = _cubes(document, tables, read, broken, mistakes)
    return Model(
        name=document.name,
        label=label(document.name, document),
        tables=tuple(tables.values()),
        dimensions=tuple(dimensions.values()),
        cubes=cubes,
        hash=fingerprint,
        slicer=document.slicer,
        views=tuple(views.items()),
    )


def _cubes(
    document: ModelDoc,
    tables: Mapping[str, Table],
    dimensions: Mapping[str, Dimension],
    broken: Iterable[str],
    mistakes: Mistakes,
) -> tuple[Cube, ...]:
    builder = CubeBuilder(tables, dimensions, broken, mistakes)
    begun = [builder.cube(name, part) for name, part in document.cubes.items()]
    return tuple(builder.finished(cube, document.cubes[cube.name]) for cube in begun if cube)
