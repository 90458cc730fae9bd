"""A cell set as a table for people: captions, formatted numbers, totals in bold."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cube_server.cli.labels import axis_labels
from cube_server.cli.numbers import formatted
from cube_server.model.elements import Measure
from cube_server.result.cellset import CellSet


def grid(cells: CellSet, *, language: str = "en") -> Table:
    """Lay a cell set out: a line a row tuple, a column for each measure of each column tuple.

    Args:
        cells: The cell set.
        language: Of the labels.
    """
    rows, columns = axis_labels(cells.rows, language), axis_labels(cells.columns, language)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for header in rows.headers:
        table.add_column(Text(header), no_wrap=True)
    for texts, is_total in zip(columns.texts, columns.totals, strict=True):
        for header in _headers(texts, cells.measures, language):
            table.add_column(Text(header), justify="right", no_wrap=True, style="bold" if is_total else "")
    for texts, is_total, numbers in zip(rows.texts, rows.totals, _numbers(cells), strict=True):
        table.add_row(*map(Text, (*texts, *numbers)), style="bold" if is_total else "")
    return table


def _headers(texts: tuple[str, ...], measures: tuple[Measure, ...], language: str) -> Iterator[str]:
    """Yield the headers of a column tuple: a line a level, then the measure unless the title names the only one."""
    for measure in measures:
        unit = f" ({measure.unit})" if measure.unit else ""
        yield "\n".join([*texts, measure.label.get(language, measure.name) + unit])


def _numbers(cells: CellSet) -> Iterator[list[str]]:
    """Yield the numbers of each row tuple, as the table has them from left to right."""
    matrices = [cells.matrix(measure.name) for measure in cells.measures]
    formats = [measure.format for measure in cells.measures]
    for lines in zip(*matrices, strict=True):
        by_column = zip(*lines, strict=True)
        yield [formatted(value, format) for cell in by_column for value, format in zip(cell, formats, strict=True)]
