"""Which requests make the engine compute: those that wait their turn, and end when their client leaves."""

from __future__ import annotations

from starlette.types import Scope

_PREFIXES = ("/api/v1/cubes/", "/r/", "/slicer/")


def is_computed(scope: Scope) -> bool:
    """Tell whether a request may need a query."""
    return scope["type"] == "http" and str(scope["path"]).startswith(_PREFIXES)
