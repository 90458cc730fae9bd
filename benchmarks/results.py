"""What was measured, as values and as the JSON file that they are kept in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

PATH = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question's median times in milliseconds."""

    question: str
    ours: float
    duckdb: float
    target: float | None

    @property
    def ratio(self) -> float:
        """How many times as long as DuckDB we take: below 1 we are faster."""
        return self.ours / self.duckdb

    @property
    def is_good(self) -> bool:
        """Whether the promise is kept."""
        return self.target is None or self.ours < self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One number of the served sample, and the most that was promised."""

    what: str
    value: float
    unit: str
    target: float | None

    @property
    def is_good(self) -> bool:
        """Whether the promise is kept."""
        return self.target is None or self.value < self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One run.

    Attributes:
        machine: What it ran on, by name.
        rounds: How often each question was asked.
        service: The served sample.
        answers: The questions in process.
        cases: The business cases over HTTP.
    """

    machine: dict[str, str]
    rounds: int
    service: tuple[Service, ...]
    answers: tuple[Answer, ...]
    cases: tuple[Answer, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether every promise is kept."""
        parts: tuple[Service | Answer, ...] = (*self.service, *self.answers, *self.cases)
        return all(part.is_good for part in parts)

    def write(self, path: Path = PATH) -> None:
        """Write the JSON file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def read_results(path: Path = PATH) -> Results:
    """Read the JSON file that `Results.write` wrote."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Results(
        machine=raw["machine"],
        rounds=raw["rounds"],
        service=tuple(Service(**part) for part in raw["service"]),
        answers=tuple(Answer(**part) for part in raw["answers"]),
        # Runs before there were cases have none.
        cases=tuple(Answer(**part) for part in raw.get("cases", ())),
    )
