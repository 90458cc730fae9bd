"""The section `slicer` of cubes.json: what the Slicer API tells of a Databrewery Cubes installation.

The engine does not read it: `cube-server import-cubes` writes it and the API under `/slicer` reads it. It holds the
names of the Cubes model, which may be any text, each beside the name of what it has become in this model.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from cube_server.model.shapes import Part, TextDoc

JoinMethod = Literal["match", "master", "detail"]
"""How Cubes joins: inner, left outer (all facts), right outer (all members)."""

Cardinality = Literal["tiny", "low", "medium", "high"]
Direction = Literal["asc", "desc"]


class SlicerPart(Part):
    """What Cubes tells of every part of its models, and this server passes on."""

    label: TextDoc | None = None
    """Translations by locale; the first is that of the model's own locale."""
    description: TextDoc | None = None
    info: dict[str, Any] = {}
    """Whatever the model's author left for clients."""


class SlicerValue(SlicerPart):
    """What measures, aggregates and attributes have in common."""

    format: str | None = None
    order: Direction | None = None
    missing_value: Any = None
    expression: str | None = None
    """As the Cubes model has it; it is worked out when loading, or by a measure of this model."""


class SlicerAttribute(SlicerValue):
    """An attribute of a level: its key, its label or another property."""

    ref: str
    """Its key in result records: `dim.attribute`, or `dim` alone."""
    level: str
    """The level or attribute of this model's dimension that has its values, without the link: `category`."""
    locales: list[str] = []
    localized: dict[str, str] = {}
    """For each of its locales, the level or attribute of this model's dimension."""


class SlicerLevel(SlicerPart):
    """A level of a Cubes dimension."""

    level: str
    """The level of this model; its key is that of `key`."""
    role: str | None = None
    key: str
    """The name of its key attribute; so are the next two."""
    label_attribute: str
    order_attribute: str
    order: Direction | None = None
    cardinality: Cardinality | None = None
    nonadditive: str | None = None
    attributes: dict[str, SlicerAttribute]
    """By name, in order."""


class SlicerHierarchy(SlicerPart):
    """A hierarchy of a Cubes dimension."""

    hierarchy: str
    """The hierarchy of this model."""
    levels: list[str]
    """Names of Cubes levels, from the top."""


class SlicerDimension(SlicerPart):
    """A dimension as one Cubes cube sees it."""

    link: str
    """The link of this model's cube."""
    join: JoinMethod | None = None
    """How its tables are joined to the facts; null where its attributes lie in the fact table itself.

    With `match` and `detail` a question that uses the dimension leaves facts out whose link is unknown or null.
    With `detail` it shows members without facts as well.
    """
    role: str | None = None
    category: str | None = None
    cardinality: Cardinality | None = None
    nonadditive: str | None = None
    default_hierarchy_name: str
    levels: dict[str, SlicerLevel]
    """By name, in the order of the Cubes model."""
    hierarchies: dict[str, SlicerHierarchy]


class SlicerMeasure(SlicerValue):
    """A measure of a Cubes cube: a column of its facts."""

    column: str
    """The column of this model's fact table; computed when loading where there is an `expression`."""
    aggregates: list[str] | None = None
    formula: str | None = None
    window_size: int | None = None
    nonadditive: str | None = None


class SlicerDetail(SlicerValue):
    """A detail of a Cubes cube: a column of its facts that is only listed."""

    column: str
    """The column of this model's fact table."""
    locales: list[str] = []
    localized: dict[str, str] = {}
    """For each of its locales, the column of this model's fact table."""


class SlicerAggregate(SlicerValue):
    """An aggregate of a Cubes cube."""

    asks: str | None = None
    """The measure of this model that has its values.

    Null for what is computed from the rows of an answer (`sma` and its like), and for functions that nobody knows.
    """
    function: str | None = None
    measure: str | None = None
    """The measure that it aggregates; for moving functions, the aggregate that they go along."""
    formula: str | None = None
    window_size: int | None = None
    nonadditive: str | None = None


class SlicerCube(SlicerPart):
    """A cube of a Cubes model."""

    cube: str
    """The cube of this model."""
    locale: str | None = None
    category: str | None = None
    key: str | None = None
    """The name of the fact key, where the Cubes model gives one."""
    fact_key: str | None = None
    """The column of this model's fact table that identifies a fact."""
    dimensions: dict[str, SlicerDimension]
    measures: dict[str, SlicerMeasure] = {}
    details: dict[str, SlicerDetail] = {}
    aggregates: dict[str, SlicerAggregate]


class SlicerDoc(Part):
    """A Cubes workspace: its settings, and its cubes by their names there."""

    info: dict[str, Any] | None = None
    """What `/info` tells of the workspace; null if it has no section or file for it."""
    json_record_limit: Annotated[int, Field(ge=1)] = 1000
    """Where answers are cut that are neither CSV nor JSON lines."""
    allow_cors_origin: str | None = None
    """The origin whose pages may ask, or `*`; null for none."""
    visualizer: str | None = None
    """Where `/visualizer/` leads."""
    timezone: str = "UTC"
    """In which `today` and other names of relative time are resolved."""
    first_weekday: Annotated[int, Field(ge=0, le=6)] = 0
    """Where weeks begin: 0 is Monday."""
    prettyprint: bool = False
    """Whether JSON is indented unless a request says otherwise."""
    cubes: dict[str, SlicerCube] = {}
    """In the order in which they are listed."""
