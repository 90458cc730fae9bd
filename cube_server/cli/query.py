"""`cube-server query`: ask a warehouse without a server."""

from __future__ import annotations

import time
from collections.abc import Iterable
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.question import Question, asking

if TYPE_CHECKING:
    from rich.text import Text

    from cube_server.budget import Limits
    from cube_server.query.request import QueryRequest
    from cube_server.result.cellset import CellSet

EXAMPLES = """
[bold]Examples[/bold]
  cube-server query sales
  cube-server query sales --rows product.department --order -sales --totals rows
  cube-server query sales --rows product.category --cut product.department:GROCERY
  cube-server query sales --rows time.month --columns customer.age --measures baskets
  cube-server query sales --rows time.month --format csv --output months.csv
"""

ROWS_OF_A_TABLE = 50
"""How many rows a table shows unless asked otherwise; its last line tells of the others."""


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    ARROW = "arrow"


class Language(StrEnum):
    """The languages of labels."""

    EN = "en"
    KO = "ko"


@asking
def query(
    question: Question,
    format: Annotated[Format, typer.Option(help="A table to read, or data for programs.")] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write to this file, not to stdout.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="The language of a table's labels.")] = Language.EN,
) -> None:
    """Ask a warehouse without a server; the options are those of the HTTP API.

    A table shows 50 rows unless --limit says otherwise; data is whole unless it does. What is left out is told.
    """
    from cube_server.cli.console import save, say, show
    from cube_server.engine import Engine

    request, settings = question.request(), question.settings()
    if format is Format.TABLE and request.limit is None and question.limit is None:
        request = request.model_copy(update={"limit": ROWS_OF_A_TABLE})
    engine = Engine.open(settings.model, settings.warehouse, settings.limits)
    started = time.perf_counter()
    cells = engine.query(request)
    seconds = time.perf_counter() - started
    if format is not Format.TABLE:
        if cells.is_page:
            say(_footer(cells, request.offset, seconds))
        save(_data(cells, format, settings.limits), output)
    elif output is None:
        show(_table(cells, request, seconds, lang))
    else:
        save([f"{_table(cells, request, seconds, lang)}\n".encode()], output)


def _table(cells: CellSet, request: QueryRequest, seconds: float, language: Language) -> Text:
    from cube_server.cli.grid import grid

    return grid(cells, language=language).append("\n" + _footer(cells, request.offset, seconds))


def _data(cells: CellSet, format: Format, limits: Limits) -> Iterable[bytes]:
    """Write the same bytes as the server does."""
    from api.formats.arrow import write_arrow
    from api.formats.csv import write_csv
    from api.formats.json import write_records
    from api.formats.table import cells_table
    from cube_server.budget import Budget

    table = cells_table(cells, Budget(limits))
    if format is Format.JSON:
        return chain(write_records(table.records()), [b"\n"])
    return write_csv(table) if format is Format.CSV else write_arrow(table)


def _footer(cells: CellSet, offset: int, seconds: float) -> str:
    """Tell how much of the answer a table shows, so that no row is left out silently."""
    shown, total = len(cells.rows), cells.rows.total
    rest = total - offset - shown
    parts = (
        f"{shown:,} of {total:,} {'row' if total == 1 else 'rows'}",
        f"{offset:,} before" if offset else "",
        f"{rest:,} more: --limit all shows them" if rest > 0 else "",
        f"snapshot {cells.snapshot}",
        f"{seconds * 1000:,.0f} ms",
    )
    return " · ".join(part for part in parts if part)
