"""Runs of the benchmark for people: tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import geometric_mean, median

from rich.console import Console
from rich.table import Table

from benchmarks.ssb.results import GROWTH, SPEEDUP, Run, Timed


def show(run: Run, console: Console) -> None:
    """Print a run."""
    for table in (_queries(run), _rollups(run), _stored(run)):
        console.print(table)


def show_growth(runs: Sequence[Run], console: Console) -> None:
    """Print how times grow from each run to the next."""
    for smaller, larger in pairwise(runs):
        growth, lines = larger.growth_from(smaller), larger.stored.lines / smaller.stored.lines
        told = f"From SF{smaller.scale:g} to SF{larger.scale:g}: {lines:.1f} times the lines"
        console.print(f"{told}, {growth:.1f} times as long (promised for ten times: at most {GROWTH:g}).")


def _queries(run: Run) -> Table:
    names = tuple(run.queries[0].peers)
    table = Table(title=f"SSB SF{run.scale:g}: milliseconds, median of {run.rounds}", caption=_summary(run))
    table.add_column("query")
    columns = ("cube-server", *names, "DuckDB / ours", "by attribute", "attribute / range")
    for column in columns:
        table.add_column(column, justify="right")
    for query in run.queries:
        times = (query.ours, *(query.peers[name] for name in names), query.speedup, query.by_attribute)
        table.add_row(query.query, *(f"{time:.2f}" for time in times), f"{query.by_attribute / query.ours:.2f}")
    return table


def _rollups(run: Run) -> Table:
    covered = run.covered
    table = Table(title="with the rollups that the engine chooses", caption=_covered(covered))
    table.add_column("query")
    for column in ("cube-server", "DuckDB / ours"):
        table.add_column(column, justify="right")
    table.add_column("answered from")
    for query in run.queries:
        told = query.uncovered or query.source
        table.add_row(query.query, f"{query.by_rollups:.2f}", f"{query.rolled_speedup:.2f}", told)
    return table


def _covered(covered: tuple[Timed, ...]) -> str:
    if not covered:
        return "no query is covered"
    speedup = geometric_mean(query.rolled_speedup for query in covered)
    middle = median(query.by_rollups for query in covered)
    return f"{len(covered)} covered: median {middle:.2f} ms, {speedup:.1f} times as fast as DuckDB (geometric mean)"


def _summary(run: Run) -> str:
    slower = f"slower in {', '.join(run.slower)}" if run.slower else "slower in none"
    return f"{run.speedup:.2f} times as fast as DuckDB (geometric mean; promised: {SPEEDUP:g}), {slower}"


def _stored(run: Run) -> Table:
    table = Table("SSB stored", "measured")
    for what, value in _facts(run):
        table.add_row(what, value)
    return table


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    stored = run.stored
    rate = stored.lines / stored.load_seconds
    yield "lines", f"{stored.lines:,}"
    yield "load", f"{stored.load_seconds:.1f} s, {rate / 1e6:.2f} M rows/s, at most {stored.load_mebibytes:,.0f} MiB"
    yield "bytes a line", f"{stored.bytes_a_line:.1f} in Parquet, {stored.encoded_bytes_a_line:.1f} encoded"
    yield "open", f"{stored.open_milliseconds:,.0f} ms, first answer {stored.first_milliseconds:,.0f} ms after"
    yield "resident", f"{stored.mebibytes:,.0f} MiB after all queries, {stored.import_mebibytes:,.0f} before any"
