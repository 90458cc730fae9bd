"""Moving aggregates: computed along the records of an answer, each over the last few values of another aggregate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import stdev, variance

Window = Sequence[int | float]


def moving(function: str, values: Sequence[int | float | None], size: int) -> list[int | float | None]:
    """Compute a moving aggregate.

    Args:
        function: One of `FUNCTIONS`.
        values: The values of the records, in order.
        size: How many values a window has at most; the first windows have fewer.

    Returns:
        A value a record; None where there is no value in the window. Empty values are passed over.

    >>> moving("sma", [1, 2, 6], 2)
    [1.0, 1.5, 4.0]
    """
    compute = FUNCTIONS[function]
    windows = ([value for value in values[max(0, end - size) : end] if value is not None] for end in _ends(values))
    return [compute(window) if window else None for window in windows]


def _ends(values: Sequence[int | float | None]) -> range:
    return range(1, len(values) + 1)


def _mean(window: Window) -> float:
    return round(sum(window) / len(window), 2)


def _weighted_mean(window: Window) -> float:
    total = len(window) * (len(window) + 1) / 2
    return round(sum(weight * value for weight, value in enumerate(window, 1)) / total, 4)


def _variance(window: Window) -> float:
    return round(variance(window), 2) if len(window) > 1 else 0.0


def _deviation(window: Window) -> float:
    return round(stdev(window), 2) if len(window) > 1 else 0.0


def _relative_deviation(window: Window) -> float | None:
    mean = sum(window) / len(window)
    if len(window) < 2:
        return 0.0
    return round(stdev(window) / mean, 4) if mean else None


FUNCTIONS: Mapping[str, Callable[[Window], int | float | None]] = {
    "sma": _mean,
    "wma": _weighted_mean,
    "sms": sum,
    "smstd": _deviation,
    "smvar": _variance,
    "smrsd": _relative_deviation,
}
"""By name: mean, mean weighted 1 to n, sum, and the sample's deviation, variance and deviation by mean."""
