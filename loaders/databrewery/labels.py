"""Labels that Cubes makes where a model gives none."""

from __future__ import annotations

from collections.abc import Iterable

from .specs import Measure

_OF_FUNCTIONS = {
    "sum": "Sum of {}",
    "count": "Record Count",
    "count_nonempty": "Non-empty count of {}",
    "min": "{} Minimum",
    "max": "{} Maximum",
    "avg": "Average of {}",
}


def generated(name: str) -> str:
    """Make a label of a name.

    >>> generated("irbd_balance")
    'Irbd balance'
    """
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def aggregate_label(name: str, function: str | None, measure: str | None, measures: Iterable[Measure]) -> str:
    """Make the label of an aggregate; one without a known function is called by its name."""
    if function not in _OF_FUNCTIONS:
        return name
    spoken = next((part.label for part in measures if part.name == measure and part.label), measure or "")
    return _OF_FUNCTIONS[function].format(spoken)
