"""Results for people: as tables on a terminal, and as the Markdown page that the docs link to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.results import Answer, Results, Service

PAGE = Path(__file__).parent / "results" / "README.md"

_SERVICE_COLUMNS = ("the served sample", "measured", "promised")
_ANSWER_COLUMNS = ("in process, median", "cube-server", "DuckDB", "ratio", "promised")
_CASE_COLUMNS = ("business case over HTTP, warm, median", "cube-server", "DuckDB", "ratio", "promised")


def show(results: Results, console: Console) -> None:
    """Print the tables."""
    for columns, rows in _tables(results):
        table = Table()
        for place, name in enumerate(columns):
            table.add_column(name, justify="right" if place else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for note in _slower(results.cases):
        console.print(note)


def page_text(results: Results) -> str:
    """Write the Markdown page."""
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    head = f"# What was measured\n\nWritten by `make bench`; never by hand.\n\nOn: {machine}.\n"
    tables = (_markdown(columns, rows) for columns, rows in _tables(results))
    return "\n".join([head, *tables, _NOTE, *_slower(results.cases), _OTHERS])


_NOTE = """\
The ratio is our time divided by DuckDB's: below 1 we are faster. Both computed every answer anew from data in memory,
in turns, and their answers were compared first. DuckDB has two threads; the engine works on one most of the time. The
engine's time runs from the request's names to the cell set, DuckDB's from the SQL text to an Arrow table.
"""


def _slower(cases: tuple[Answer, ...]) -> Iterator[str]:
    """Say of which cases DuckDB has the answer sooner."""
    if cases:
        slower = [f"{part.question.partition(':')[0]} ({part.ratio:.1f} times)" for part in cases if part.ratio > 1]
        told = f"slower than DuckDB in {', '.join(slower)}" if slower else "slower than DuckDB in none"
        yield f"{_CASES_NOTE}Of {len(cases)} cases we are {told}.\n"


_CASES_NOTE = """\
Business cases are those of tests/panel: one POST each to a server in a process of its own, whose whole answer is
read as JSON. DuckDB gives Arrow in this process, from its own tables, so HTTP and JSON are in our time alone. The
server keeps values of derived attributes and sets between questions (cj21, cj23, cj24, cj34 and pairs_of_products have
some); all else is computed anew: its caches and rollups are off.
"""

_OTHERS = """\
## What else is measured

Each by one command, which prints tables of one run; raw numbers are in the files beside this one.

- `make bench`: this page, and `latest.json`; `python -m benchmarks cases`, `answers` or `service` run a part, and write
  nothing.
- `python -m benchmarks log` (`panel_log.json`): the drill log, 200 requests of the page, asked by 1, 8 and 32
  connections, each asking all of them from another step on, of a server begun anew for each number; then once more; and
  one kept answer by `wrk`. Settings are those that a server has by itself: caches are on, rollups are made meanwhile.
- `python -m benchmarks profitability` (`profitability.json`): 5,940,000 accounts of 66,000 customers, 1,000 products
  and 36 months, beside DuckDB, without rollups.
- `python -m benchmarks ssb --keep` (`ssb-sf1.json`): the Star Schema Benchmark.
- `python -m benchmarks sources --keep` (`sources.json`), `loads`, `increments`: loading.
"""


def _tables(results: Results) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    if results.service:
        yield _SERVICE_COLUMNS, [_service_row(part) for part in results.service]
    if results.answers:
        yield _ANSWER_COLUMNS, [_answer_row(part) for part in results.answers]
    if results.cases:
        yield _CASE_COLUMNS, [_answer_row(part) for part in results.cases]


def _service_row(part: Service) -> tuple[str, ...]:
    digits = 1 if part.unit == "s" else 0
    promised = "" if part.target is None else f"< {part.target:,.0f} {part.unit}"
    return part.what, f"{part.value:,.{digits}f} {part.unit}", promised + _missed(part.is_good)


def _answer_row(part: Answer) -> tuple[str, ...]:
    promised = "" if part.target is None else f"< {part.target:,.0f} ms"
    times = (f"{part.ours:,.1f} ms", f"{part.duckdb:,.1f} ms", f"{part.ratio:.2f}")
    return part.question, *times, promised + _missed(part.is_good)


def _missed(is_good: bool) -> str:
    return "" if is_good else " (missed)"


def _markdown(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    ruler = ["---", *["---:"] * (len(columns) - 1)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [columns, ruler, *rows])
