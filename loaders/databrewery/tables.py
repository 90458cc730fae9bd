"""The tables of the new model: those of the source as they are, and those derived from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cube_server.formulas.tree import Call, Name, Node, Path, Text, rewritten
from cube_server.formulas.write import write
from cube_server.types import DataType

from .catalog import Catalog
from .findings import Place
from .naming import is_word, unique, word
from .snowflake import ColumnRef, Hop, Snowflake
from .values import Value

Document = dict[str, Any]
"""A part of cubes.json."""


class Tables:
    """Gathers the tables of the new model.

    Args:
        catalog: The tables of the source.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._names: dict[str, str] = {}
        self.documents: dict[str, Document] = {}

    def read(self, source: str, columns: Iterable[str], place: Place) -> str:
        """Have columns of a table of the source read as they are; give the table's name in the model."""
        if source not in self._names:
            self._names[source] = unique(f"raw_{source}", self.documents)
            self.documents[self._names[source]] = {"source": source, "columns": {}}
        name = self._names[source]
        for column in columns:
            if type_ := self._catalog.type(source, column, place):
                self.documents[name]["columns"][column] = str(type_)
        return name

    def add(self, name: str, document: Document) -> str:
        """Add a derived table; give its name in the model."""
        name = unique(name, self.documents)
        self.documents[name] = document
        return name


@dataclass(slots=True)
class DerivedTable:
    """A table derived from those of one cube, column by column.

    Attributes:
        snowflake: The cube's tables.
        tables: Takes the tables that it reads.
        root: The name of the table whose rows it has.
        columns: Its columns so far, each with its type and formula.
        hops: The joins so far.
        links: The columns that are only links.
        where: The condition of its rows.
        distinct: Whether equal rows are kept once.
        keeps_all: Whether rows without a match stay, whatever the method of the join.
    """

    snowflake: Snowflake
    tables: Tables
    root: str
    columns: dict[str, tuple[DataType, str]] = field(default_factory=dict)
    hops: dict[str, Hop] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    where: str | None = None
    distinct: bool = False
    keeps_all: bool = False

    def add(self, name: str, value: Value) -> str:
        """Add a column of a value, unless there is one already; give its name."""
        made = (value.type, self.formula(value))
        plain = {column: other for column, other in self.columns.items() if column not in self.links}
        known = next((column for column, other in plain.items() if other == made), None)
        return self.add_new(name, value) if known is None else known

    def add_new(self, name: str, value: Value) -> str:
        """Add a column of its own for a value; give its name."""
        name = unique(name, self.columns)
        self.columns[name] = (value.type, self.formula(value))
        return name

    def add_link(self, name: str, value: Value) -> str:
        """Add a column for a link, unless there is one of the same value already; give its name."""
        made = (value.type, self.formula(value))
        known = next((column for column in self.links if self.columns[column] == made), None)
        if known is None:
            known = self.add_new(f"to_{name}", value)
            self.links.append(known)
        return known

    def formula(self, value: Value) -> str:
        """Write a value as a formula over this table's sources, and have them joined."""
        for ref in value.columns:
            self.reach(ref.table)
        shown = {str(ref): self._reference(ref) for ref in value.columns}
        return write(rewritten(value.node, lambda part: shown[part.name] if isinstance(part, Name) else None))

    def reach(self, table: str) -> None:
        """Join a table, and those on the way to it."""
        for hop in self.snowflake.path(table):
            if hop.table != self.root and table != self.root:
                self.hops.setdefault(hop.table, hop)

    def document(self, key: list[str]) -> Document:
        """Give the table's part of cubes.json."""
        place = self.snowflake.cube.place
        derivation: Document = {"table": self.tables.read(self.snowflake.source(self.root), (), place)}
        if self.hops:
            derivation["joins"] = [self._join(hop) for hop in self.hops.values()]
        if self.where is not None:
            derivation["where"] = self.where
        derivation["values"] = {name: formula for name, (_, formula) in self.columns.items() if formula != name}
        if self.distinct:
            derivation["distinct"] = True
        columns = {name: str(type_) for name, (type_, _) in self.columns.items()}
        return {"key": key, "columns": columns, "from": derivation}

    def _join(self, hop: Hop) -> Document:
        table = self.tables.read(hop.source, (column for column, _ in hop.on), hop.place)
        on = {column: write(self._reference(master)) for column, master in hop.on}
        join = {"table": table, "as": word(hop.table), "on": on}
        return join if self.keeps_all or hop.method == "master" else {**join, "keep": "matched"}

    def _reference(self, ref: ColumnRef) -> Node:
        """Write a column as a formula names it, and have it read."""
        self.tables.read(self.snowflake.source(ref.table), [ref.column], self.snowflake.cube.place)
        if ref.table == self.root:
            return Name(ref.column) if is_word(ref.column) else Call("column", (Text(ref.column),))
        table = word(ref.table)
        if is_word(ref.column):
            return Path(f"{table}.{ref.column}")
        return Call("column", (Text(table), Text(ref.column)))
