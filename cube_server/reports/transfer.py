"""Reports as a file: exported from one server, imported into another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue
from pydantic_core import to_json

from cube_server.errors import Issue
from cube_server.model.elements import Model
from cube_server.query.request import Part
from cube_server.query.text import read_body
from cube_server.reports.checking import InvalidReportError, report_issues
from cube_server.reports.document import ReportRequest
from cube_server.reports.slugs import slug_of


class ReportFile(Part):
    """A file of reports."""

    format: Literal[1]
    """The version of the file."""
    reports: Annotated[list[ReportRequest], Field(max_length=100_000)]


def write_reports(documents: Iterable[Mapping[str, Any]]) -> bytes:
    """Write reports as a file; each document has its slug."""
    return to_json({"format": 1, "reports": list(documents)}, indent=2) + b"\n"


def read_reports(data: bytes) -> tuple[ReportRequest, ...]:
    """Read a file of reports.

    Raises:
        InvalidRequestError: It is none; the error lists every mistake.
    """
    return tuple(read_body(ReportFile, data).reports)


def document_of(report: ReportRequest) -> dict[str, JsonValue]:
    """Give a report as it is saved: what was said, and no defaults beside it. Its slug is kept beside it."""
    found: dict[str, JsonValue] = report.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"slug"})
    return found


def slugs_of(reports: Iterable[ReportRequest]) -> list[str]:
    """Give the slug of each report: its own, or one made of its name."""
    return [report.slug or slug_of(report.name) for report in reports]


def check_reports(reports: Sequence[ReportRequest], model: Model) -> None:
    """Raise InvalidReportError unless all reports of a file are right, fit a model, and have slugs of their own."""
    slugs = slugs_of(reports)
    issues = [
        Issue(f"/reports/{at}{issue.place}", issue.message, issue.hint)
        for at, report in enumerate(reports)
        for issue in report_issues(report, model)
    ]
    issues += [
        Issue(f"/reports/{at}/slug", f"Another report of the file has the slug {slug!r}, too.")
        for at, slug in enumerate(slugs)
        if slug in slugs[:at]
    ]
    if issues:
        raise InvalidReportError("The file of reports cannot be imported.", issues=issues)
