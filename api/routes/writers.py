"""The writer of each format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cube_server.budget import Budget

from ..formats.about import About
from ..formats.arrow import write_arrow
from ..formats.csv import write_csv
from ..formats.guard import guarded
from ..formats.html import write_html
from ..formats.json import write_records
from ..formats.parquet import write_parquet
from ..formats.table import Table
from ..formats.xlsx import write_xlsx
from ..formats.xml import write_xml
from ..wire.options import Format, Headers, Options
from .replies import Reply


def table_chunks(
    options: Options,
    reply: Reply,
    table: Table,
    records: Callable[[], Iterator[list[dict[str, Any]]]],
    budget: Budget,
) -> Iterator[bytes]:
    """Write rows in the asked format.

    Args:
        options: The format and how it is to be.
        reply: What is said beside the rows.
        table: The rows.
        records: Gives the rows as JSON shows them.
        budget: Its time holds for what is written whole before it is sent.
    """
    if options.headers is Headers.CAPTIONS:
        table = table.captioned()
    match options.format:
        case Format.JSON:
            return write_records(records(), reply.rest() if options.meta else None)
        case Format.CSV | Format.TSV | Format.HTML:
            return _texts(options, reply.about, guarded(table) if options.guard else table)
        case Format.XML:
            return write_xml(table, reply.about)
        case Format.XLSX:
            return write_xlsx(table, reply.about, budget, guard=options.guard)
        case Format.PARQUET:
            about = reply.about
            known = {"cube": about.cube, "query": about.query, "snapshot": about.snapshot}
            return write_parquet(table, known)
        case Format.ARROW:
            return write_arrow(table)


def _texts(options: Options, about: About, table: Table) -> Iterator[bytes]:
    if options.format is Format.HTML:
        return write_html(table, about)
    separator = "\t" if options.format is Format.TSV else options.delimiter
    return write_csv(table, separator=separator, decimal=options.decimal, bom=options.bom)
