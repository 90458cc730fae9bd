"""The shape of cubes.json: parsing only, no cross-references. The published JSON Schema is made from these classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cube_server.types import DataType

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
TextDoc = Annotated[
    str | dict[Language, str],
    Field(description='Text in one language, or by language: {"en": "Sales", "ko": "매출"}.'),
]
TypeName = Annotated[
    str,
    Field(
        pattern=r"^(int|float|text|bool|date|timestamp|decimal\(\d{1,2}\))$",
        description="int, float, decimal(SCALE), text, bool, date or timestamp.",
    ),
]


class Part(BaseModel):
    """What every part of the document keeps to: no unknown fields, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Described(Part):
    """A part that people see by name."""

    label: TextDoc | None = None
    """What people read instead of the name."""
    description: TextDoc | None = None
    """One or two sentences for a tooltip."""


class TableDoc(Described):
    """A table of the star schema, as the loaders fill it."""

    source: str | None = None
    """The file stem or SQL table it is loaded from; by default the table's own name."""
    key: list[str] = []
    """The columns that identify a row. A dimension's table has just one."""
    columns: Annotated[dict[str, TypeName], Field(min_length=1)]
    """The columns to load and their types."""


class AttributeDoc(Described):
    """A property of a level's members, usable like a level of its own."""

    column: str
    """The column that holds its key."""
    caption: str | None = None
    """The column that people read instead of the key."""
    order: str | None = None
    """The column that members are sorted by; by default the key."""


class LevelDoc(AttributeDoc):
    """A level of a dimension: one kind of member."""

    unique: bool = False
    """Whether the key alone identifies a member, whatever its parent."""
    period: Literal["year", "quarter", "month", "week", "day"] | None = None
    """For a level of time: how long its members are, so that shifts go by the calendar and not by what is loaded."""
    hide: Literal["blank", "parent"] | None = None
    """In a ragged hierarchy, the members to hide, so that their children stand under the member above: those with an
    empty key (`blank`), or with the key of their parent (`parent`)."""
    attributes: dict[Name, AttributeDoc] = {}
    """Properties of the level's members."""


class TreeDoc(Part):
    """A parent-child hierarchy: each row names the one above, as employees name their supervisors."""

    of: Name
    """The level whose members make the tree; its column is the table's key."""
    parent: str
    """The column with the key of the member above; empty at a root."""
    root: int | str | None = None
    """What that column holds at a root, if it is not empty: 0, say."""
    depth: Annotated[int, Field(ge=1, le=50)]
    """How many levels there may be, roots included. Each is a level: employee_1, employee_2, ..."""


class HierarchyDoc(Described):
    """An order of levels to drill down along, from the coarsest to the finest; or a tree."""

    levels: Annotated[list[Name], Field(min_length=1)] | None = None
    """The levels, or else `tree`."""
    tree: TreeDoc | None = None
    """The rows' parents, of which levels are made."""


class DimensionDoc(Described):
    """One side to look at facts from, stored as one table with one row a leaf."""

    table: str
    """The table that holds the members."""
    role: Literal["time"] | None = None
    """`time` for the dimension that calendars and periods refer to."""
    levels: Annotated[dict[Name, LevelDoc], Field(min_length=1)]
    hierarchies: Annotated[dict[Name, HierarchyDoc], Field(min_length=1)]
    """The first is the default one."""


class LinkDoc(Described):
    """How a fact refers to a dimension. Its name is the dimension's role in the cube."""

    column: str
    """The fact's column that holds the dimension's key or, with `level`, that level's."""
    dimension: Name | None = None
    """The dimension; by default the one of the link's own name."""
    level: Name | None = None
    """Where the column holds the key of a level above the leaves, such as `week`: that level. Its keys are unique."""


class ImportDoc(Part):
    """A measure of another cube over the dimensions that both share; or of this cube, by other links."""

    cube: Name
    measure: Name
    links: dict[Name, Name | None] = {}
    """By link of this cube: the link of that one that it means, or null for none. By default the one of the same name,
    else the only one to the same dimension."""
    ignore: list[Name] = []
    """Links of this cube that the other facts may lack: over these the total repeats, where else it would be null."""


class SemiAdditiveDoc(Part):
    """How a measure that does not add up over time, such as a stock, is taken of several days."""

    over: Name
    """The link to the dimension of time, along which it does not add up."""
    take: Literal["first", "last", "first_nonempty", "last_nonempty", "average"]
    """Which day's value counts, or the mean of the days' values."""
    per: Literal["cell"] | Annotated[list[str], Field(min_length=1)] = "cell"
    """Whose first or last day with a value counts: the cell's, or that of each item for itself (levels)."""
    days: Literal["calendar", "present"] | None = None
    """For `average`: over all days of the calendar (the default), or over those with a value."""


class MeasureDoc(Described):
    """A number: an aggregate of the facts, a formula over other measures, or a measure of other facts."""

    aggregate: Literal["sum", "count", "min", "max", "avg", "distinct"] | None = None
    column: str | None = None
    """The fact's column to aggregate; not for `count`, nor for `distinct` of a level."""
    level: str | None = None
    """For `distinct`: the level whose members are counted, such as customer.household."""
    semi_additive: SemiAdditiveDoc | None = None
    """For an aggregate that adds up over everything but time."""
    formula: str | None = None
    """For a calculated measure, such as `sales / baskets`."""
    from_: Annotated[ImportDoc | None, Field(alias="from")] = None
    """For a measure of other facts, or of these by other dates."""
    format: str | None = None
    """A number format such as `#,##0.00` or `0.0%`."""
    unit: str | None = None
    """Such as USD. A quantity is additive only within one unit."""
    folder: TextDoc | None = None
    """Where a list of fields shows it."""


class DerivedDoc(Described):
    """A property of members that follows from facts, or a set of members; used like a level of its own."""

    of: str
    """The level whose members have it, such as customer.household."""
    by: list[str] = []
    """Levels that it changes with, such as time.month."""
    formula: str
    """Such as `ntile(-sales, 10)`; for a set a condition, such as `sales > 50`."""
    within: Literal["all", "cut"] = "all"
    """Whether it follows from all facts, or only from those within a query's cut."""


class CubeDoc(Described):
    """Measures over dimensions."""

    table: str
    """The fact table."""
    links: Annotated[dict[Name, LinkDoc], Field(min_length=1)]
    measures: Annotated[dict[Name, MeasureDoc], Field(min_length=1)]
    attributes: dict[Name, DerivedDoc] = {}
    """Derived attributes; each may use those before it."""
    sets: dict[Name, DerivedDoc] = {}
    """Derived attributes that are true or false."""
    drillthrough: list[str] = []
    """Columns of the fact and levels (`product.category`) shown for the rows behind a cell; by default all columns."""


class ModelDoc(Described):
    """The whole of cubes.json."""

    schema_: Annotated[str | None, Field(alias="$schema")] = None
    format: Literal[1]
    """The version of this format."""
    name: Name
    tables: Annotated[dict[Name, TableDoc], Field(min_length=1)]
    dimensions: Annotated[dict[Name, DimensionDoc], Field(min_length=1)]
    cubes: Annotated[dict[Name, CubeDoc], Field(min_length=1)]


def data_type(name: TypeName) -> DataType:
    """Read a column's type."""
    return DataType.parse(name)
