"""`python -m benchmarks`: measure, print, and write benchmarks/results/. Exits with 1 where a promise is not kept.

`python -m benchmarks ssb` runs the Star Schema Benchmark instead, `pushdown` the same where the facts live, in DuckDB
and PostgreSQL, `profitability` asks what customers are worth, `log` the drill log over HTTP, `loads` full loads beside
peers, `sources` loads from files and PostgreSQL, `increments` a day's load into a year, `drafts` a stranger's data up
to the first answer; `cases`, `answers` or `service` run a part.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.answering import time_answers
from benchmarks.cases import time_cases
from benchmarks.drafts import main as drafts
from benchmarks.increments import main as increments
from benchmarks.loads import main as loads
from benchmarks.machine import describe_machine
from benchmarks.panel_log.__main__ import main as log
from benchmarks.profitability.__main__ import main as profitability
from benchmarks.pushdown.__main__ import main as pushdown
from benchmarks.report import PAGE, page_text, show
from benchmarks.results import Results
from benchmarks.sample import prepare
from benchmarks.serving import measure_service
from benchmarks.sources import main as sources
from benchmarks.ssb.__main__ import main as ssb

_OTHERS = {
    "ssb": ssb,
    "profitability": profitability,
    "log": log,
    "loads": loads,
    "sources": sources,
    "increments": increments,
    "drafts": drafts,
    "pushdown": pushdown,
}
"""Benchmarks with options and results of their own."""


def main(arguments: list[str]) -> int:
    """Run the benchmarks; return the exit code."""
    if arguments and arguments[0] in _OTHERS:
        return _OTHERS[arguments[0]](arguments[1:])
    options = _parser().parse_args(arguments)
    console = Console()
    with TemporaryDirectory(prefix="cube-server-bench-") as folder:
        service = measure_service(_new(folder, "served")) if options.only in (None, "service") else ()
        sample = None if options.only == "service" else prepare(_new(folder, "sample"))
        answers = time_answers(sample, options.rounds) if sample and options.only != "cases" else ()
        cases = time_cases(sample, options.rounds) if sample and options.only != "answers" else ()
    results = Results(machine=describe_machine(), rounds=options.rounds, service=service, answers=answers, cases=cases)
    show(results, console)
    if options.only is None:
        results.write()
        PAGE.write_text(page_text(results), encoding="utf-8")
    return 0 if results.is_good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the docs quote.")
    parser.add_argument("--rounds", type=int, default=20, help="how often each question is asked (20)")
    parser.add_argument(
        "only", nargs="?", choices=["answers", "cases", "service"], help="a part of it; writes no results"
    )
    return parser


def _new(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
