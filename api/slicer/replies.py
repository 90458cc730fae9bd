"""From answers to responses: JSON, CSV and JSON lines with the headers that they have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from .errors import SlicerError
from .parameters import Parameters
from .tables import Records, csv_lines, encode, json_lines

_HEADERS = ("labels", "names", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to answer.

    Attributes:
        format: `json`, `json_lines` or `csv`.
        header: What the header of a CSV holds: `labels`, `names` or `none`.
        pretty: Whether JSON is indented.
        limit: The most records of JSON; the other formats have none.
    """

    format: str
    header: str
    pretty: bool
    limit: int

    @property
    def most(self) -> int | None:
        """The most records of this format; None for any number."""
        return self.limit if self.format == "json" else None


def read_manner(parameters: Parameters, formats: tuple[str, ...], *, pretty: bool, limit: int) -> Manner:
    """Read how to answer; the first format is the one without a word."""
    return Manner(
        format=parameters.choice("format", formats),
        header=parameters.choice("header", _HEADERS),
        pretty=parameters.flag("prettyprint", default=pretty),
        limit=limit,
    )


def document(value: object, manner: Manner, *, snapshot: str = "", is_cut: bool = False) -> Response:
    """Answer with a JSON document."""
    body = encode(value, indent=4 if manner.pretty else None)
    return Response(body, media_type="application/json", headers=_told(snapshot, is_cut=is_cut))


def table(records: Records, manner: Manner, name: str, *, snapshot: str) -> Response:
    """Answer with records as CSV or as JSON lines."""
    if manner.format == "json_lines":
        return _stream(json_lines(records), "application/x-json-lines", snapshot, {})
    headers = {"names": list(records.fields), "labels": list(records.fields.values()), "none": None}
    file = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return _stream(csv_lines(records, headers[manner.header]), "text/csv", snapshot, file)


def answer_error(request: Request, error: Exception) -> Response:
    """Answer a mistake in its shape."""
    assert isinstance(error, SlicerError)
    del request
    return Response(encode(error.body), error.status, media_type="application/json")


def _stream(chunks: Iterator[bytes], kind: str, snapshot: str, headers: dict[str, str]) -> Response:
    return StreamingResponse(chunks, media_type=kind, headers=_told(snapshot, is_cut=False) | headers)


def _told(snapshot: str, *, is_cut: bool) -> dict[str, str]:
    return {"X-Cube-Snapshot": snapshot, "X-Truncated": str(is_cut).lower()} if snapshot else {}
