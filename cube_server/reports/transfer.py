"""Reports as a file: exported from one server, imported into another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue
from pydantic_core import to_json

from cube_server.query.request import Part
from cube_server.query.text import read_body
from cube_server.reports.document import ReportRequest


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
