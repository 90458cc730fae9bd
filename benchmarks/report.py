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


def show(results: Results, console: Console) -> None:
    """Print the tables."""
    for columns, rows in _tables(results):
        table = Table()
        for place, name in enumerate(columns):
            table.add_column(name, justify="right" if place else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)


def page_text(results: Results) -> str:
    """Write the Markdown page."""
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    head = f"# What was measured\n\nWritten by `make bench`; never by hand.\n\nOn: {machine}.\n"
    return "\n".join([head, *(_markdown(columns, rows) for columns, rows in _tables(results)), _NOTE])


_NOTE = """\
The ratio is our time divided by DuckDB's: below 1 we are faster. Both computed every answer anew from data in memory,
in turns, and their answers were compared first. DuckDB has two threads; the engine works on one most of the time. The
engine's time runs from the request's names to the cell set, DuckDB's from the SQL text to an Arrow table.
"""


def _tables(results: Results) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    if results.service:
        yield _SERVICE_COLUMNS, [_service_row(part) for part in results.service]
    if results.answers:
        yield _ANSWER_COLUMNS, [_answer_row(part) for part in results.answers]


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
