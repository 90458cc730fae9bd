"""Asking FoodMart: the columns of keys and measures, in the order of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.result.flat import flatten


def ask(
    engine: Engine, cube: str, keys: Sequence[str], measures: Sequence[str], **body: object
) -> list[tuple[Any, ...]]:
    """Ask a cube for measures; `keys` names further columns of the answer."""
    request = QueryRequest.model_validate({"cube": cube, "measures": list(measures), **body})
    return flatten(engine.query(request), Budget(Limits())).select(*keys, *measures).rows()
