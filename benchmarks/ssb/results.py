"""What one run of the benchmark measured, as values and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import geometric_mean

FOLDER = Path(__file__).parents[1] / "results"

SPEEDUP = 2.5
"""How many times as fast as DuckDB the queries shall be, in the geometric mean."""

GROWTH = 11.0
"""How many times as long ten times the lines may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One query's median times in milliseconds.

    Attributes:
        query: Its name.
        ours: The engine's.
        by_attribute: The engine's where the cut members lie scattered among the leaves, so that no filter is a range.
        by_rollups: The engine's with the rollups that it chooses for these queries.
        source: What answered then.
        uncovered: Why facts were scanned even so; empty where they were not.
        peers: The peers', by name.
    """

    query: str
    ours: float
    by_attribute: float
    by_rollups: float
    source: str
    uncovered: str
    peers: Mapping[str, float]

    @property
    def speedup(self) -> float:
        """How many times as fast as DuckDB we are."""
        return self.peers["DuckDB"] / self.ours

    @property
    def rolled_speedup(self) -> float:
        """How many times as fast as DuckDB rollups are."""
        return self.peers["DuckDB"] / self.by_rollups


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What loading and opening took.

    Attributes:
        lines: How many lines there are.
        load_seconds: From the Parquet files to a visible snapshot, in a process of its own.
        load_mebibytes: The most memory that it had.
        bytes_a_line: Of the warehouse's files of lines.
        encoded_bytes_a_line: Of what the engine scans.
        open_milliseconds: From nothing but the imports to an open snapshot.
        first_milliseconds: Then to the first answer.
        mebibytes: Resident memory after all queries.
        import_mebibytes: Resident memory before anything was opened.
    """

    lines: int
    load_seconds: float
    load_mebibytes: float
    bytes_a_line: float
    encoded_bytes_a_line: float
    open_milliseconds: float
    first_milliseconds: float
    mebibytes: float
    import_mebibytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scale factor, all in one run."""

    machine: Mapping[str, str]
    scale: float
    rounds: int
    stored: Stored
    queries: tuple[Timed, ...]

    @property
    def speedup(self) -> float:
        """The geometric mean of how many times as fast as DuckDB we are."""
        return geometric_mean(query.speedup for query in self.queries)

    @property
    def slower(self) -> tuple[str, ...]:
        """The queries that DuckDB answers sooner."""
        return tuple(query.query for query in self.queries if query.speedup < 1)

    @property
    def covered(self) -> tuple[Timed, ...]:
        """The queries that rollups answer."""
        return tuple(query for query in self.queries if not query.uncovered)

    def growth_from(self, smaller: Run) -> float:
        """Tell how many times as long as at a smaller scale the queries take together."""
        return sum(query.ours for query in self.queries) / sum(query.ours for query in smaller.queries)

    def write(self, folder: Path = FOLDER) -> None:
        """Write the JSON file."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**asdict(self), "speedup": self.speedup}, indent=2)
        (folder / f"ssb-sf{self.scale:g}.json").write_text(text + "\n", encoding="utf-8")
