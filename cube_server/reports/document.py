"""What a report says: JSON, as it is saved, exported and sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, JsonValue
from pydantic_core import to_json

from cube_server.model.shapes import Name, TextDoc, TypeName
from cube_server.query.request import Part

LARGEST_VIEW = 256 * 1024
"""The most bytes of a view, and of a chart, as JSON."""


def _check_size(value: dict[str, Any]) -> dict[str, Any]:
    size = len(to_json(value))
    if size > LARGEST_VIEW:
        raise ValueError(f"it has {size:,} bytes as JSON, more than {LARGEST_VIEW:,}")
    return value


Opaque = Annotated[dict[str, JsonValue], AfterValidator(_check_size)]
"""An object whose meaning is the client's own."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
"""A name in an address: small letters and digits, joined by hyphens."""

QueryName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=31)]
"""A query's name: also that of its sheet in a workbook, which has no more signs."""


class ParameterRequest(Part):
    """A parameter: what an address fills in, `?year=2017`, wherever a cut says `{"parameter": "year"}`."""

    level: str = ""
    """Its values are members of this level, written as in a cut: `GROCERY/BEEF`. Give this or `type`."""
    type: TypeName | None = None
    """Its values are keys of this type."""
    default: str | int | float | bool | None = None
    """The value unless the address has one, written as the address would. Without it the address must have one."""
    many: bool = False
    """Whether several values may be given: `?department=MEAT,FUEL`."""
    label: TextDoc | None = None
    """For people."""


class ReportRequest(Part):
    """A report: named queries, and how they are shown.

    >>> report = ReportRequest(name="Sales", queries={"main": {"cube": "sales", "measures": ["sales"]}})
    >>> list(report.queries)
    ['main']
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=10_000)] = ""
    slug: Slug | None = None
    """The name in the short address `/r/{slug}`; by default made of the name. It stays when the name changes."""
    queries: Annotated[dict[QueryName, dict[str, JsonValue]], Field(min_length=1, max_length=50)]
    """By name: the body of a query, `cube` included. In a cut a parameter may stand for a member."""
    parameters: dict[Name, ParameterRequest] = Field(default_factory=dict)
    """By name."""
    layout: Literal["records", "cellset", "pivot"] | None = None
    """The layout unless the address names one, in the formats that have it."""
    chart: Opaque = Field(default_factory=dict)
    """How a client draws it; kept as it is."""
    view: Opaque = Field(default_factory=dict)
    """What the pivot page needs to show it exactly so again; kept as it is."""


RESERVED = frozenset(
    {
        "api_key",
        "as_of",
        "bom",
        "decimal",
        "delimiter",
        "format",
        "guard",
        "headers",
        "lang",
        "layout",
        "meta",
        "query",
        "token",
    }
)
"""Names of addresses that no parameter can have."""
