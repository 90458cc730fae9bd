"""A cell set as a table for people: captions, formatted numbers, totals in bold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from cube_server.cli.labels import AxisLabels, axis_labels
from cube_server.cli.layout import laid_out
from cube_server.cli.numbers import formatted
from cube_server.result.cellset import CellSet


def grid(cells: CellSet, *, language: str = "en") -> Text:
    """Lay a cell set out: a line a row tuple, a column for each measure of each column tuple.

    Args:
        cells: The cell set.
        language: Of the labels.
    """
    rows, columns = axis_labels(cells.rows, language), axis_labels(cells.columns, language)
    return laid_out(
        _heads(rows.headers, columns, _titles(cells, language)),
        [(*texts, *numbers) for texts, numbers in zip(rows.texts, _numbers(cells), strict=True)],
        labels=len(rows.headers),
        bold_lines=rows.totals,
        bold_columns=[*[False] * len(rows.headers), *(total for total in columns.totals for _ in cells.measures)],
    )


def _titles(cells: CellSet, language: str) -> list[str]:
    """Give each measure's label, with its unit."""
    return [
        measure.label.get(language, measure.name) + (f" ({measure.unit})" if measure.unit else "")
        for measure in cells.measures
    ]


def _heads(labels: Sequence[str], columns: AxisLabels, titles: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the lines above the rule: one a level of the columns, then the rows' labels and the measures."""
    blank = ("",) * len(labels)
    levels = range(len(columns.headers))
    above = [(*blank, *(texts[level] for texts in columns.texts for _ in titles)) for level in levels]
    return [*above, (*labels, *(title for _ in columns.texts for title in titles))]


def _numbers(cells: CellSet) -> Iterator[list[str]]:
    """Yield the numbers of each row tuple, as the table has them from left to right."""
    matrices = [cells.matrix(measure.name) for measure in cells.measures]
    formats = [measure.format for measure in cells.measures]
    for lines in zip(*matrices, strict=True):
        by_column = zip(*lines, strict=True)
        yield [formatted(value, format) for cell in by_column for value, format in zip(cell, formats, strict=True)]
