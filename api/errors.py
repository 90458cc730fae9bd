"""From exceptions to HTTP: the one place that knows statuses, and the one body of every failure (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse

from cube_server.errors import (
    BusyError,
    CubeServerError,
    InternalError,
    LimitError,
    ModelError,
    NotFoundError,
    SettingsError,
    UserError,
    WarehouseError,
)

_log = logging.getLogger(__name__)


class UnauthorizedError(UserError):
    """The key is missing or wrong."""

    code = "unauthorized"


class HostError(UserError):
    """The Host header names a host that this server does not answer for."""

    code = "invalid_host"


class MethodError(UserError):
    """The route does not answer to this method."""

    code = "method_not_allowed"


class NotAcceptableError(UserError):
    """None of the formats that the client accepts can be given."""

    code = "not_acceptable"


class MediaTypeError(UserError):
    """The body is not JSON by its Content-Type."""

    code = "unsupported_media_type"


class TooLargeError(UserError):
    """The body is larger than any question needs to be."""

    code = "body_too_large"


STATUSES: Mapping[type[CubeServerError], HTTPStatus] = {
    UserError: HTTPStatus.BAD_REQUEST,
    UnauthorizedError: HTTPStatus.UNAUTHORIZED,
    HostError: HTTPStatus.BAD_REQUEST,
    NotFoundError: HTTPStatus.NOT_FOUND,
    MethodError: HTTPStatus.METHOD_NOT_ALLOWED,
    NotAcceptableError: HTTPStatus.NOT_ACCEPTABLE,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    MediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    LimitError: HTTPStatus.UNPROCESSABLE_ENTITY,
    BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelError: HTTPStatus.SERVICE_UNAVAILABLE,
    WarehouseError: HTTPStatus.SERVICE_UNAVAILABLE,
    SettingsError: HTTPStatus.SERVICE_UNAVAILABLE,
    InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of each kind of error; a kind that is not listed has its nearest ancestor's."""

_HEADERS: Mapping[type[CubeServerError], Mapping[str, str]] = {
    UnauthorizedError: {"WWW-Authenticate": 'Basic realm="cube-server", Bearer realm="cube-server"'},
    BusyError: {"Retry-After": "5"},
    WarehouseError: {"Retry-After": "5"},
}


class Problem(JSONResponse):
    """The body of every failure."""

    media_type = "application/problem+json"


def problem(error: UserError, path: str, *, headers: Mapping[str, str] | None = None) -> Problem:
    """Answer an error that the asker can mend.

    Args:
        error: The error; all that it says is shown.
        path: The path asked for.
        headers: More headers.
    """
    status = status_of(type(error))
    issues = [{"place": issue.place, "message": issue.message, "hint": issue.hint} for issue in error.issues]
    body = _body(status, error.code, error.message, path)
    more = {"hint": error.hint, "issues": issues}
    return Problem(body | more, status, headers={**_HEADERS.get(type(error), {}), **(headers or {})})


def fault(error: Exception, path: str) -> Problem:
    """Answer a fault of ours: the asker gets an id, and the log has the rest under the same id."""
    id = uuid4().hex
    _log.error("Fault %s at %s", id, path, exc_info=error)
    status = status_of(InternalError)
    detail = "The server failed to answer. Its log tells more under this id."
    return Problem(_body(status, InternalError.code, detail, path) | {"hint": "", "issues": [], "id": id}, status)


def status_of(kind: type[BaseException]) -> HTTPStatus:
    """Give the status of a kind of error."""
    return next((STATUSES[known] for known in kind.__mro__ if known in STATUSES), HTTPStatus.INTERNAL_SERVER_ERROR)


def _body(status: HTTPStatus, code: str, detail: str, path: str) -> dict[str, Any]:
    return {
        "type": f"urn:cube-server:error:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "instance": path,
    }
