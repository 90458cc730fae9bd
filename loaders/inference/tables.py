"""The tables of a draft: those of the source as they are, and those made of them."""

from __future__ import annotations

from collections.abc import Sequence

from cube_server.model.sources import AS_IT_IS
from cube_server.types import DataType, Kind

from .profiles import TableProfile
from .rows import Document, Rows, written
from .wording import label, named, words

_TEXT = str(DataType(Kind.TEXT))


class Tables:
    """Gathers the documents of tables.

    Args:
        profiles: The tables of the source.
    """

    def __init__(self, profiles: Sequence[TableProfile]) -> None:
        self._profiles = {profile.source: profile for profile in profiles}
        self._raw: dict[str, str] = {}
        self.documents: dict[str, Document] = {}

    def add(self, rows: Rows, key: Sequence[str]) -> str:
        """Add a table with these rows; give its name."""
        name = named(words(rows.source) or ("table",), self.documents)
        head: Document = {"label": label(rows.source)}
        columns = {column.name: str(column.type) for column in rows.columns}
        body: Document = {"key": list(key)} if key else {}
        if rows.is_plain:
            source = {"source": self._source(rows.source)} if self._source(rows.source) != name else {}
            self.documents[name] = {**head, **source, **body, "columns": columns}
            return name
        self.documents[name] = {}
        made: Document = {"table": self.raw(rows.source)}
        if rows.joins:
            made["joins"] = [{**join, "table": self.raw(join["table"])} for join in rows.joins]
        if values := {column.name: column.formula for column in rows.columns if column.formula}:
            made["values"] = values
        if rows.is_distinct:
            made["distinct"] = True
        self.documents[name] = {**head, **body, "columns": columns, "from": made}
        return name

    def members(self, name: str, table: str, rows: Rows, key: str) -> str:
        """Add a table of the different members that the rows of another table of the draft have; give its name.

        Args:
            name: What the members are called.
            table: The table of the draft that has them.
            rows: The members, with what is put beside them.
            key: The column with their key.
        """
        called = named((name, "members"), self.documents)
        columns = {column.name: str(column.type) for column in rows.columns}
        made: Document = {"table": table, "where": f"not is_null({written(key)})", "distinct": True}
        if rows.joins:
            made["joins"] = [{**join, "table": self.raw(join["table"])} for join in rows.joins]
        if values := {column.name: column.formula for column in rows.columns if column.formula}:
            made["values"] = values
        self.documents[called] = {"label": label(name), "key": [key], "columns": columns, "from": made}
        return called

    def _source(self, source: str) -> str | Document:
        """Say where a table comes from, with how a file is written if it is no UTF-8 with commas."""
        reading = self._profiles[source].reading
        said = {"encoding": reading.encoding, "delimiter": reading.delimiter}
        usual = {"encoding": AS_IT_IS.encoding, "delimiter": AS_IT_IS.delimiter}
        special = {name: value for name, value in said.items() if value != usual[name]}
        return {"table": source, **special} if special else source

    def raw(self, source: str) -> str:
        """Give the name of a source's table as it is, from which others are made; add it if it is not there."""
        if source not in self._raw:
            name = named((*words(source), "raw"), self.documents)
            columns = {
                column.name: _TEXT if column.written.formula("x") else str(column.type)
                for column in self._profiles[source].columns
            }
            self._raw[source] = name
            self.documents[name] = {"source": self._source(source), "columns": columns}
        return self._raw[source]
