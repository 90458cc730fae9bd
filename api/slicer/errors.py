"""Mistakes in the shapes that clients of the Slicer API know."""

from __future__ import annotations

from typing import Any


class SlicerError(Exception):
    """What is answered in place of a result.

    Attributes:
        status: The HTTP status.
        body: The JSON body: `error` is a kind with a `message` beside it, or an object with `message` and `type`.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def mistake(message: str, *, kind: str = "unknown_user_error", hint: str = "") -> SlicerError:
    """Make the error of a question that names or combines things wrongly."""
    return SlicerError(400, {"error": kind, "message": message} | ({"hint": hint} if hint else {}))


def hierarchy_mistake(message: str, *, hint: str = "") -> SlicerError:
    """Make the error of a path, level or hierarchy that does not fit its dimension."""
    return mistake(message, kind="hierarchy", hint=hint)


def missing_object(kind: str, message: str, *, hint: str = "") -> SlicerError:
    """Make the error of a cube or dimension that does not exist."""
    body = {"error": "missing_object", "message": message, "object": None, "object_type": kind}
    return SlicerError(404, body | ({"hint": hint} if hint else {}))


def request_mistake(message: str) -> SlicerError:
    """Make the error of a request that cannot be read."""
    return request_error(400, "request", message)


def object_not_found(kind: str, name: str, message: str) -> SlicerError:
    """Make the error of an address that names something that does not exist."""
    return request_error(404, "object_not_found", message, object=name, object_type=kind)


def request_error(status: int, kind: str, message: str, **details: str) -> SlicerError:
    """Make an error of the request itself, whatever it asks."""
    return SlicerError(status, {"error": {"message": message, "type": kind, **details}})


def server_fault(hint: str, *, status: int = 500) -> SlicerError:
    """Make the error of a model that cannot be used as it says, or of a fault of ours."""
    body = {"error": "internal_server_error", "message": "Internal server error", "hint": hint}
    return SlicerError(status, body)
