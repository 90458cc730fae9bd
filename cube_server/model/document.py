"""The shape of cubes.json: parsing only, no cross-references. The published JSON Schema is made from these classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cube_server.model.column_document import AnyColumnDoc, DuplicatesDoc, Hook, Report, RuleDoc, Totals
from cube_server.model.shapes import Described, Name, Part, TextDoc, TypeName
from cube_server.model.slicer import SlicerDoc
from cube_server.model.sources import SourceDoc
from cube_server.types import DataType


class JoinDoc(Part):
    """A table whose columns are put beside the rows of those before it, wherever its own columns fit."""

    table: str
    as_: Annotated[Name | None, Field(alias="as")] = None
    """What formulas call it; by default the table's name. A table that is joined twice needs two names."""
    on: Annotated[dict[str, str], Field(min_length=1)]
    """Its columns, each with the formula over the tables before it that it has to equal. Null equals nothing."""
    keep: Literal["all", "matched"] = "all"
    """Whether rows without a match stay, with nulls, or are left out."""


class FromDoc(Part):
    """How a table is made of other tables of the model when it is loaded."""

    table: str | None = None
    """Whose rows it has; or else `days`."""
    days: Annotated[list[str], Field(min_length=1)] | None = None
    """Columns of dates or timestamps, `table.column`: it has a row for each day of the years that they lie in, which
    formulas call `date`."""
    joins: list[JoinDoc] = []
    where: str | None = None
    """A formula that is true for the rows to keep."""
    values: dict[str, str] = {}
    """Columns and the formulas that they hold; the others are those of `table` by the same names."""
    distinct: bool = False
    """Whether equal rows are kept once."""
    totals: Totals = {}
    """Columns that are totals of rows that are equal in all others; such rows are kept once."""


class LoadDoc(Part):
    """How a table is loaded, unless the command line says otherwise."""

    mode: Literal["full", "append", "upsert", "replace"] = "full"
    """What becomes of the rows that are there: `full` replaces all, `append` adds facts, `upsert` replaces rows by key,
    `replace` the facts of the period that the source covers."""


class HistoryDoc(Part):
    """What a dimension's table keeps of rows that change in time.

    Versions come from the source, which then has a row for each and names their days in `from`; or loads make them of
    rows that differ from those before.
    """

    columns: Annotated[dict[str, Literal[1, 2]], Field(min_length=1)]
    """By column: 2 keeps every value with the time it held, 1 overwrites it. Columns left out are of type 1."""
    from_: Annotated[str | None, Field(alias="from")] = None
    """Where the source brings versions: the column of the first day of each; empty in one that held ever before."""
    to: str | None = None
    """The column of the last day of each, included; empty in the current one."""
    until: str | None = None
    """In place of `to`: the column of the day on which a version is no longer valid."""
    since: str | None = None
    """Where loads make versions: the column of the day since when the row is as it is; by default the load's day."""


class TableDoc(Described):
    """A table of the star schema, as the loaders fill it."""

    source: str | SourceDoc | None = None
    """The file stem or SQL table it is loaded from; by default the table's own name. Or how it is read."""
    from_: Annotated[FromDoc | None, Field(alias="from")] = None
    """The tables of the model that it is derived from, in place of a source."""
    load: LoadDoc | None = None
    """What a load does to the rows that are there; by default the source has all rows."""
    key: list[str] = []
    """The columns that identify a row. A dimension's table has just one."""
    columns: Annotated[dict[str, AnyColumnDoc], Field(min_length=1)]
    """The columns to load and their types, or how they are made."""
    where: str | None = None
    """A formula over the columns that is true for the rows to keep."""
    hook: Hook | None = None
    rules: list[RuleDoc] = []
    """What is checked of each row, and how many may be rejected."""
    duplicates: DuplicatesDoc | None = None
    """Which of several rows of one key is kept; without it they are rejected."""
    report: Report = {}
    """What the report of a load counts of the rows that are loaded."""
    history: HistoryDoc | None = None
    """Of a dimension's table: which columns keep the values that they had."""


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
    unknown: Literal["apart", "null"] = "apart"
    """Where facts stand whose key has no row here: under the member *unknown*, or null, as in an outer join."""
    scd: Literal["now", "then"] = "now"
    """How a table with `history` is read where a query does not say: as it is now, or as it was at the facts' time."""
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
    """The fact's column that holds the dimension's key; with `level` that level's, with `through` what leads to it."""
    dimension: Name | None = None
    """The dimension; by default the one of the link's own name."""
    level: Name | None = None
    """Where the column holds the key of a level above the leaves, such as `week`: that level. Its keys are unique."""
    through: ThroughDoc | None = None
    """For a fact that has many members: how they are found."""
    when: Name | None = None
    """To a dimension with history: the link to time whose day tells the version; by default the first one."""


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

    aggregate: Literal["sum", "count", "min", "max", "avg", "stddev", "variance", "distinct"] | None = None
    column: str | None = None
    """The fact's column to aggregate; `count` without one counts facts. Not for `distinct` of a level."""
    level: str | None = None
    """For `distinct`: the level whose members are counted, such as customer.household."""
    semi_additive: SemiAdditiveDoc | None = None
    """For an aggregate that adds up over everything but time."""
    formula: str | None = None
    """For a calculated measure, such as `sales / baskets`."""
    from_: Annotated[ImportDoc | None, Field(alias="from")] = None
    """For a measure of other facts, or of these by other dates."""
    solve_order: int = 0
    """For a calculated measure: of it and a calculated member, the one with the greater number is evaluated last."""
    note: str = ""
    """A sentence that every answer with it carries, such as a caution."""
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
    rollups: list[list[str]] = []
    """Cuboids to keep, whatever else is chosen: the levels of each (`product.department`, `time.month`) and, where keys
    are counted or lead to members, their columns (`basket_id`). An empty list is all facts in one cell."""
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
    slicer: SlicerDoc | None = None
    """What the Slicer API tells beyond the model itself; the engine does not read it."""


def data_type(name: TypeName) -> DataType:
    """Read a column's type."""
    return DataType.parse(name)
