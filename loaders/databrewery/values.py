"""What attributes, measures and expressions are in terms of the cube's tables: formulas over their columns."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from cube_server.errors import nearest
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.rows import row_type
from cube_server.formulas.tree import Call, Name, Node, Text, names
from cube_server.types import DataType, Kind

from .catalog import Catalog
from .expressions import Untranslatable, parse_expression, translated
from .findings import Findings, Place
from .snowflake import ColumnRef, Mapped, Snowflake
from .specs import Attribute, Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A formula over columns of the cube's tables.

    Attributes:
        node: Its tree; every Name is that of one of `columns`, as text.
        type: What it gives.
        columns: The columns, by those names.
    """

    node: Node
    type: DataType
    columns: tuple[ColumnRef, ...]


class Values:
    """Finds the values of one cube.

    Args:
        snowflake: The cube's tables.
        catalog: The tables that there are.
        dialect: The database's, on which the meaning of expressions depends.
        findings: Takes mistakes and notes.
    """

    def __init__(self, snowflake: Snowflake, catalog: Catalog, dialect: str, findings: Findings) -> None:
        self._snowflake, self._catalog = snowflake, catalog
        self._dialect, self._findings = dialect, findings
        self._cube = snowflake.cube
        self._begun: list[str] = []

    def column(self, ref: ColumnRef, place: Place) -> Value | None:
        """Give a column as it is."""
        type_ = self._catalog.type(self._snowflake.source(ref.table), ref.column, place)
        return Value(node=Name(str(ref)), type=type_, columns=(ref,)) if type_ else None

    def attribute(self, dimension: Dimension, attribute: Attribute, locale: str | None = None) -> Value | None:
        """Give an attribute of a dimension in one of its locales; None, with its place noted, if it has no value."""
        if attribute.expression is not None:
            return self.expression(attribute.expression, attribute.place)
        ref = dimension.ref(attribute)
        own = dimension.name if len(dimension.attributes) > 1 else None
        return self._mapped(self._snowflake.locate(ref, attribute.name, own, locale, attribute.place))

    def of_facts(self, attribute: Attribute, locale: str | None = None) -> Value | None:
        """Give a measure or a detail."""
        if attribute.expression is not None:
            return self.expression(attribute.expression, attribute.place)
        return self._mapped(self._snowflake.locate(attribute.name, attribute.name, None, locale, attribute.place))

    def join_facts(self) -> bool:
        """Tell whether measures, details or expressions over them lie in tables that are joined to the facts."""
        found = [self.of_facts(part) for part in (*self._cube.measures, *self._cube.details)]
        for aggregate in self._cube.aggregates:
            with suppress(Untranslatable):
                found += [self._named(name) for name in names(parse_expression(aggregate.expression or "0"))]
        tables = {ref.table for value in found if value for ref in value.columns}
        return bool(tables - {self._snowflake.fact})

    def expression(self, text: str, place: Place) -> Value | None:
        """Give what an expression over one row is; None, with the place noted, if it has no equal."""
        try:
            return self.row(parse_expression(text))
        except Untranslatable as error:
            self._findings.unsupported(place, f"{text}: {error}.")
            return None

    def row(self, node: Node) -> Value:
        """Give what a tree of Cubes' names over one row is.

        Raises:
            Untranslatable: It names something unknown, or has no equal.
        """
        columns: dict[ColumnRef, None] = {}

        def operand(name: Name) -> tuple[Node, Kind]:
            value = self._named(name.name)
            columns.update(dict.fromkeys(value.columns))
            return value.node, value.type.kind

        tree, kind = translated(node, self._dialect, operand)
        return Value(node=tree, type=_stored(kind), columns=tuple(columns))

    def _named(self, name: str) -> Value:
        """Give what a name in an expression stands for: a measure, a detail or an attribute."""
        if name in self._begun:
            raise Untranslatable(f"{name!r} is calculated from itself")
        self._begun.append(name)
        try:
            value = self._find(name)
        finally:
            self._begun.remove(name)
        if value is None:
            raise Untranslatable(f"{name!r} has no value")
        return value

    def _find(self, name: str) -> Value | None:
        of_facts: dict[str, Attribute] = {part.name: part for part in (*self._cube.details, *self._cube.measures)}
        if name in of_facts:
            return self.of_facts(of_facts[name])
        refs = {
            dimension.ref(attribute): (dimension, attribute)
            for dimension in self._cube.dimensions
            for attribute in dimension.attributes
        }
        if name not in refs:
            raise Untranslatable(f"no attribute or measure {name!r}. {nearest(name, [*of_facts, *refs])}")
        return self.attribute(*refs[name])

    def _mapped(self, mapped: Mapped | None) -> Value | None:
        if mapped is None or (value := self.column(mapped.column, mapped.place)) is None:
            return None
        if mapped.extract is not None:
            return self._put_through(Call("extract", (Text(mapped.extract.lower()), value.node)), value, mapped.place)
        if mapped.function is not None:
            return self._put_through(Call(mapped.function.lower(), (value.node,)), value, mapped.place)
        return value

    def _put_through(self, call: Call, value: Value, place: Place) -> Value | None:
        """Apply the function of a mapping to its column."""
        try:
            kind = row_type(call, {str(ref): value.type.kind for ref in value.columns})
        except FormulaError as error:
            self._findings.blame(place, f"{error.args[0]}.")
            return None
        return Value(node=call, type=_stored(kind), columns=value.columns)


def _stored(kind: Kind) -> DataType:
    """Give the type to store a calculated value as: decimals are calculated as floats."""
    return DataType(Kind.FLOAT) if kind is Kind.DECIMAL else DataType(kind)
