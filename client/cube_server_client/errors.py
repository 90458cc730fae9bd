"""What can go wrong, as exceptions that say what the server said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CubeServerError(Exception):
    """A server refused or failed to answer.

    Attributes:
        status: The HTTP status.
        code: The server's stable code, such as `invalid_query`.
        message: What is wrong.
        hint: What to do about it.
        issues: Every mistake with its place, its message and its own hint.
        id: Of a fault: the server's log tells more under it.
    """

    def __init__(self, problem: Mapping[str, Any], status: int = 0) -> None:
        self.status = int(problem.get("status", status))
        self.code = str(problem.get("code", ""))
        self.message = str(problem.get("detail", "The server gave no reason."))
        self.hint = str(problem.get("hint", ""))
        self.issues: list[dict[str, str]] = list(problem.get("issues", ()))
        self.id: str | None = problem.get("id")
        super().__init__(self._text())

    def _text(self) -> str:
        issues = [" ".join(filter(None, (_at(issue), issue["message"], issue["hint"]))) for issue in self.issues]
        whole = " ".join(filter(None, (self.message, self.hint)))
        return "\n".join([whole, *issues]) + (f" (id {self.id})" if self.id else "")


def _at(issue: Mapping[str, str]) -> str:
    return f"{issue['place']}:" if issue.get("place") else ""


class InvalidQueryError(CubeServerError):
    """The question is wrong; `issues` lists every mistake."""


class NotFoundError(CubeServerError):
    """There is no such cube, snapshot or report."""


class UnauthorizedError(CubeServerError):
    """The key is missing or wrong."""


class LimitError(CubeServerError):
    """The answer would be larger than the server allows."""


class BusyError(CubeServerError):
    """The server has no time now, or nothing loaded; it was asked again before this was raised."""


class FaultError(CubeServerError):
    """The server failed."""


class ConnectionFailedError(CubeServerError):
    """No answer came."""

    def __init__(self, url: str, reason: Exception) -> None:
        hint = "Is the server running, and is the address right?"
        super().__init__({"code": "connection_failed", "detail": f"No answer from {url}: {reason}.", "hint": hint})


_BY_STATUS: Mapping[int, type[CubeServerError]] = {
    400: InvalidQueryError,
    401: UnauthorizedError,
    404: NotFoundError,
    422: LimitError,
    503: BusyError,
}


def error_of(status: int, problem: Mapping[str, Any]) -> CubeServerError:
    """Make the exception for an answer that is none.

    Args:
        status: The HTTP status.
        problem: The body (RFC 9457), empty if there was none.
    """
    kind = _BY_STATUS.get(status, FaultError if status >= 500 else CubeServerError)
    return kind(problem, status)
