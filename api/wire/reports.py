"""Saved reports over HTTP: what is sent, what is answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cube_server.errors import Issue
from cube_server.metadata.reports import SavedReport
from cube_server.metadata.tokens import TokenInfo
from cube_server.model.elements import Model
from cube_server.query.request import Part
from cube_server.reports.checking import saved_issues

from .openapi import IssueView


class RestoreRequest(Part):
    """Which version is to be the newest again."""

    version: Annotated[int, Field(ge=1, le=999_999_999)]


class TokenRequest(Part):
    """How long a token is to work."""

    expires: str = "30d"
    """A span of time: 90d, 12h, 30m, 4w."""


class VersionView(BaseModel):
    """A version of a report."""

    version: int
    name: str
    author: str
    """The name of the key that saved it; empty where none was wanted."""
    saved: dt.datetime


class ReportSummary(VersionView):
    """A report in a list."""

    id: str
    slug: str
    address: str
    """The short address, from the server's root."""
    description: str
    owner: str
    """The name of the key that made it."""
    created: dt.datetime
    archived: dt.datetime | None
    issues: list[IssueView] | None
    """What of it the served model does not have; none if it can be opened, null while nothing is served."""


class ReportView(ReportSummary):
    """A report with all that it says."""

    report: dict[str, Any]
    """What PUT takes."""


class ReportList(BaseModel):
    """All reports."""

    reports: list[ReportSummary]


class VersionList(BaseModel):
    """All versions of a report, the newest first."""

    versions: list[VersionView]


class TokenView(BaseModel):
    """A token to a report, without what is secret of it."""

    id: str
    author: str
    created: dt.datetime
    expires: dt.datetime
    revoked: dt.datetime | None


class NewToken(TokenView):
    """A token, shown this once."""

    token: str
    address: str
    """The short address with the token, from the server's root."""


class TokenList(BaseModel):
    """All tokens to a report, also those that work no more."""

    tokens: list[TokenView]


def address_of(slug: str) -> str:
    """Give the short address of a report."""
    return f"/r/{slug}"


def view_reports(found: Iterable[SavedReport], model: Model | None) -> ReportList:
    """Show reports in a list."""
    return ReportList(reports=[ReportSummary(**_summary(report, model)) for report in found])


def view_report(report: SavedReport, model: Model | None) -> ReportView:
    """Show a report."""
    return ReportView(**_summary(report, model), report={**report.document, "slug": report.slug})


def view_versions(found: Iterable[SavedReport]) -> VersionList:
    """Show the versions of a report."""
    return VersionList(versions=[VersionView(**_version(report)) for report in found])


def view_token(token: TokenInfo) -> dict[str, Any]:
    """Show a token."""
    return {
        "id": token.id,
        "author": token.author,
        "created": token.created,
        "expires": token.expires,
        "revoked": token.revoked,
    }


def _version(report: SavedReport) -> dict[str, Any]:
    name = report.document.get("name", "")
    return {"version": report.version, "name": name, "author": report.author, "saved": report.saved}


def _summary(report: SavedReport, model: Model | None) -> dict[str, Any]:
    issues = None if model is None else [_issue(issue) for issue in saved_issues(report.document, model)]
    return {
        **_version(report),
        "id": report.id,
        "slug": report.slug,
        "address": address_of(report.slug),
        "description": report.document.get("description", ""),
        "owner": report.owner,
        "created": report.created,
        "archived": report.archived,
        "issues": issues,
    }


def _issue(issue: Issue) -> IssueView:
    return IssueView(place=issue.place, message=issue.message, hint=issue.hint)
