"""From the document to the model's elements, gathering every mistake on the way."""

from __future__ import annotations

from cube_server.errors import Issue
from cube_server.model.build_cubes import CubeBuilder
from cube_server.model.build_dimensions import DimensionBuilder
from cube_server.model.build_tables import TableBuilder
from cube_server.model.document import ModelDoc
from cube_server.model.elements import Model
from cube_server.model.mistakes import Mistakes, label


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
    cube_builder = CubeBuilder(tables, dimensions, built.keys() - dimensions.keys(), mistakes)
    begun = [cube_builder.cube(name, part) for name, part in document.cubes.items()]
    cubes = [cube_builder.finished(cube, document.cubes[cube.name]) for cube in begun if cube]
    return Model(
        name=document.name,
        label=label(document.name, document),
        tables=tuple(tables.values()),
        dimensions=tuple(dimensions.values()),
        cubes=tuple(cubes),
        hash=fingerprint,
        slicer=document.slicer,
    )
