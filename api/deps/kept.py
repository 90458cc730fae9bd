"""What is kept in the metadata database, and who asks for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Path, Request

from cube_server.metadata.reports import Reports
from cube_server.metadata.tokens import Tokens
from cube_server.query.request import Part
from cube_server.query.text import InvalidRequestError, read_body

from ..access import CALLER, Access, Caller
from ..errors import PreconditionError
from ..wire.bodies import check_type, read_bytes
from ..wire.parameters import read_values, refuse_parameters

P = TypeVar("P", bound=Part)

ReportName = Annotated[str, Path(description="The report's slug or id.", examples=["sales-by-department"])]


async def get_caller(request: Request) -> Caller:
    """Tell who asks."""
    caller: Caller = request.scope[CALLER]
    return caller


async def get_reports(request: Request) -> Reports:
    """Give the saved reports."""
    access: Access = request.app.state.access
    return Reports(access.database)


async def get_tokens(request: Request) -> Tokens:
    """Give the tokens to reports."""
    access: Access = request.app.state.access
    return Tokens(access.database)


def no_parameters(request: Request) -> None:
    """Refuse parameters where there are none."""
    refuse_parameters(read_values(request.scope["query_string"]), ())


def body_of(shape: type[P]) -> Callable[[Request], Awaitable[P]]:
    """Make a dependency that reads a body."""

    async def read(request: Request) -> P:
        no_parameters(request)
        check_type(request.headers.get("content-type", ""))
        return read_body(shape, await read_bytes(request.stream()))

    return read


def version_matched(request: Request) -> int | None:
    """Read If-Match: the version to change; None for whatever is there (`*`), or if there is no such header.

    Raises:
        InvalidRequestError: It is no version.
    """
    header = request.headers.get("if-match", "*").strip()
    text = header.removeprefix("W/").strip('"')
    if header == "*":
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidRequestError(
            f"If-Match: {header} is no version of a report.", hint='Send its ETag: If-Match: "3".'
        )
    return int(text)


def version_required(request: Request) -> int | None:
    """Read If-Match, which must be there.

    Raises:
        PreconditionError: It is not.
    """
    if "if-match" not in request.headers:
        raise PreconditionError(
            "A report is changed only by who says which version they have read.",
            hint='Send its ETag as If-Match: "3", or If-Match: * to overwrite whatever is there.',
        )
    return version_matched(request)


CallerDep = Annotated[Caller, Depends(get_caller)]
ReportsDep = Annotated[Reports, Depends(get_reports)]
TokensDep = Annotated[Tokens, Depends(get_tokens)]
MatchedVersion = Annotated[int | None, Depends(version_matched)]
RequiredVersion = Annotated[int | None, Depends(version_required)]
