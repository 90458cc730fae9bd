"""How far facts reach into the members of a level of time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Which periods the facts do not cover to their end, so that they cannot be compared with whole ones.

    Attributes:
        last_day: The last day with facts.
        incomplete: By member code of the level: whether its period ends after that day (Boolean).
    """

    last_day: dt.date
    incomplete: pl.Series
