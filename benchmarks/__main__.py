"""`python -m benchmarks`: measure, print, and write benchmarks/results/. Exits with 1 where a promise is not kept."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.answering import time_answers
from benchmarks.machine import describe_machine
from benchmarks.report import PAGE, page_text, show
from benchmarks.results import Results
from benchmarks.sample import prepare
from benchmarks.serving import measure_service


def main(arguments: list[str]) -> int:
    """Run the benchmarks; return the exit code."""
    options = _parser().parse_args(arguments)
    console = Console()
    with TemporaryDirectory(prefix="cube-server-bench-") as folder:
        service = () if options.only == "answers" else measure_service(_new(folder, "served"))
        answers = () if options.only == "service" else time_answers(prepare(_new(folder, "sample")), options.rounds)
    results = Results(machine=describe_machine(), rounds=options.rounds, service=service, answers=answers)
    show(results, console)
    if options.only is None:
        results.write()
        PAGE.write_text(page_text(results), encoding="utf-8")
    return 0 if results.is_good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the docs quote.")
    parser.add_argument("--rounds", type=int, default=50, help="how often each question is asked (50)")
    parser.add_argument("--only", choices=["answers", "service"], help="a part of it; writes no results")
    return parser


def _new(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
