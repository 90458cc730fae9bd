"""`python -m benchmarks pushdown`: the Star Schema Benchmark where the facts live, beside SQL typed by hand."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.pushdown.results import OVERHEAD, SPEEDUP, Measured, Run
from benchmarks.pushdown.timing import run

_COLUMNS = (
    *("served", "engine", "its SQL", "overhead", "of engine", "of HTTP"),
    *("star join", "engine / join", "by rollups", "join / rollup"),
)


def main(arguments: list[str]) -> int:
    """Run the benchmark at one scale; return the exit code."""
    options = _parser().parse_args(arguments)
    with TemporaryDirectory(prefix="cube-server-pushdown-", dir=options.folder) as folder:
        done = run(options.sf, Path(folder), options.rounds)
    console = Console(width=150)
    for database in done.databases:
        console.print(_queries(done, database))
        if database.rollups:
            console.print(_rollups(database))
    if options.keep:
        done.write()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks pushdown", description="SSB where the facts live.")
    parser.add_argument("--sf", type=float, default=1.0, help="the scale factor (1)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each query is asked of PostgreSQL (15)")
    parser.add_argument("--folder", help="where the tables lie meanwhile, by default with other temporary files")
    parser.add_argument("--keep", action="store_true", help="write the numbers to benchmarks/results/pushdown-sf*.json")
    return parser


def _queries(done: Run, database: Measured) -> Table:
    over = ", ".join(query.query for query in database.over)
    goal = f"not on {over}" if over else "holds"
    caption = f"overhead: median {database.overhead:.1f} ms over HTTP (promised: under {OVERHEAD:g} on each; {goal}), "
    caption += f"{database.inner:.1f} ms of the engine, {database.cpu:.1f} ms of the processor"
    if database.covered:
        caption += (
            f"; rollups: {database.speedup:.1f} times as fast as star joins on {len(database.covered)} queries "
            f"(geometric mean), {_told(database)}"
        )
    title = f"{database.title}, SSB SF{done.scale:g}: milliseconds, median of {database.rounds}"
    table = Table(title=title, caption=caption)
    table.add_column("query")
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    table.add_column("answered from")
    for query in database.queries:
        times = (query.served, query.ours, query.statement, query.overhead, query.inner, query.http)
        rolled = (f"{query.by_rollups:.1f}", f"{query.speedup:.1f}") if query.by_rollups else ("", "")
        joined = (f"{query.star_join:.1f}", f"{query.ours / query.star_join:.2f}")
        table.add_row(query.query, *(f"{time:.1f}" for time in times), *joined, *rolled, query.source)
    return table


def _told(database: Measured) -> str:
    """Tell whether each query that rollups answer is as fast as was promised."""
    least = min(database.covered, key=lambda query: query.speedup)
    slow = ", ".join(query.query for query in database.slow)
    goal = f"not on {slow}" if slow else "holds"
    return f"least {least.speedup:.1f} on {least.query} (promised: {SPEEDUP:g} on each; {goal})"


def _rollups(database: Measured) -> Table:
    table = Table(title="rollups")
    for column in ("rollup", "rows", "made in seconds"):
        table.add_column(column, justify="left" if column == "rollup" else "right")
    for one in database.rollups:
        table.add_row(one.name, f"{one.rows:,}", f"{one.seconds:.1f}")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
