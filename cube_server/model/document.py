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
    attributes: dict[Name, AttributeDoc] = {}
    """Properties of the level's members."""


class HierarchyDoc(Described):
    """An order of levels to drill down along, from the coarsest to the finest."""

    levels: Annotated[list[Name], Field(min_length=1)]


class DimensionDoc(Described):
    """One side to look at facts from, stored as one table with one row a leaf."""

    table: str
    """The table that holds the members."""
    role: Literal["time"] | None = None
    """`time` for the dimension that calendars and periods refer to."""
    levels: Annotated[dict[Name, LevelDoc], Field(min_length=1)]
    hierarchies: Annotated[dict[Name, HierarchyDoc], Field(min_length=1)]
    """The first is the default one."""


class ThroughDoc(Part):
    """How one fact has many members: through a table, through the other facts of the same key, or by two dates.

    Exactly one of `table`, `facts` and `dates` is given.
    """

    table: str | None = None
    """A bridge table with a row for each member of each key, such as the products of a coupon."""
    facts: Name | None = None
    """A link of the cube: the members are those of all facts with the same key, such as the products of a basket."""
    dates: Name | None = None
    """A link of the cube to time: the members are those between whose two dates the fact's day lies."""
    from_: Annotated[str | None, Field(alias="from")] = None
    """The bridge table's column that holds what the fact's column holds; or the dimension's column of first days."""
    to: str | None = None
    """The bridge table's column that holds the dimension's key; or the dimension's column of last days, included."""
    shift: int = 0
    """For `dates`: by how many of its own lengths the time between the dates is moved; -1 is as many days before."""


class LinkDoc(Described):
    """How a fact refers to a dimension. Its name is the dimension's role in the cube."""

    column: str | None = None
    """The fact's column that holds the dimension's key, or what leads to it through a table or other facts."""
    dimension: Name | None = None
    """The dimension; by default the one of the link's own name."""
    through: ThroughDoc | None = None
    """For a fact that has many members: how they are found."""


class MeasureDoc(Described):
    """A number: an aggregate of the facts, or a formula over other measures."""

    aggregate: Literal["sum", "count", "min", "max", "avg", "distinct"] | None = None
    column: str | None = None
    """The fact's column to aggregate; not for `count`, nor for `distinct` of a level."""
    level: str | None = None
    """For `distinct`: the level whose members are counted, such as customer.household."""
    formula: str | None = None
    """For a calculated measure, such as `sales / baskets`."""
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
