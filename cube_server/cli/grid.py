"""A cell set as a table for people: captions, formatted numbers, totals in bold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from cube_server.cli.labels import AxisLabels, axis_labels
from cube_server.cli.layout import laid_out
from cube_server.cli.numbers import formatted
from cube_server.result.cellset import CellSet

Matrix = Sequence[Sequence[float | None]]


def grid(cells: CellSet, *, language: str = "en") -> Text:
    """Lay a cell set out: a line a row tuple, a column for each measure of each column tuple.

    Args:
        cells: The cell set.
        language: Of the labels.
    """
    rows, columns = axis_labels(cells.rows, language), axis_labels(cells.columns, language)
    titles = [title(measure.label.get(language, measure.name), measure.unit) for measure in cells.measures]
    matrices = [cells.matrix(measure.name) for measure in cells.measures]
    return table(rows, columns, titles, formatted_lines(matrices, [measure.format for measure in cells.measures]))


def table(rows: AxisLabels, columns: AxisLabels, titles: Sequence[str], lines: Iterable[Sequence[str]]) -> Text:
    """Lay out a table of two axes.

    Args:
        rows: The row axis.
        columns: The column axis.
        titles: What each measure is called.
        lines: For each row tuple its numbers as texts, the measures of each column tuple beside one another.
    """
    return laid_out(
        _heads(rows.headers, columns, titles),
        [(*texts, *numbers) for texts, numbers in zip(rows.texts, lines, strict=True)],
        labels=len(rows.headers),
        bold_lines=rows.totals,
        bold_columns=[*[False] * len(rows.headers), *(total for total in columns.totals for _ in titles)],
    )


def title(label: str, unit: str) -> str:
    """Give a measure's label with its unit."""
    return label + (f" ({unit})" if unit else "")


def _heads(labels: Sequence[str], columns: AxisLabels, titles: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the lines above the rule: one a level of the columns, then the rows' labels and the measures."""
    blank = ("",) * len(labels)
    levels = range(len(columns.headers))
    above = [(*blank, *(texts[level] for texts in columns.texts for _ in titles)) for level in levels]
    return [*above, (*labels, *(title for _ in columns.texts for title in titles))]


def formatted_lines(matrices: Sequence[Matrix], formats: Sequence[str]) -> Iterator[list[str]]:
    """Yield the numbers of each row tuple, as the table has them from left to right.

    Args:
        matrices: For each measure its rows of columns.
        formats: The number format of each measure.
    """
    for lines in zip(*matrices, strict=True):
        by_column = zip(*lines, strict=True)
        yield [formatted(value, format) for cell in by_column for value, format in zip(cell, formats, strict=True)]
