"""How a table is read from its source: which part of it, and how a file is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from cube_server.model.shapes import Part


class SourceDoc(Part):
    """Where a table comes from, if there is more to say than a name."""

    table: str | None = None
    """The file stem or SQL table; by default the table's own name."""
    query: Annotated[str | None, Field(min_length=1)] = None
    """Of a database: a query in its own SQL, in place of a table."""
    watermark: str | None = None
    """Of a database: a column that grows with every change of a row; an incremental load asks only for what is beyond
    the greatest value that is loaded, and where facts stay in the database it tells whether anything has changed."""
    encoding: str = "utf-8"
    """Of a CSV file: how its text is encoded, such as `cp1252`."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Of a CSV file: what stands between fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a table is read.

    Attributes:
        query: Of a database: what is asked in place of a table; empty for the table itself.
        watermark: The column that grows with every change; empty if there is none.
        encoding: Of a CSV file.
        delimiter: Of a CSV file: what stands between fields.
    """

    query: str = ""
    watermark: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","


AS_IT_IS = Reading()
"""A table as it is; CSV in UTF-8 with commas."""


def reading(document: SourceDoc | str | None) -> Reading:
    """Take what a document says of how a table is read."""
    if not isinstance(document, SourceDoc):
        return AS_IT_IS
    return Reading(
        query=document.query or "",
        watermark=document.watermark or "",
        encoding=document.encoding,
        delimiter=document.delimiter,
    )
