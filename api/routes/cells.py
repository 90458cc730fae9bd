"""Cell sets in every format: what the answers to queries and to reports share."""

from __future__ import annotations

from collections.abc import Iterator

from cube_server.budget import Budget
from cube_server.result.cellset import CellSet

from ..formats.json import write_cells
from ..formats.pivot import pivoted
from ..formats.table import Table, cells_table
from ..wire.options import Format, Headers, Layout, Options
from .replies import Page, Reply
from .writers import table_chunks


def cells_page(cells: CellSet, offset: int) -> Page:
    """Tell which part of an answer cells are."""
    return Page(
        total=cells.rows.total,
        offset=offset,
        shown=len(cells.rows),
        snapshot=cells.snapshot,
        source=cells.source,
        notes=cells.notes,
        scd=cells.cube.scd,
        incomplete=tuple(
            (ref.name, coverage.last_day) for axis in (cells.rows, cells.columns) for ref, coverage in axis.incomplete()
        ),
    )


def cells_chunks(cells: CellSet, options: Options, reply: Reply, budget: Budget) -> Iterator[bytes]:
    """Write cells in the asked format."""
    if options.format is Format.JSON and options.layout is Layout.CELLSET:
        return write_cells(cells, options.language, reply.rest(), offset=reply.page.offset)
    table = table_of(cells, options, budget)
    return table_chunks(options, reply, table, table.records, budget)


def table_of(cells: CellSet, options: Options, budget: Budget) -> Table:
    """Make the table of cells, in the asked layout and under the asked headings."""
    laid_out = pivoted(cells, options.language) if options.layout is Layout.PIVOT else cells
    table = cells_table(laid_out, budget, options.language)
    return table.captioned() if options.headers is Headers.CAPTIONS else table
