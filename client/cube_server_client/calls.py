"""Calls to the server as values: what to ask, and how to read the answer. How they travel is another matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)

API = "/api/v1"

RETRIED = frozenset({429, 502, 503, 504})
"""The statuses after which a question is asked again: questions change nothing, so that asking twice is safe."""

_LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the body, and the headers by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T_co]):
    """One request.

    Attributes:
        path: Below the server's root.
        read: Makes the value of a good reply.
        parameters: Of the address.
        json: The body of a POST; None for a GET.
    """

    path: str
    read: Callable[[Reply], T_co]
    parameters: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None

    @property
    def method(self) -> str:
        """GET, or POST where there is a body."""
        return "GET" if self.json is None else "POST"


def wait_before(attempt: int, headers: Mapping[str, str]) -> float:
    """Tell how many seconds to wait before asking again: as the server says, else twice as long each time.

    >>> wait_before(0, {"retry-after": "5"}), wait_before(0, {}), wait_before(3, {})
    (5.0, 0.25, 2.0)
    """
    asked = headers.get("retry-after", "")
    return min(float(asked) if asked.isdigit() else 0.25 * 2**attempt, _LONGEST_WAIT)
