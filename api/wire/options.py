"""How an answer may be given: formats, layouts, and what else can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """The formats of answers."""

    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    HTML = "html"
    XML = "xml"
    XLSX = "xlsx"
    PARQUET = "parquet"
    ARROW = "arrow"


class Layout(StrEnum):
    """The shapes of an answer to a query: rows, JSON with axes, or a table with a column for each column tuple."""

    RECORDS = "records"
    CELLSET = "cellset"
    PIVOT = "pivot"


class Headers(StrEnum):
    """What stands above the columns of a table: names, which never change, or what people call them."""

    NAMES = "names"
    CAPTIONS = "captions"


PIVOTED = (Format.CSV, Format.TSV, Format.HTML, Format.XML, Format.XLSX)
"""The formats of tables for people: they have the pivot layout, and captions above the columns."""


MEDIA_TYPES: Mapping[Format, str] = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.TSV: "text/tab-separated-values",
    Format.HTML: "text/html",
    Format.XML: "application/xml",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to answer.

    Attributes:
        format: The format.
        layout: The layout.
        headers: What stands above the columns.
        meta: Whether JSON says what the headers say.
        bom: Whether CSV begins with a byte order mark.
        delimiter: The sign between the fields of CSV.
        decimal: The sign of decimals in CSV.
        guard: Whether texts that a spreadsheet would take for formulas are made harmless.
        language: The language of labels.
    """

    format: Format
    layout: Layout
    headers: Headers
    meta: bool
    bom: bool
    delimiter: str
    decimal: str
    guard: bool
    language: str
