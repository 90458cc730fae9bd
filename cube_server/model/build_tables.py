"""Tables: their columns and keys, and how some are derived from others."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

from cube_server.errors import nearest
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.rows import read_row
from cube_server.formulas.tree import Name, Node, rewritten
from cube_server.model.build_history import history
from cube_server.model.build_making import MakingBuilder
from cube_server.model.document import FromDoc, JoinDoc, TableDoc, data_type
from cube_server.model.making import TotalKind
from cube_server.model.mistakes import Mistakes, label
from cube_server.model.sources import Reading, SourceDoc, reading
from cube_server.model.tables import Column, Days, Derivation, Join, Mode, Table
from cube_server.types import DataType, Kind

_Kinds = dict[str, Kind]


class TableBuilder:
    """Builds tables from their documents, each after those that it is derived from, noting every mistake."""

    def __init__(self, documents: Mapping[str, TableDoc], mistakes: Mistakes) -> None:
        self._documents = documents
        self._mistakes = mistakes
        self._built: dict[str, Table] = {}
        self._begun: list[str] = []

    def tables(self) -> dict[str, Table]:
        """Build all tables, in the order of the document."""
        return {name: self._table(name) for name in self._documents}

    def _table(self, name: str) -> Table:
        if name not in self._built:
            self._begun.append(name)
            self._built[name] = self._build(name, self._documents[name])
            self._begun.remove(name)
        return self._built[name]

    def _build(self, name: str, part: TableDoc) -> Table:
        columns = {
            column: Column(column, data_type(made.type), label(column, made)) for column, made in part.columns.items()
        }
        place = f"/tables/{name}"
        key = [
            self._mistakes.column(f"{place}/key/{position}", column, columns, name)
            for position, column in enumerate(part.key)
        ]
        if part.source is not None and part.from_ is not None:
            self._mistakes.blame(f"{place}/source", "A table has either a `source` or a `from`.", "Remove one.")
        if part.load and part.load.mode == "upsert" and not part.key:
            problem = "Rows are replaced by their key, but the table has none."
            self._mistakes.blame(f"{place}/load/mode", problem, "Name its columns under `key`.")
        keys = tuple(column for column in key if column)
        kept = part.history
        return Table(
            name=name,
            source=_source(part) or name,
            key=keys,
            columns=tuple(columns.values()),
            derivation=self._derivation(f"{place}/from", part, part.from_, columns) if part.from_ else None,
            making=MakingBuilder(name, part, columns, self._documents, self._mistakes).making(),
            mode=Mode(part.load.mode) if part.load else None,
            history=history(f"{place}/history", kept, columns, keys, name, self._mistakes) if kept else None,
            reading=self._reading(place, part, columns),
        )

    def _reading(self, place: str, part: TableDoc, columns: Mapping[str, Column]) -> Reading:
        read = reading(part.source)
        if read.query and _source(part):
            self._mistakes.blame(f"{place}/source", "A source is either a `table` or a `query`.", "Remove one.")
        if read.watermark:
            self._mistakes.column(f"{place}/source/watermark", read.watermark, columns, place.split("/")[2])
        try:
            codecs.lookup(read.encoding)
        except LookupError:
            problem = f"No encoding {read.encoding!r} is known."
            self._mistakes.blame(f"{place}/source/encoding", problem, "Such as utf-8, cp1252, latin-1, utf-16.")
        return read

    def _derivation(
        self, place: str, owner: TableDoc, part: FromDoc, columns: Mapping[str, Column]
    ) -> Derivation | None:
        before = len(self._mistakes.issues)
        table = self._rows(place, part)
        if table is None:
            return None
        kinds = {**_kinds(table, ""), **_kinds(table, f"{table.name}.")}
        joins = tuple(
            self._join(f"{place}/joins/{number}", table.name, join, kinds) for number, join in enumerate(part.joins)
        )
        if len(self._mistakes.issues) > before:
            return None
        for field, named in (("values", part.values), ("totals", part.totals)):
            for name in named.keys() - columns.keys():
                self._mistakes.column(f"{place}/{field}/{name}", name, columns, place.split("/")[2])
        given = {name: made for name, made in owner.columns.items() if made.value is None and not made.cases}
        values = tuple(
            (columns[name], self._value(place, name, made.from_ or name, part, kinds, table.name))
            for name, made in given.items()
        )
        where = self._formula(f"{place}/where", part.where, kinds, table.name) if part.where is not None else None
        return Derivation(
            table=table,
            joins=tuple(join for join in joins if join),
            where=where[0] if where else None,
            values=values,
            distinct=part.distinct,
            totals=tuple((name, TotalKind(total.aggregate)) for name, total in part.totals.items()),
        )

    def _rows(self, place: str, part: FromDoc) -> Table | None:
        """Find the table whose rows a derived one has, or describe the one that calendars start from."""
        if (part.table is None) == (part.days is None):
            self._mistakes.blame(place, "A table is made `from` either a `table` or `days`.", "Give one of the two.")
            return None
        if part.table is not None:
            return self._find(f"{place}/table", part.table)
        found = [self._dates(f"{place}/days/{number}", name) for number, name in enumerate(part.days or ())]
        days = Days(tuple(pair for pair in found if pair))
        columns = (Column("date", DataType(Kind.DATE)),)
        return Table(name=f"days of {place.split('/')[2]}", source="", key=columns, columns=columns, derivation=days)

    def _dates(self, place: str, name: str) -> tuple[Table, Column] | None:
        """Find a column of dates by `table.column`."""
        owner, _, column = name.partition(".")
        table = self._find(place, owner)
        if table is None:
            return None
        found = self._mistakes.column(place, column, {each.name: each for each in table.columns}, owner)
        if found and found.type.kind not in (Kind.DATE, Kind.TIMESTAMP):
            self._mistakes.blame(place, f"{name} is {found.type}.", "A calendar is made of dates or timestamps.")
        return (table, found) if found else None

    def _value(self, place: str, name: str, source: str, part: FromDoc, kinds: _Kinds, table: str) -> Node:
        total = part.totals.get(name)
        if total is not None and (total.formula is not None or total.aggregate == "count"):
            found = self._formula(f"{place}/totals/{name}/formula", total.formula or "1", kinds, table)
            return found[0] if found else Name(name)
        if name in part.values:
            found = self._formula(f"{place}/values/{name}", part.values[name], kinds, table)
            return found[0] if found else Name(name)
        if source not in kinds:
            own = [column for column in kinds if "." not in column]
            problem = f"Table {table!r} has no column {source!r}, and no value is given for it."
            self._mistakes.blame(f"{place}/values", problem, nearest(source, own))
        return Name(source.removeprefix(f"{table}."))

    def _join(self, place: str, first: str, part: JoinDoc, kinds: _Kinds) -> Join | None:
        """Build a join, and add its columns to those that formulas may name."""
        table = self._find(f"{place}/table", part.table)
        if table is None:
            return None
        name = part.as_ or part.table
        if any(column.startswith(f"{name}.") for column in kinds):
            self._mistakes.blame(place, f"Two tables are called {name!r}.", "Give one another name with `as`.")
        columns = {column.name: column for column in table.columns}
        on: list[tuple[Column, Node]] = []
        for column, text in part.on.items():
            own = self._mistakes.column(f"{place}/on/{column}", column, columns, table.name)
            found = self._formula(f"{place}/on/{column}", text, kinds, first)
            if own and found:
                self._check_alike(f"{place}/on/{column}", own, found[1])
                on.append((own, found[0]))
        kinds.update(_kinds(table, f"{name}."))
        return Join(name=name, table=table, on=tuple(on), keeps_all=part.keep == "all")

    def _check_alike(self, place: str, column: Column, given: Kind) -> None:
        if column.type.kind is not given:
            problem = f"{column.name} is {column.type}, but what it has to equal is {given}."
            self._mistakes.blame(place, problem, "Make texts of numbers with text(x).")

    def _formula(self, place: str, text: str, kinds: _Kinds, table: str) -> tuple[Node, Kind] | None:
        try:
            node, kind = read_row(text, kinds)
        except FormulaError as error:
            self._mistakes.blame(place, str(error))
            return None
        if place.endswith("/where") and kind is not Kind.BOOL:
            self._mistakes.blame(place, f"Here stands {kind} where a condition is needed.")
        return _without_prefix(node, f"{table}."), kind

    def _find(self, place: str, name: str) -> Table | None:
        if name not in self._documents:
            self._mistakes.blame(place, f"No table {name!r}.", nearest(name, self._documents))
            return None
        if name in self._begun:
            self._mistakes.blame(place, f"Table {name!r} is derived from itself.")
            return None
        return self._table(name)


def _source(part: TableDoc) -> str | None:
    return part.source.table if isinstance(part.source, SourceDoc) else part.source


def _kinds(table: Table, prefix: str) -> _Kinds:
    return {f"{prefix}{column.name}": column.type.kind for column in table.columns}


def _without_prefix(node: Node, prefix: str) -> Node:
    """Name the columns of the first table by themselves, however the formula does."""
    return rewritten(
        node, lambda part: Name(part.name.removeprefix(prefix), at=part.at) if isinstance(part, Name) else None
    )
