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


class LinkDoc(Described):
    """How a fact refers to a dimension. Its name is the dimension's role in the cube."""

    column: str
    """The fact's column that holds the dimension's key."""
    dimension: Name | None = None
    """The dimension; by default the one of the link's own name."""


class MeasureDoc(Described):
    """A number: an aggregate of the facts, or a formula over other measures."""

    aggregate: Literal["sum", "count", "min", "max", "avg", "distinct"] | None = None
    column: str | None = None
    """The fact's column to aggregate; not for `count`, nor for `distinct` of a level."""
    level: str | None = None
    """For `distinct`: the level whose members are counted, such as customer.household."""
    formula: str | None = None
    """For a calculated measure, such as `sales / baskets`."""
    solve_order: int = 0
    """For a calculated measure: of it and a calculated member, the one with the greater number is evaluated last."""
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


class MemberDoc(Described):
    """A calculated member: a formula over members of one hierarchy, for an axis to name."""

    of: str
    """The hierarchy that it stands on, such as time, time.weekly, customer.age, ~product.category."""
    formula: str
    """Such as `time.quarter[2017, "Q4"] - time.quarter[2017, "Q3"]`, or `aggregate(...)` over several members."""
    parent: str | None = None
    """The member that it stands below, such as `time.year[2017]`; by default none but All."""
    format: str | None = None
    """How its numbers are read; by default as the measure's."""
    solve_order: int = 1
    """Of it and a calculated measure or another member, the one with the greater number is evaluated last."""


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
    members: dict[Name, MemberDoc] = {}
    """Calculated members; each may use those before it."""
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
