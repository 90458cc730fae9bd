"""`/reports`: saving reports, their versions, and tokens to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import JSONResponse, Response

from cube_server.errors import Issue
from cube_server.metadata.moments import parse_span
from cube_server.metadata.reports import SavedReport
from cube_server.query.text import InvalidRequestError
from cube_server.reports.checking import check_report
from cube_server.reports.document import ReportRequest
from cube_server.reports.slugs import slug_of
from cube_server.reports.transfer import document_of

from ..deps.asked import flag_asked
from ..deps.kept import (
    CallerDep,
    MatchedVersion,
    ReportName,
    ReportsDep,
    RequiredVersion,
    TokensDep,
    body_of,
    no_parameters,
)
from ..deps.serving import EngineDep, ServingDep
from ..wire.openapi import (
    DELETE_REPORT,
    DELETE_TOKEN,
    GET_REPORT,
    GET_REPORTS,
    GET_TOKENS,
    GET_VERSION,
    GET_VERSIONS,
    POST_REPORT,
    POST_TOKEN,
    POST_VERSION,
    PUT_REPORT,
)
from ..wire.reports import (
    NewToken,
    ReportList,
    ReportView,
    RestoreRequest,
    TokenList,
    TokenRequest,
    TokenView,
    VersionList,
    address_of,
    view_report,
    view_reports,
    view_token,
    view_versions,
)

router = APIRouter()

Body = Annotated[ReportRequest, Depends(body_of(ReportRequest))]
Restore = Annotated[RestoreRequest, Depends(body_of(RestoreRequest))]
Share = Annotated[TokenRequest, Depends(body_of(TokenRequest))]
Version = Annotated[int, Path(description="The version.", examples=[1])]
TokenId = Annotated[str, Path(description="The token's id.", examples=["7502c766"])]
_CLOSED = [Depends(no_parameters)]


@router.get("", **GET_REPORTS)
def get_reports(reports: ReportsDep, serving: ServingDep, request: Request) -> ReportList:
    """List the reports in use; with `archived=true` those that were put away, too."""
    archived = flag_asked(request, "archived")
    found = [report for report in reports.all() if archived or report.archived is None]
    return view_reports(found, serving.engine.model if serving.engine else None)


@router.post("", status_code=201, **POST_REPORT)
def post_report(
    reports: ReportsDep, engine: EngineDep, caller: CallerDep, report: Body, response: Response
) -> ReportView:
    """Save a new report."""
    check_report(report, engine.model)
    slug = report.slug or slug_of(report.name)
    made = reports.create(document_of(report), slug=slug, author=caller.name, or_similar=report.slug is None)
    response.headers["Location"] = f"/api/v1/reports/{made.slug}"
    return _tagged(response, made, engine)


@router.get("/{report}", dependencies=_CLOSED, **GET_REPORT)
def get_report(reports: ReportsDep, serving: ServingDep, report: ReportName, response: Response) -> ReportView:
    """Show a report, archived ones too."""
    found = reports.find(report)
    response.headers["ETag"] = f'"{found.version}"'
    return view_report(found, serving.engine.model if serving.engine else None)


@router.put("/{report}", **PUT_REPORT)
def put_report(
    reports: ReportsDep,
    engine: EngineDep,
    caller: CallerDep,
    report: ReportName,
    version: RequiredVersion,
    body: Body,
    response: Response,
) -> ReportView:
    """Save a new version of a report."""
    slug = reports.find(report).slug
    if body.slug not in (None, slug):
        issue = Issue("/slug", f"The slug {slug!r} stays, or addresses would break.", "Save it as a new report.")
        raise InvalidRequestError("The report has 1 mistake.", issues=[issue])
    check_report(body, engine.model)
    return _tagged(response, reports.save(report, document_of(body), author=caller.name, expected=version), engine)


@router.delete("/{report}", status_code=204, dependencies=_CLOSED, **DELETE_REPORT)
def delete_report(reports: ReportsDep, report: ReportName, version: MatchedVersion) -> Response:
    """Put a report away; its versions stay, and a save or a restored version brings it back."""
    reports.archive(report, expected=version)
    return Response(status_code=204)


@router.get("/{report}/versions", dependencies=_CLOSED, **GET_VERSIONS)
def get_versions(reports: ReportsDep, report: ReportName) -> VersionList:
    """List the versions of a report, the newest first."""
    return view_versions(reports.versions(report))


@router.get("/{report}/versions/{version}", dependencies=_CLOSED, **GET_VERSION)
def get_version(reports: ReportsDep, serving: ServingDep, report: ReportName, version: Version) -> ReportView:
    """Show an old version of a report."""
    return view_report(reports.find(report, version), serving.engine.model if serving.engine else None)


@router.post("/{report}/versions", status_code=201, **POST_VERSION)
def post_version(
    reports: ReportsDep,
    serving: ServingDep,
    caller: CallerDep,
    report: ReportName,
    matched: MatchedVersion,
    body: Restore,
    response: Response,
) -> ReportView:
    """Make an old version the newest again, whether it fits the model or not."""
    old = reports.find(report, body.version)
    saved = reports.save(report, old.document, author=caller.name, expected=matched)
    response.headers["ETag"] = f'"{saved.version}"'
    return view_report(saved, serving.engine.model if serving.engine else None)


@router.get("/{report}/tokens", dependencies=_CLOSED, **GET_TOKENS)
def get_tokens(reports: ReportsDep, tokens: TokensDep, report: ReportName) -> TokenList:
    """List the tokens to a report."""
    found = tokens.all(reports.find(report).id)
    return TokenList(tokens=[TokenView(**view_token(token)) for token in found])


@router.post("/{report}/tokens", status_code=201, **POST_TOKEN)
def post_token(
    reports: ReportsDep, tokens: TokensDep, caller: CallerDep, report: ReportName, body: Share
) -> JSONResponse:
    """Make a token that opens a report until it expires; it is shown this once."""
    found = reports.find(report)
    try:
        lifetime = parse_span(body.expires)
    except ValueError as error:
        raise InvalidRequestError("The request has 1 mistake.", issues=[Issue("/expires", f"{error}.")]) from error
    token, text = tokens.add(found.id, lifetime, author=caller.name)
    made = NewToken(**view_token(token), token=text, address=f"{address_of(found.slug)}?token={text}")
    return JSONResponse(made.model_dump(mode="json"), 201, headers={"Cache-Control": "no-store"})


@router.delete("/{report}/tokens/{token}", status_code=204, dependencies=_CLOSED, **DELETE_TOKEN)
def delete_token(reports: ReportsDep, tokens: TokensDep, report: ReportName, token: TokenId) -> Response:
    """Revoke a token."""
    tokens.revoke(reports.find(report).id, token)
    return Response(status_code=204)


def _tagged(response: Response, report: SavedReport, engine: EngineDep) -> ReportView:
    response.headers["ETag"] = f'"{report.version}"'
    return view_report(report, engine.model)
