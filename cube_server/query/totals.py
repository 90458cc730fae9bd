"""What totals a request asks for."""

from __future__ import annotations

from typing import Literal

from cube_server.query.request import TotalledDoc, TotalsRequest
from cube_server.query.spec import Over


def totals_of(given: TotalledDoc | list[Literal["rows", "columns"]] | TotalsRequest) -> TotalsRequest:
    """Say which totals each axis has."""
    if isinstance(given, TotalsRequest):
        return given
    if isinstance(given, list) and {"rows", "columns"} & set(given):
        return TotalsRequest(rows="rows" in given, columns="columns" in given)
    return TotalsRequest.model_validate({"rows": given, "columns": given})


def totalled_over(given: TotalledDoc) -> tuple[Over, ...]:
    """Say what totals are over, each once: all before the shown."""
    named = ["all"] * given if isinstance(given, bool) else [given] if isinstance(given, str) else given
    return tuple(over for over in Over if over in named)
