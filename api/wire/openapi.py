"""What OpenAPI says of each operation: parameters with examples that work on the sample, bodies, answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from cube_server.reports.document import ReportRequest

from .options import MEDIA_TYPES, PIVOTED, Format

Json = dict[str, Any]
Examples = Mapping[str, Json]

_REF = "#/components/schemas/{model}"
_BODIES = (QueryRequest, MembersRequest, FactsRequest, ReportRequest)


class IssueView(BaseModel):
    """One mistake."""

    place: str
    """A JSON pointer into the body, or the parameter and the character."""
    message: str
    hint: str


class ProblemView(BaseModel):
    """The body of every failure (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable; docs/api.md lists them all."""
    instance: str
    hint: str
    issues: list[IssueView]
    id: str | None = None
    """Of a fault of ours: the log tells more under it."""


_KEYS: Json = {
    "password": {"type": "http", "scheme": "basic", "description": "The key as the password, with any user name."},
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
"""The ways to send a key, where the server wants one."""

_FIRST_OF_LIST = "Names, separated by `,` or `|`."
_DESCRIPTIONS: Mapping[str, tuple[str, str]] = {
    "measures": (f"{_FIRST_OF_LIST} By default the cube's first measure.", "sales,baskets"),
    "rows": ("Levels on rows, outermost first; `~` before a level takes it alone.", "product.department"),
    "columns": ("Levels on columns.", "time.quarter"),
    "cut": (
        "`LEVEL:MEMBERS`, several by `;` or by repeating: keys of a path joined by `/`, ranges `a..b`, "
        "exclusion by a leading `!`, keys in double quotes where they hold signs.",
        "time.quarter:2017/Q1..2017/Q3;product.department:!FUEL,COUPON",
    ),
    "order": ("`-sales` sorts the last row level, descending; `LEVEL:MEASURE` another; or by a formula.", "-sales"),
    "within": ("`axis` sorts over the whole row axis, `parent` inside each parent.", "parent"),
    "having": ("A condition on measures, `LEVEL:CONDITION` for another than the last row level.", "sales > 1000"),
    "totals": ("Grand totals: `rows`, `columns`, both, `true` or `false`; over what is shown: `rows:shown`.", "rows"),
    "subtotals": ("Axis levels whose subtotals are shown; `LEVEL:shown` over what is shown.", "product.department"),
    "nonempty": ("`false` shows members without facts too.", "true"),
    "limit": ("The most rows; `all` for no limit, where that is allowed.", "5"),
    "offset": ("How many rows to leave out first.", "0"),
    "as_of": ("The snapshot to answer from, or the newest of a day or time, in UTC; by default the newest.", "000001"),
    "scd": (
        "Dimensions with history as they are `now`, or as they were `then`, at the time of each fact; by default as "
        "the model says of each.",
        "now",
    ),
    "level": ("The level whose members are asked for.", "product.category"),
    "parent": ("Only children of this member of the level above.", "GROCERY"),
    "search": ("Only members whose caption or key contains this.", "candy"),
    "format": ("Instead of a suffix of the path or Accept.", "json"),
    "layout": (
        "`records` are rows; `cellset` is JSON with axes; `pivot` has a column for each column tuple and measure, in "
        "CSV, TSV, HTML, XML and XLSX.",
        "records",
    ),
    "headers": (
        "`captions` heads the columns as people call them, in CSV, TSV, HTML, XML and XLSX; `names` never change.",
        "names",
    ),
    "meta": ("`true` puts records into an object with `data`, `meta` and `next`.", "true"),
    "bom": ("`true` begins CSV with a byte order mark.", "false"),
    "delimiter": ("The sign between the fields of CSV: `,`, `;`, `|` or a tab.", ","),
    "decimal": ("The sign of decimals in CSV and TSV: `.` or `,`.", "."),
    "guard": ("`off` gives texts that begin as formulas do as they are: for machines, not for spreadsheets.", "on"),
    "measure": ("The measure; by default the cube's first.", "sales"),
    "table": ("Only rows of this table of the model.", "fact_sales"),
    "rule": ("Only rows that break this rule.", "type"),
    "archived": ("`true` lists reports that were put away, too.", "false"),
    "query": ("The one query of the report to answer; by default all, where the format has room.", "departments"),
    "lang": ("The language of labels: `en` or `ko`; else Accept-Language says.", "en"),
}

_QUERY_EXAMPLE: Json = {
    "measures": ["sales", "households"],
    "axes": {
        "rows": [{"level": "product.department", "order": {"by": "sales", "desc": True}}],
        "columns": ["time.quarter"],
    },
    "cut": [{"level": "time.quarter", "ranges": [{"from": [2017, "Q1"], "to": [2017, "Q3"]}]}],
    "totals": ["rows"],
    "limit": 5,
}
_FACTS_EXAMPLE: Json = {
    "cut": [
        {"level": "time.day", "members": ["2017-01-01"]},
        {"level": "product.department", "members": ["MEAT"]},
    ],
    "columns": ["basket_id", "product.product", "sales_value"],
    "limit": 5,
}

_QUERY = "measures rows columns cut order having totals limit offset scd".split()  # noqa: SIM905 - names read best so
_TABLES = ("bom", "delimiter", "decimal", "guard")
_ANSWER = ("format", "layout", "headers", "meta", *_TABLES, "lang")
_BINARY: Json = {"schema": {"type": "string", "format": "binary"}}


def _parameters(names: list[str] | tuple[str, ...]) -> list[Json]:
    return [
        {
            "name": name,
            "in": "query",
            "description": _DESCRIPTIONS[name][0],
            "schema": {"type": "string"},
            "example": _DESCRIPTIONS[name][1],
        }
        for name in names
    ]


def _operation(
    tag: str,
    summary: str,
    *,
    parameters: tuple[str, ...] = (),
    body: tuple[type[BaseModel], Json] | None = None,
    answers: Mapping[str, Json] | None = None,
) -> Json:
    """Make the keyword arguments of a route."""
    extra: Json = {"parameters": _parameters(parameters)}
    if body:
        schema = {"$ref": _REF.format(model=body[0].__name__)}
        extra["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": body[1]}},
        }
    refused: Json = {"model": ProblemView, "description": "A failure."}
    given: dict[int | str, Json] = {200: {"description": "The answer.", "content": answers}} if answers else {}
    return {
        "tags": [tag],
        "summary": summary,
        "openapi_extra": extra,
        "responses": {**given, "default": refused},
    }


_STRING: Json = {"schema": {"type": "string"}}
_TEXT: dict[str, Json] = {"text/plain": _STRING}
_TEXT_FILE: dict[str, Json] = {"application/octet-stream": _STRING}
_FORMATS: dict[str, Json] = {MEDIA_TYPES[kind]: _BINARY for kind in Format} | {
    MEDIA_TYPES[Format.JSON]: {"schema": {}},
    **{MEDIA_TYPES[kind]: _STRING for kind in PIVOTED if kind is not Format.XLSX},
}
_OPTIONS = ("format", "headers", "meta", *_TABLES, "lang")
_CONNECTED = ("layout", "headers", "lang")
_CUTS = ("cut", "limit", "offset", "scd")

GET_QUERY = _operation("query", "Cells by address", parameters=(*_QUERY, *_OPTIONS, "layout"), answers=_FORMATS)
POST_QUERY = _operation(
    "query", "Cells by JSON", parameters=_ANSWER, body=(QueryRequest, _QUERY_EXAMPLE), answers=_FORMATS
)
GET_FACTS = _operation("facts", "The facts behind a cell, by address", parameters=(*_CUTS, *_OPTIONS), answers=_FORMATS)
POST_FACTS = _operation(
    "facts",
    "The facts behind a cell, by JSON",
    parameters=_OPTIONS,
    body=(FactsRequest, _FACTS_EXAMPLE),
    answers=_FORMATS,
)
GET_MEMBERS = _operation(
    "members",
    "The members of a level",
    parameters=("level", "parent", "search", "limit", "offset", "scd", *_OPTIONS),
    answers=_FORMATS,
)
GET_CELL = _operation("query", "One number as text", parameters=("measure", "cut", "as_of", "scd"), answers=_TEXT)
GET_IQY = _operation("query", "A web query for Excel", parameters=(*_QUERY, *_CONNECTED), answers=_TEXT_FILE)
GET_ODC = _operation("query", "A Power Query for Excel", parameters=(*_QUERY, *_CONNECTED), answers=_TEXT_FILE)
GET_EXPLAIN = _operation("query", "What a query means and how it is answered", parameters=tuple(_QUERY), answers=_TEXT)
POST_EXPLAIN = _operation("query", "The same by JSON", body=(QueryRequest, _QUERY_EXAMPLE), answers=_TEXT)
GET_CUBES = _operation("cubes", "All cubes", parameters=("lang",))
GET_CUBE = _operation("cubes", "The model of a cube", parameters=("lang",))
GET_HEALTH = _operation("server", "Whether the process lives")
GET_READY = _operation("server", "Whether a snapshot is served")
GET_FRESHNESS = _operation("warehouse", "How fresh what is served is")
GET_SNAPSHOTS = _operation("warehouse", "All snapshots")
GET_TABLES = _operation("warehouse", "The tables and columns of a snapshot, in numbers", parameters=("as_of",))
GET_LOADS = _operation("warehouse", "What was loaded, and what came of it", parameters=("limit", "offset"))
GET_REJECTS = _operation("warehouse", "The rows that a load rejected", parameters=("table", "rule", "limit", "offset"))
GET_LINEAGE = _operation("warehouse", "Where a measure comes from")
GET_START = _operation("server", "What this is")

_REPORT_EXAMPLE: Json = {
    "name": "Sales by department",
    "description": "Sales and households of a year's quarters.",
    "slug": "sales-by-department",
    "queries": {
        "departments": {
            "cube": "sales",
            "measures": ["sales", "households"],
            "axes": {"rows": ["product.department"], "columns": ["time.quarter"]},
            "cut": [{"level": "time.year", "members": [{"parameter": "year"}]}],
        },
    },
    "parameters": {"year": {"level": "time.year", "default": 2017}},
    "layout": "pivot",
}
_CHANGED: Json = {"parameters": [{"name": "If-Match", "in": "header", "required": True, "example": '"1"', **_STRING}]}


def _body(schema: Json, example: Json) -> Json:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _with(operation: Json, extra: Json) -> Json:
    return {**operation, "openapi_extra": {**operation["openapi_extra"], **extra}}


GET_REPORTS = _operation("reports", "All saved reports", parameters=("archived",))
POST_REPORT = _operation("reports", "Save a report", body=(ReportRequest, _REPORT_EXAMPLE))
GET_REPORT = _operation("reports", "A saved report")
PUT_REPORT = _with(_operation("reports", "Save a new version", body=(ReportRequest, _REPORT_EXAMPLE)), _CHANGED)
DELETE_REPORT = _operation("reports", "Put a report away")
GET_VERSIONS = _operation("reports", "The versions of a report")
GET_VERSION = _operation("reports", "An old version of a report")
POST_VERSION = _with(
    _operation("reports", "Make an old version the newest again"),
    _body({"type": "object", "properties": {"version": {"type": "integer"}}}, {"version": 1}),
)
GET_TOKENS = _operation("reports", "The tokens to a report")
POST_TOKEN = _with(
    _operation("reports", "Make a token that opens a report"),
    _body({"type": "object", "properties": {"expires": _STRING["schema"]}}, {"expires": "30d"}),
)
DELETE_TOKEN = _operation("reports", "Revoke a token")
GET_OPENED = _operation(
    "reports", "Open a saved report", parameters=("query", "as_of", *_OPTIONS, "layout"), answers=_FORMATS
)


class OpenApi:
    """Makes the document of an application when it is first asked for."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._document: Json | None = None

    def __call__(self) -> Json:
        """Give the document."""
        if self._document is None:
            self._document = self._make()
        return self._document

    def _make(self) -> Json:
        app = self._app
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        inputs: list[tuple[type[BaseModel], Literal["validation"]]] = [(body, "validation") for body in _BODIES]
        _, definitions = models_json_schema(inputs, ref_template=_REF)
        document.setdefault("components", {}).setdefault("schemas", {}).update(definitions["$defs"])
        document["components"]["securitySchemes"] = _KEYS
        document["security"] = [{}, *({name: []} for name in _KEYS)]
        return document
