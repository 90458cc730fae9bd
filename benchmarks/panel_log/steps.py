"""The drill log: 200 requests of the pivot page, recorded while it was used (`record.py`)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

PATH = Path(__file__).parent / "steps.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A request.

    Attributes:
        address: The path with its query string.
        body: The JSON to post; empty for a GET.
    """

    address: str
    body: str


def read_steps() -> tuple[Step, ...]:
    """Read the log, in the order asked."""
    return tuple(Step(**json.loads(line)) for line in PATH.read_text(encoding="utf-8").splitlines())


def write_steps(steps: tuple[Step, ...]) -> None:
    """Write the log."""
    PATH.write_text("".join(json.dumps(asdict(step)) + "\n" for step in steps), encoding="utf-8")
