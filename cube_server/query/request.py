"""What a user asks, in names as typed. These are the bodies of the HTTP API and the values that scripts build."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cube_server.model.dimensions import Scd
from cube_server.model.document import DerivedDoc, ImportDoc
from cube_server.model.document import MemberDoc as CalculatedDoc
from cube_server.model.shapes import Name, TextDoc

LARGEST_PAGE = 1_000_000_000


class UnknownKey(BaseModel):
    """The key of the member *unknown*: facts whose own key has no dimension row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unknown: Literal[True]


KeyDoc = bool | int | float | str | UnknownKey | None
"""One key: a JSON scalar, null for the member *null*, or {"unknown": true}."""

MemberDoc = KeyDoc | list[KeyDoc]
"""A member: its key path from the top of the hierarchy, or just its key where that is enough."""


class Part(BaseModel):
    """What every part of a request keeps to: no unknown fields, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, populate_by_name=True)


class RangeRequest(Part):
    """Members from one to another in member order, both included; a missing end is open."""

    first: Annotated[MemberDoc, Field(alias="from")] = None
    last: Annotated[MemberDoc, Field(alias="to")] = None


class CutRequest(Part):
    """A restriction to some members of a level, or, with `exclude`, to all others.

    A fact that has many members of the level is kept if any is among them and, with `exclude`, if none is.
    """

    level: str
    """`product.category`, `time.weekly.week`, `customer.age`; a leading `~` means alone."""
    alone: bool = False
    """Go by the level's own key, across parents."""
    members: list[MemberDoc] = []
    ranges: list[RangeRequest] = []
    exclude: bool | Literal["members"] = False
    """`"members"`, for facts that have many: leave the members out, and keep the facts that have others."""
    by: Literal["member", "value"] = "member"
    """How keys are compared. `member`: each names a member that there is. `value`: as SQL compares values, level by
    level from the top, so that paths may be shorter than the level's own, ranges follow the keys, keys that no member
    has match nothing, and a null key is neither equal nor unequal to any other."""
    known: bool = False
    """Only facts whose own key has a row in the dimension."""
    axis: Literal["rows", "columns"] | None = None
    """The axis that was opened at these members: the table shows what lies under them, and formulas still reach
    beyond, `product.all` and `rows.all` to all within the other cuts."""


class OrderRequest(Part):
    """How the members of an axis level are sorted. Ties go by the members' own order."""

    by: str = "member"
    """A measure, a formula such as `(sales, time.quarter[2017, "Q3"])`, or `member` for the members' own order."""
    desc: bool = False
    within: Literal["parent", "axis"] = "parent"
    """Inside each enclosing tuple of the axis, or over the whole axis."""


class TopRequest(Part):
    """The first tuples by a measure. Give one of `n`, `percent` and `share`."""

    n: Annotated[int, Field(ge=0)] | None = None
    """So many."""
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    """So many percent of the tuples, rounded up."""
    share: Annotated[float, Field(ge=0, le=100)] | None = None
    """The fewest that together make up this percentage of the sum."""
    by: str = ""
    """The measure, or a formula; by default the first measure asked for."""
    bottom: bool = False
    """Take the last ones instead."""
    within: Literal["parent", "axis"] = "parent"
    others: bool = False
    """Show one more tuple behind them: all that is left out, evaluated as one member."""


class MeasureRequest(Part):
    """A measure defined in the query itself: by a formula, or taken from other facts."""

    formula: str | None = None
    """Such as `sales / (sales, product.all)`."""
    from_: Annotated[ImportDoc | None, Field(alias="from")] = None
    """A measure of another cube over the dimensions that both share; or of this cube, by other links."""
    label: TextDoc | None = None
    format: str | None = None
    """Such as `0.0%`; by default `#,##0.##` or, of other facts, as there."""
    solve_order: int = 0
    """Of it and a calculated member, the one with the greater number is evaluated last."""
    note: str = ""
    """A sentence that the answer carries, such as a caution."""


class WithRequest(Part):
    """What a query defines for itself."""

    attributes: dict[Name, DerivedDoc] = {}
    """By name. Each is used like a level of its dimension (customer.decile), and may use those before it."""
    sets: dict[Name, DerivedDoc] = {}
    """Attributes that are true or false."""

    measures: dict[Name, MeasureRequest] = {}
    """By name; a name of the cube's own cannot be taken."""
    members: dict[Name, CalculatedDoc] = {}
    """Calculated members, by name, for an axis to name; each may use those before it."""


TotalledDoc = bool | Literal["shown"] | list[Literal["all", "shown"]]
"""What a total is over: true for all in the cut; `shown`; or a list of both, for a total of each."""


class TotalsRequest(Part):
    """Grand totals, axis by axis."""

    rows: TotalledDoc = False
    columns: TotalledDoc = False


class CalculatedKey(Part):
    """A calculated member among the keys of a level."""

    calculated: str


class AxisItemRequest(Part):
    """One level on an axis, or some members of a hierarchy."""

    level: str = ""
    """The level; may be left out where `members` name theirs."""
    alone: bool = False
    past: list[str] = []
    """Of a ragged hierarchy: levels above. Only members below hidden ones at all of them, so that they stand under a
    member further up."""
    members: list[CalculatedKey | MemberDoc] | None = None
    """Only these, in this order. Of a level: keys, key paths, or {"calculated": "name"}. Without a level: texts such as
    `time.quarter[2017, "Q4"]`, of any levels of one hierarchy, or the names of calculated members."""
    order: OrderRequest | None = None
    having: str | None = None
    """A condition on measures at this level's tuples, such as `sales > 1000 and baskets >= 10`."""
    top: TopRequest | None = None
    subtotals: TotalledDoc = False
    """Whether the tuples of this level, rolled up over the levels after it, are shown too; over all, or the shown."""


def _named(item: object) -> object:
    return {"level": item} if isinstance(item, str) else item


AxisItem = Annotated[AxisItemRequest, BeforeValidator(_named)]


class AxesRequest(Part):
    """The levels on rows and on columns, outermost first. A level may be given as just its name."""

    rows: list[AxisItem] = []
    columns: list[AxisItem] = []


class QueryRequest(Part):
    """A question to a cube.

    >>> QueryRequest(measures=["sales"], axes={"rows": ["product.department"]}).axes.rows[0].level
    'product.department'
    """

    cube: str = ""
    """The cube; over HTTP the address names it."""
    measures: list[str] = []
    """The measures to show; by default the cube's first one."""
    cut: list[CutRequest] = []
    """All of them hold at once."""
    except_: Annotated[list[CutRequest], Field(alias="except")] = []
    """Leave out the facts for which all of these hold at once."""
    with_: Annotated[WithRequest, Field(alias="with")] = WithRequest()
    """Measures, attributes and sets defined here."""
    axes: AxesRequest = AxesRequest()
    nonempty: bool = True
    """Show only tuples that have facts; else every combination of members within the cut."""
    totals: TotalledDoc | list[Literal["rows", "columns"]] | TotalsRequest = False
    """Grand totals on both axes, on one, or on none; over all in the cut, or over what is shown."""
    ranges: bool = False
    """Tell the least and greatest value of each measure, over the finest tuples of both axes on all pages."""
    limit: Annotated[int, Field(ge=0, le=LARGEST_PAGE)] | None = None
    """The most row tuples to give; by default all."""
    offset: Annotated[int, Field(ge=0, le=LARGEST_PAGE)] = 0
    as_of: str | None = None
    """The snapshot to answer from; by default the newest."""
    scd: Scd | None = None
    """Dimensions with history as they are `now`, or as they were `then`, at the time of each fact; by default as the
    model says of each."""


class MembersRequest(Part):
    """A question for the members of a level, a page at a time."""

    cube: str = ""
    level: str
    alone: bool = False
    parent: MemberDoc = None
    """Only children of this member of the level above."""
    search: str = ""
    """Only members whose caption or key contains this, in any case."""
    cut: list[CutRequest] = []
    """Only members that exist within these cuts of the same dimension."""
    with_: Annotated[WithRequest, Field(alias="with")] = WithRequest()
    """Attributes and sets defined here."""
    limit: Annotated[int, Field(ge=0, le=LARGEST_PAGE)] = 200
    offset: Annotated[int, Field(ge=0, le=LARGEST_PAGE)] = 0
    as_of: str | None = None
    scd: Scd | None = None


class FactsRequest(Part):
    """A question for the fact rows behind a cell: drill-through."""

    cube: str = ""
    cut: list[CutRequest] = []
    columns: list[str] = []
    """Columns of the fact and levels; by default those that the model lists."""
    with_: Annotated[WithRequest, Field(alias="with")] = WithRequest()
    """Attributes and sets defined here, to cut by or to show."""
    limit: Annotated[int, Field(ge=0, le=LARGEST_PAGE)] | None = 1000
    offset: Annotated[int, Field(ge=0, le=LARGEST_PAGE)] = 0
    as_of: str | None = None
    scd: Scd | None = None
