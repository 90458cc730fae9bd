"""Single values as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

Document = Mapping[str, Any]
"""A JSON object."""


def encode(value: object) -> bytes:
    """Write a value; dates are ISO texts, what is no number is null."""
    return to_json(value, inf_nan_mode="null")
