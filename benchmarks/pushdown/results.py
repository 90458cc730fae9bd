"""What one run measured, as values and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import geometric_mean, median

FOLDER = Path(__file__).parents[1] / "results"

OVERHEAD = 5.0
"""The most milliseconds that a query may take beside its own statement."""

SPEEDUP = 10.0
"""How many times as fast as PostgreSQL's star joins its rollups shall be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One query's median times in milliseconds.

    Attributes:
        query: Its name.
        served: From the request to the answer's last byte, over HTTP.
        ours: From the request to the cell set, in this process.
        statement: The very statement that we send, typed by hand.
        overhead: What the server takes beside the database: the median over rounds of how much longer it took in the
            same one. The database's own time, which varies by more than that from round to round, is taken off both by
            its own clock; where it has none this is the sum of the next two, round by round.
        inner: What the engine takes beside the database, asked in this process.
        http: What HTTP and JSON take: all but what the server tells of its query.
        cpu: The same of the processors' time in this process: it does not vary as a database's answers do.
        star_join: The star join that a person would write.
        by_rollups: From the request to the cell set, where there are rollups; None where none are made.
        source: What answered then.
    """

    query: str
    served: float
    ours: float
    statement: float
    overhead: float
    inner: float
    http: float
    cpu: float
    star_join: float
    by_rollups: float | None
    source: str

    @property
    def is_covered(self) -> bool:
        """Whether a rollup answered."""
        return self.by_rollups is not None and self.source != "scan"

    @property
    def speedup(self) -> float:
        """How many times as fast as the star join rollups are."""
        return self.star_join / self.by_rollups if self.by_rollups else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """A rollup that was made: its rows, and the seconds that it took."""

    name: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One database, and how often each query was asked."""

    title: str
    rounds: int
    queries: tuple[Timed, ...]
    rollups: tuple[Rolled, ...]

    @property
    def overhead(self) -> float:
        """The median of what the server takes beside the database."""
        return median(query.overhead for query in self.queries)

    @property
    def inner(self) -> float:
        """The median of what the engine takes beside the database."""
        return median(query.inner for query in self.queries)

    @property
    def over(self) -> tuple[Timed, ...]:
        """The queries that take `OVERHEAD` and more."""
        return tuple(query for query in self.queries if query.overhead >= OVERHEAD)

    @property
    def cpu(self) -> float:
        """The median of the processor's time that we take beside the database and its driver."""
        return median(query.cpu for query in self.queries)

    @property
    def summary(self) -> Mapping[str, object]:
        """What was promised, and what was seen."""
        overheads = {"overhead": self.overhead, "inner": self.inner, "cpu": self.cpu}
        over, slow = ([part.query for part in parts] for parts in (self.over, self.slow))
        return {**overheads, "over": over, "speedup": self.speedup, "covered": len(self.covered), "slow": slow}

    @property
    def covered(self) -> tuple[Timed, ...]:
        """The queries that rollups answer."""
        return tuple(query for query in self.queries if query.is_covered)

    @property
    def slow(self) -> tuple[Timed, ...]:
        """The covered queries that rollups answer less than `SPEEDUP` times as fast as star joins do."""
        return tuple(query for query in self.covered if query.speedup < SPEEDUP)

    @property
    def speedup(self) -> float:
        """The geometric mean of how many times as fast as star joins rollups are, on the queries that they cover."""
        return geometric_mean(query.speedup for query in self.covered) if self.covered else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All databases in one run."""

    machine: Mapping[str, str]
    scale: float
    settings: Mapping[str, object]
    databases: tuple[Measured, ...]

    def write(self, folder: Path = FOLDER) -> None:
        """Write the JSON file."""
        folder.mkdir(parents=True, exist_ok=True)
        found = {one.title: one.summary for one in self.databases}
        text = json.dumps({**asdict(self), "summary": found}, indent=2)
        (folder / f"pushdown-sf{self.scale:g}.json").write_text(text + "\n", encoding="utf-8")
