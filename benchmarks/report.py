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
    return "\n".join(
        [head, *(_markdown(columns, rows) for columns, rows in _tables(results)), _NOTE, *_slower(results.cases)]
    )


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
some); all else is computed anew.
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
