"""`python -m benchmarks profitability`: what customers are worth, beside DuckDB; every answer is computed."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.agreement import refuse_differences
from benchmarks.machine import describe_machine
from benchmarks.profitability.generation import CUSTOMERS, write_accounts
from benchmarks.profitability.questions import QUESTIONS, Question
from benchmarks.reference import open_reference
from benchmarks.timing import median_milliseconds
from cube_server.backends.embedded.encoding import encode_facts
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.result.flat import flatten
from loaders.pipeline import load

MODEL = Path(__file__).parent / "cubes.json"
PATH = Path(__file__).parent.parent / "results" / "profitability.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """The median milliseconds of one question."""

    question: str
    ours: float
    duckdb: float


def main(arguments: list[str]) -> int:
    """Generate, load, compare, time, print, and write the numbers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks profitability", description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help=f"how many customers ({CUSTOMERS})")
    parser.add_argument("--rounds", type=int, default=10, help="how often each question is asked (10)")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="cube-server-bench-") as folder:
        star, warehouse = Path(folder) / "star", Path(folder) / "warehouse"
        star.mkdir()
        facts = write_accounts(star, customers=options.customers)
        model = read_model(MODEL)
        load(model, str(star), warehouse)
        encode_facts(model, warehouse)
        with open_reference(star) as reference:
            timed = _timed(Engine.open(MODEL, warehouse), reference, options.rounds)
    _show(timed, facts)
    found = {"machine": describe_machine(), "facts": facts, "customers": options.customers, "rounds": options.rounds}
    PATH.write_text(json.dumps({**found, "answers": [asdict(part) for part in timed]}, indent=1) + "\n", "utf-8")
    return 0


def _timed(engine: Engine, reference: duckdb.DuckDBPyConnection, rounds: int) -> list[Timed]:
    for question in QUESTIONS:
        ours = flatten(engine.query(question.request), Budget(Limits()))
        refuse_differences(question.name, ours, pl.DataFrame(reference.sql(question.sql).to_arrow_table()))
    return [_time(question, engine, reference, rounds) for question in QUESTIONS]


def _time(question: Question, engine: Engine, reference: duckdb.DuckDBPyConnection, rounds: int) -> Timed:
    ours, theirs = median_milliseconds(
        lambda: engine.query(question.request),
        lambda: reference.sql(question.sql).to_arrow_table(),
        rounds=rounds,
    )
    return Timed(question=question.name, ours=ours, duckdb=theirs)


def _show(timed: list[Timed], facts: int) -> None:
    table = Table(f"{facts:,} facts, every answer computed", "cube-server", "DuckDB", "times as fast")
    for part in timed:
        ratio = f"{part.duckdb / part.ours:.2f}"
        table.add_row(part.question, f"{part.ours:,.1f} ms", f"{part.duckdb:,.1f} ms", ratio)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
