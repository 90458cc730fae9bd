"""The shape of what cubes.json says of a table's rows: how columns are made, which rows are kept, what is counted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from cube_server.model.shapes import Described, Part, TypeName

JsonValue = str | int | float | bool | None
_TYPE_NAME: TypeAdapter[str] = TypeAdapter(TypeName)


class SplitDoc(Part):
    """Which part of a text is taken."""

    at: Annotated[str, Field(min_length=1)]
    """The text that stands between the parts."""
    part: Annotated[int, Field(ge=1)]
    """The number of the part, from 1; null where there are fewer."""


class ZoneDoc(Part):
    """Between which time zones timestamps are converted, by their names, such as Europe/London."""

    from_: Annotated[str | None, Field(alias="from")] = None
    """The zone of the source's times, if they do not carry one themselves."""
    to: str
    """The zone in whose local time they are kept."""


class CaseDoc(Part):
    """One rule of a classification."""

    when: str
    """A condition over the columns of the row."""
    value: str | int | float
    """What the column is where it is the first that is true."""


class ColumnDoc(Described):
    """A column whose type alone does not say how it is made."""

    type: TypeName
    from_: Annotated[str | None, Field(alias="from")] = None
    """The column of the source; by default the one of the same name."""
    trim: bool = False
    """Whether white space at both ends is taken off; what is empty then is null."""
    case: Literal["upper", "lower"] | None = None
    """Whether letters are folded to upper or to lower case."""
    split: SplitDoc | None = None
    """Which part of the text is taken."""
    map: dict[str, JsonValue] = {}
    """Values by the texts that stand for them in the source."""
    others: Literal["keep", "null", "reject"] = "keep"
    """What becomes of a value that `map` does not name."""
    format: str | list[str] | None = None
    """How the source writes dates and timestamps, such as `%d/%m/%Y %H:%M`; of several the first that fits."""
    decimal: Literal[".", ","] | None = None
    """The sign before the digits behind the point. With it whole numbers may be written 17850.0, too."""
    thousands: Literal[".", ",", " ", "'"] | None = None
    """The sign between groups of three digits."""
    zone: ZoneDoc | None = None
    """The time zones that timestamps are converted between."""
    value: str | None = None
    """In place of a column of the source: a formula over the other columns of the row."""
    cases: list[CaseDoc] = []
    """In place of a column of the source: a classification. The first case whose condition is true gives the value."""
    else_: Annotated[str | int | float | None, Field(alias="else")] = None
    """What it is where none of the `cases` is true."""
    default: str | int | float | bool | None = None
    """What stands where there would be null."""


class _OrTypeName:
    """Lets a column be written as its type alone."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [_TYPE_NAME.json_schema(), handler(core)]}


def _written_out(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return {"type": _TYPE_NAME.validate_python(value)}
    except ValidationError as error:
        raise PydanticCustomError("type_name", "{told}", {"told": error.errors()[0]["msg"]}) from error


AnyColumnDoc = Annotated[ColumnDoc, BeforeValidator(_written_out), _OrTypeName()]
"""A column: its type, or an object."""

Threshold = Annotated[
    Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=r"^\d{1,3}(\.\d+)?%$")],
    Field(description='How many rows may break the rule: a number, or a part of the rows read: "0.5%".'),
]


class RuleDoc(Part):
    """A rule that rows have to keep. Those that break it are rejected; if they are too many, the load is refused."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """Of the rule. Without a condition or a table it is one that every table has: `type`, `key` or `unique`; or one
    that the table's `hook` rejects rows by."""
    condition: str | None = None
    """A formula over the columns of the row. A row breaks the rule where it is false; null is no breach."""
    column: str | None = None
    """With `in`: a column whose values have to be keys there; null is one of nothing."""
    in_: Annotated[str | None, Field(alias="in")] = None
    """The table that has the keys."""
    threshold: Threshold = 0


class DuplicatesDoc(Part):
    """Which of several rows of one key is kept."""

    of: list[str] = []
    """The columns that such rows have in common; by default the table's key, or all columns if it has none."""
    keep: Literal["first", "last"] = "first"
    """Whether the first or the last is kept."""
    by: list[str] = []
    """The columns that order them; nulls come first. By default, and where these are equal, the order of the source."""


class CountDoc(Part):
    """Something that the report of a load counts of a table's rows. Exactly one of the four says what."""

    rows: Literal["all", "repeated"] | None = None
    """`all` rows, or those that repeat all columns of a row before, but for those of the table's key."""
    distinct: str | None = None
    """A formula: how many different values it has, null not counted."""
    several: str | None = None
    """A formula: how many values of `of` come with more than one value of it."""
    of: str | None = None
    """With `several`: the formula whose values are counted."""
    max: str | None = None
    """A formula: its greatest value."""
    where: str | None = None
    """A condition: only rows for which it is true are looked at."""


class TotalDoc(Part):
    """A column of a derived table that is made of several rows."""

    aggregate: Literal["count", "sum", "min", "max"]
    formula: str | None = None
    """What is aggregated; `count` without one counts rows."""


Report = dict[Annotated[str, Field(min_length=1, max_length=100)], CountDoc]
Totals = dict[str, TotalDoc]

Hook = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$",
        description="A function in Python that changes a table's rows: `module:function`.",
    ),
]
