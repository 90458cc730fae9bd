"""`cube-server query`: ask a warehouse without a server, or a running server."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.question import Question, asking
from cube_server.progress import counted

if TYPE_CHECKING:
    from rich.text import Text

    from api.settings import Settings
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
  cube-server query sales --rows time.month --server http://127.0.0.1:8000
"""

ROWS_OF_A_TABLE = 50
"""How many rows a table shows unless asked otherwise; its last line tells of the others."""


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    ARROW = "arrow"
    PARQUET = "parquet"


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
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="CUBE_SERVER", help="Ask this running server instead of a warehouse."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", envvar="CUBE_API_KEY", help="The key that the server wants.")
    ] = None,
) -> None:
    """Ask a warehouse without a server, or a running server; the options are those of the HTTP API.

    A table shows 50 rows unless --limit says otherwise; data is whole unless it does. What is left out is told.
    """
    request = question.request()
    if format is Format.TABLE and request.limit is None and question.limit is None:
        request = request.model_copy(update={"limit": ROWS_OF_A_TABLE})
    if server is None:
        _ask_warehouse(request, question.settings(), format, output, lang)
    else:
        _ask_server(request, server, key, format, output, lang)


def _ask_server(
    request: QueryRequest, server: str, key: str | None, format: Format, output: Path | None, language: Language
) -> None:
    from cube_server.cli.console import save, say
    from cube_server.cli.remote import asked, remote_grid

    started = time.perf_counter()
    wanted = "cellset" if format is Format.TABLE else format.value
    with asked(server, key, request, wanted, language) as response:
        if format is not Format.TABLE:
            if response.headers["x-truncated"] == "true":
                say(f"A page: {response.headers['x-total-rows']} rows in all · {response.headers['x-cube-snapshot']}")
            save(chain(response.iter_bytes(), [b"\n"] if format is Format.JSON else ()), output)
            return
        response.read()
        document = response.json()
    rows = document["axes"]["rows"]
    part = _Part(len(rows["tuples"]), rows["total"], request.offset, document["meta"]["snapshot"])
    footer = _footer(part, time.perf_counter() - started)
    _show(remote_grid(document, language).append("\n" + footer), output)


def _ask_warehouse(
    request: QueryRequest, settings: Settings, format: Format, output: Path | None, language: Language
) -> None:
    from cube_server.cli.console import save, say
    from cube_server.cli.grid import grid
    from cube_server.engine import Engine

    engine = Engine.open(settings.model, settings.place, settings.limits, settings.rollups_there)
    started = time.perf_counter()
    cells = engine.query(request)
    part = _Part(len(cells.rows), cells.rows.total, request.offset, cells.snapshot)
    footer = _footer(part, time.perf_counter() - started)
    if format is Format.TABLE:
        _show(grid(cells, language=language).append("\n" + footer), output)
        return
    if cells.is_page:
        say(footer)
    save(_data(cells, format, settings.limits), output)


def _show(table: Text, output: Path | None) -> None:
    from cube_server.cli.console import save, show

    if output is None:
        show(table)
    else:
        save([f"{table}\n".encode()], output)


def _data(cells: CellSet, format: Format, limits: Limits) -> Iterable[bytes]:
    """Write the same bytes as the server does."""
    from api.formats.arrow import write_arrow
    from api.formats.csv import write_csv
    from api.formats.json import write_records
    from api.formats.parquet import write_parquet
    from api.formats.table import cells_table
    from cube_server.budget import Budget

    table = cells_table(cells, Budget(limits))
    if format is Format.JSON:
        return chain(write_records(table.records()), [b"\n"])
    if format is Format.PARQUET:
        return write_parquet(table, {"cube": cells.cube.name, "snapshot": cells.snapshot})
    return write_csv(table) if format is Format.CSV else write_arrow(table)


@dataclass(frozen=True, slots=True)
class _Part:
    """How much of an answer is shown."""

    shown: int
    total: int
    offset: int
    snapshot: str


def _footer(part: _Part, seconds: float) -> str:
    """Tell how much of the answer a table shows, so that no row is left out silently."""
    rest = part.total - part.offset - part.shown
    parts = (
        f"{part.shown:,} of {counted(part.total, 'row')}",
        f"{part.offset:,} before" if part.offset else "",
        f"{rest:,} more: --limit all shows them" if rest > 0 else "",
        f"snapshot {part.snapshot}",
        f"{seconds * 1000:,.0f} ms",
    )
    return " · ".join(part for part in parts if part)
