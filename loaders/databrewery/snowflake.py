"""The tables of one cube: its fact table, those joined to it, and where each attribute lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cube_server.errors import nearest

from .catalog import Catalog
from .findings import Findings, Place
from .specs import Cube, Join


@dataclass(frozen=True, slots=True, order=True)
class ColumnRef:
    """A column of one of the cube's tables; `table` is the name that it is joined by."""

    table: str
    column: str

    def __str__(self) -> str:
        """Show it as models write it."""
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A join on the way from the facts.

    Attributes:
        table: The name that the table is joined by.
        source: The table itself, with its schema.
        on: Its columns, and the columns that they equal.
        method: `match`, `master` or `detail`.
        place: Where it stands in the model.
    """

    table: str
    source: str
    on: tuple[tuple[str, ColumnRef], ...]
    method: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Where a mapping leads.

    Attributes:
        column: The column.
        extract: The part of a date or time that is taken of it.
        function: The SQL function that it is put through.
        place: Where it stands in the model.
    """

    column: ColumnRef
    extract: str | None = None
    function: str | None = None
    place: Place


class Snowflake:
    """The tables of a cube.

    Args:
        cube: The cube.
        catalog: The tables that there are.
        findings: Takes mistakes.
    """

    def __init__(self, cube: Cube, catalog: Catalog, findings: Findings) -> None:
        self.cube = cube
        self._catalog, self._findings = catalog, findings
        schema, _, self.fact = cube.fact.rpartition(".")
        self.fact_source = _qualified(schema or cube.naming.get("schema", ""), self.fact)
        self._hops = {hop.table: hop for join in cube.joins if (hop := self._hop(join))}

    def source(self, table: str) -> str:
        """Give the table that stands behind a name."""
        return self.fact_source if table == self.fact else self._hops[table].source

    def path(self, table: str) -> tuple[Hop, ...]:
        """List the joins that lead from the facts to a table, and no others."""
        found: dict[str, Hop] = {}
        self._add_path(table, found, ())
        return tuple(found.values())

    def locate(self, ref: str, name: str, dimension: str | None, locale: str | None, place: Place) -> Mapped | None:
        """Find where an attribute lies.

        Args:
            ref: How mappings name it.
            name: Its own name.
            dimension: Its dimension, if that has tables of its own; None if it lies with the facts.
            locale: Which translation is wanted; None if it has none.
            place: Where it stands in the model.

        Returns:
            Its column; None, with the place blamed, if there is no such column.
        """
        mappings = self.cube.mappings
        given = mappings.get(f"{ref}.{locale}") if locale else None
        key = f"{ref}.{locale}" if given is not None else ref
        given = mappings.get(ref) if given is None and (locale is None or ref in mappings) else given
        if given is not None:
            return self._mapped(given, self.cube.place.at("mappings", key))
        column = f"{name}_{locale}" if locale else name
        table = self.fact
        if dimension is not None:
            naming = self.cube.naming
            table = f"{naming.get('dimension_prefix', '')}{dimension}{naming.get('dimension_suffix', '')}"
        return self._checked(ColumnRef(table, column), None, None, place)

    def reference(self, text: str, place: Place) -> ColumnRef | None:
        """Read `column`, `table.column` or `schema.table.column`; None, with the place blamed, if there is none."""
        mapped = self._mapped(text, place)
        return mapped.column if mapped else None

    def _mapped(self, given: Any, place: Place) -> Mapped | None:  # noqa: ANN401 - what JSON holds
        if isinstance(given, str):
            given = dict(zip(("column", "table", "schema"), reversed(given.split(".", 2)), strict=False))
        if not isinstance(given, Mapping) or "column" not in given:
            self._findings.blame(place, "A mapping has to name a column.", "Write it table.column.")
            return None
        ref = ColumnRef(given.get("table") or self.fact, given["column"])
        return self._checked(ref, given.get("extract"), given.get("function"), place)

    def _checked(self, ref: ColumnRef, extract: str | None, function: str | None, place: Place) -> Mapped | None:
        if ref.table != self.fact and ref.table not in self._hops:
            hint = nearest(ref.table, [self.fact, *self._hops])
            self._findings.blame(place, f"{ref}: table {ref.table!r} is not joined to {self.fact!r}.", hint)
            return None
        if self._catalog.type(self.source(ref.table), ref.column, place) is None:
            return None
        return Mapped(column=ref, extract=extract, function=function, place=place)

    def _hop(self, join: Join) -> Hop | None:
        details = [_split(text) for text in join.detail]
        if not details or len(join.master) != len(details):
            return None
        schema, table, _ = details[0]
        if not table:
            self._findings.blame(join.place.at("detail"), "The column has no table.", "Write it table.column.")
            return None
        masters = [_split(text) for text in join.master]
        naming = self.cube.naming
        source = _qualified(schema or naming.get("dimension_schema", naming.get("schema", "")), table)
        on = tuple(
            (column, ColumnRef(master or self.fact, master_column))
            for (_, _, column), (_, master, master_column) in zip(details, masters, strict=True)
        )
        hop = Hop(table=join.alias or table, source=source, on=on, method=join.method, place=join.place)
        types = [self._catalog.type(source, column, join.place.at("detail")) for column, _ in on]
        return hop if all(types) else None

    def _add_path(self, table: str, found: dict[str, Hop], begun: tuple[str, ...]) -> None:
        if table == self.fact or table in found:
            return
        hop = self._hops.get(table)
        if hop is None or table in begun:
            problem = "is joined to itself" if hop else f"is not joined to {self.fact!r}"
            self._findings.blame(self.cube.place.at("joins"), f"Table {table!r} {problem}.")
            return
        for _, master in hop.on:
            self._add_path(master.table, found, (*begun, table))
            if master.table == self.fact or master.table in self._hops:
                self._catalog.type(self.source(master.table), master.column, hop.place.at("master"))
        found[table] = hop


def _qualified(schema: str, table: str) -> str:
    return f"{schema}.{table}" if schema else table


def _split(text: str) -> tuple[str, str, str]:
    """Take `schema.table.column` apart; what is missing is empty."""
    schema, table, column = ("", "", *text.rsplit(".", 2))[-3:]
    return schema, table, column
