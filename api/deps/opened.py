"""What an address asks of a saved report: its parameters, which of its queries, and how to answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Path, Request
from pydantic_core import to_json

from cube_server.errors import Issue, NotFoundError, QueryError
from cube_server.metadata.reports import SavedReport
from cube_server.query.text import read_body
from cube_server.reports.document import ReportRequest
from cube_server.reports.parameters import Values

from ..access import Caller
from ..errors import ForbiddenError
from ..wire.links import option_parameters
from ..wire.options import PIVOTED, Format, Layout, Options
from ..wire.parameters import OPTIONS, Wishes, read_options, read_single, read_values, split_options
from .asked import tags_known
from .kept import CallerDep, ReportsDep

Slug = Annotated[str, Path(description="The report's slug.", examples=["sales-by-department"])]

_OWN = ("query", "as_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A saved report, opened.

    Attributes:
        saved: The version that is in use.
        report: What it says.
        values: The values of its parameters by the address.
        only: The one query that is asked for; None for all.
        as_of: The snapshot asked for; None for the newest.
        options: How to answer.
        path: The path of the address, unescaped.
        repeated: What the address says beside values, to write it again.
        known: The tags of the answers that the client has.
        page: Where a browser goes on to, relative to the address; None for programs.
    """

    saved: SavedReport
    report: ReportRequest
    values: Values
    only: str | None
    as_of: str | None
    options: Options
    path: str
    repeated: dict[str, str]
    known: frozenset[str]
    page: str | None


def opened(slug: Slug, request: Request, reports: ReportsDep, caller: CallerDep) -> Opened:
    """Find a report, and read what the address asks of it."""
    saved = _allowed(reports.find(caller.report or slug), slug, caller)
    report = read_body(ReportRequest, to_json(saved.document))
    chosen, values = split_options(read_values(request.scope["query_string"]), (*OPTIONS, *_OWN))
    own = {name: read_single(name, chosen.pop(name)) for name in _OWN if name in chosen}
    suffix = request.path_params.get("suffix", "")
    headers = request.headers
    wishes = Wishes(suffix=suffix, accept=headers.get("accept", ""), languages=headers.get("accept-language", ""))
    options = read_options(chosen, wishes)
    is_for_people = options.format is Format.HTML and not suffix and "format" not in chosen and caller.report is None
    options = options if "layout" in chosen else _with_layout(options, report)
    return Opened(
        saved=saved,
        report=report,
        values=values,
        only=own.get("query"),
        as_of=own.get("as_of"),
        options=options,
        path=request.scope["path"],
        repeated={**own, **option_parameters(options, suffix=suffix, language_asked="lang" in chosen)},
        known=tags_known(request),
        page=_page(saved.slug, request) if is_for_people else None,
    )


def narrowed(asked: Opened) -> Opened:
    """Choose the query that the format has room for; JSON and workbooks have room for all.

    Raises:
        QueryError: There are several, and the address names none.
    """
    names, kind = list(asked.report.queries), asked.options.format
    if asked.only is not None or kind in (Format.JSON, Format.XLSX):
        return asked
    if len(names) > 1:
        issue = Issue(
            "query",
            f"The report has {len(names)} queries, and {kind.value} has room for one.",
            f"Add query=NAME, or ask for json or xlsx. Valid: {', '.join(names)}.",
        )
        raise QueryError("The address has a mistake.", issues=[issue])
    return replace(asked, only=names[0])


OpenedDep = Annotated[Opened, Depends(opened)]


def _allowed(found: SavedReport, slug: str, caller: Caller) -> SavedReport:
    if caller.report is not None and slug not in (found.slug, found.id):
        raise ForbiddenError("The token opens another report.", hint="Ask for a token to this one, or send a key.")
    if found.archived is not None:
        raise NotFoundError(
            f"The report {found.slug!r} is archived.",
            hint=f"POST /api/v1/reports/{found.slug}/versions brings a version of it back.",
        )
    return found


def _with_layout(options: Options, report: ReportRequest) -> Options:
    """Take the report's layout where the format has it."""
    layout = Layout(report.layout) if report.layout else Layout.RECORDS
    has_it = options.format in PIVOTED if layout is Layout.PIVOT else options.format is Format.JSON
    return replace(options, layout=layout) if has_it else options


def _page(slug: str, request: Request) -> str:
    """Give the address of the pivot page, under whatever path the server lies; the query goes into the fragment."""
    query = request.scope["query_string"].decode("latin-1")
    return f"../#report={quote(slug)}" + (f"&{query}" if query else "")
