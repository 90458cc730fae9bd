"""Aggregates of a cube as measures of this server."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from cube_server.errors import nearest
from cube_server.formulas.tree import Binary, Call, Name, Node, Unary, names, rewritten
from cube_server.formulas.write import write
from cube_server.types import DataType, Kind

from .expressions import AGGREGATES, Untranslatable, parse_expression, quotient
from .findings import Findings
from .naming import unique
from .specs import Aggregate, Attribute, Cube
from .tables import Document
from .values import Value, Values

WINDOW_FUNCTIONS = frozenset({"sma", "wma", "sms", "smstd", "smvar", "smrsd"})
"""The functions that go over the rows of an answer; they are worked out there."""

_FUNCTIONS = {
    "sum": "sum",
    "min": "min",
    "max": "max",
    "avg": "avg",
    "stddev": "stddev",
    "variance": "variance",
    "count": "count",
    "count_nonempty": "count",
    "count_distinct": "distinct",
}
_OF_NUMBERS = frozenset({"sum", "min", "max", "avg", "stddev", "variance"})
_INTEGRAL = frozenset({"count", "distinct"})
_SCALARS = frozenset({"abs", "coalesce", "round", "div", "if"})


class MeasureBuilder:
    """Builds the measures of one cube.

    Args:
        cube: The cube.
        values: Finds what its measures are.
        add_column: Adds a column to the facts, unless they have it; gives its name and takes a wanted one.
        dialect: The database's.
        findings: Takes mistakes and notes.
    """

    def __init__(
        self,
        cube: Cube,
        values: Values,
        add_column: Callable[[str, Value], str],
        dialect: str,
        findings: Findings,
    ) -> None:
        self._cube, self._values, self._add_column = cube, values, add_column
        self._dialect, self._findings = dialect, findings
        self._kinds: dict[str, Kind] = {}
        self._numbers = count()
        self.documents: dict[str, Document] = {}
        self.asked: dict[str, str] = {}
        """By aggregate, the measure that has its values."""

    def build(self) -> None:
        """Build all measures, and a count of facts, which every cube has here."""
        for aggregate in self._cube.aggregates:
            if aggregate.expression is None:
                self._add_function(aggregate)
        for aggregate in self._cube.aggregates:
            if aggregate.expression is not None:
                self._add_expression(aggregate, (aggregate.name,))
        if {"aggregate": "count"} not in [_bare(document) for document in self.documents.values()]:
            self.documents[unique("fact_count", self.documents)] = {"aggregate": "count", "label": "Count"}

    def _add_function(self, aggregate: Aggregate) -> None:
        function = aggregate.function
        if function in WINDOW_FUNCTIONS:
            self._check_window(aggregate)
            return
        if function not in _FUNCTIONS:
            known = nearest(function or "", [*_FUNCTIONS, *WINDOW_FUNCTIONS])
            self._findings.unsupported(aggregate.place, f"There is no aggregate function {function!r}. {known}")
            return
        if function == "count":
            self._add(aggregate, {"aggregate": "count"}, Kind.INT)
            return
        value = self._operand(aggregate)
        if value is not None:
            self._add_over(aggregate, _FUNCTIONS[function], aggregate.measure or "", value)

    def _check_window(self, aggregate: Aggregate) -> None:
        known = [part.name for part in self._cube.aggregates]
        if aggregate.measure not in known:
            message = f"{aggregate.function} goes along an aggregate; there is no {aggregate.measure!r}."
            self._findings.blame(aggregate.place.at("measure"), message, nearest(aggregate.measure or "", known))

    def _operand(self, aggregate: Aggregate) -> Value | None:
        of_facts: dict[str, Attribute] = {part.name: part for part in (*self._cube.details, *self._cube.measures)}
        if aggregate.measure in of_facts:
            return self._values.of_facts(of_facts[aggregate.measure])
        message = f"Cube {self._cube.name!r} has no measure {aggregate.measure!r}."
        self._findings.blame(aggregate.place.at("measure"), message, nearest(aggregate.measure or "", of_facts))
        return None

    def _add_over(self, aggregate: Aggregate, kind: str, wanted: str, value: Value) -> None:
        try:
            document, result = self._over(kind, wanted, value)
        except Untranslatable as error:
            self._findings.unsupported(aggregate.place, f"{aggregate.function}: {error}.")
            return
        self._add(aggregate, document, result)

    def _over(self, kind: str, wanted: str, value: Value) -> tuple[Document, Kind]:
        """Make a measure of an aggregate over a column of the facts."""
        if kind in _OF_NUMBERS and not value.type.is_number:
            raise Untranslatable(f"{kind} is of numbers only, and this is {value.type}")
        if kind == "distinct" and value.type.kind is Kind.FLOAT:
            # Keys are compared exactly, which is safe only for what is written alike.
            value = Value(node=Call("text", (value.node,)), type=DataType(Kind.TEXT), columns=value.columns)
            wanted = f"{wanted}_text"
        document = {"aggregate": kind, "column": self._add_column(wanted, value)}
        whole = kind in _INTEGRAL or (kind in ("sum", "min", "max") and value.type.kind is Kind.INT)
        return document, Kind.INT if whole else Kind.FLOAT

    def _add(self, aggregate: Aggregate, document: Document, kind: Kind) -> None:
        name = unique(aggregate.name, self.documents)
        spoken = {"label": aggregate.label, "description": aggregate.description}
        self.documents[name] = {**document, **{field: text for field, text in spoken.items() if text}}
        self.asked[aggregate.name] = name
        self._kinds[name] = kind

    def _add_expression(self, aggregate: Aggregate, begun: tuple[str, ...]) -> None:
        if aggregate.name in self.asked:
            return
        try:
            node = self._aggregated(parse_expression(aggregate.expression or ""), begun)
        except Untranslatable as error:
            self._findings.unsupported(aggregate.place, f"{aggregate.expression}: {error}.")
            return
        if isinstance(node, Name) and node.name.startswith(_HIDDEN):
            document = self.documents.pop(node.name)
            self._add(aggregate, document, self._kinds[node.name])
            return
        self._add(aggregate, {"formula": write(self._named(node))}, self._kind(node))

    def _aggregated(self, node: Node, begun: tuple[str, ...]) -> Node:
        """Turn an expression over rows and aggregates into one over measures alone."""
        match node:
            case Call(function=function, arguments=arguments) if function in AGGREGATES:
                return self._hidden(function, arguments)
            case Name(name=name):
                return Name(self._other(name, begun))
            case Binary(operator="/", left=left, right=right):
                return self._divided(self._aggregated(left, begun), self._aggregated(right, begun))
            case Call(function=function) if function not in _SCALARS:
                raise Untranslatable(f"the function {function!r} of aggregates has no equal")
        return node.with_parts(tuple(self._aggregated(part, begun) for part in node.parts))

    def _hidden(self, function: str, arguments: tuple[Node, ...]) -> Node:
        """Give an aggregate within an expression a measure of its own, unless one has its values."""
        if not arguments and function == "count":
            document, kind = {"aggregate": "count"}, Kind.INT
        elif len(arguments) != 1:
            raise Untranslatable(f"{function} takes one argument")
        else:
            of = "_".join(names(arguments[0])).replace(".", "_")
            document, kind = self._over(_FUNCTIONS[function], of, self._values.row(arguments[0]))
        known = next((name for name, other in self.documents.items() if _bare(other) == document), None)
        if known is None:
            known = f"{_HIDDEN}{next(self._numbers)}"
            self.documents[known] = document
            self._kinds[known] = kind
        return Name(known)

    def _other(self, name: str, begun: tuple[str, ...]) -> str:
        """Find another aggregate that an expression names."""
        aggregates = {aggregate.name: aggregate for aggregate in self._cube.aggregates}
        if name in begun:
            raise Untranslatable(f"{name!r} is calculated from itself")
        if name not in self.asked and name in aggregates and aggregates[name].expression is not None:
            self._add_expression(aggregates[name], (*begun, name))
        if name not in self.asked:
            raise Untranslatable(f"no aggregate {name!r}. {nearest(name, self.asked)}")
        return self.asked[name]

    def _divided(self, left: Node, right: Node) -> Node:
        are_whole = {self._kind(left), self._kind(right)} == {Kind.INT}
        return quotient(left, right, self._dialect, are_whole=are_whole)

    def _kind(self, node: Node) -> Kind:
        match node:
            case Name(name=name):
                return self._kinds[name]
            case Call(function="div"):
                return Kind.INT
            case Unary() | Call(function="abs" | "coalesce") | Binary(operator="+" | "-" | "*"):
                return Kind.INT if all(self._kind(part) is Kind.INT for part in node.parts) else Kind.FLOAT
        return Kind.INT if getattr(node, "value", 0.5) % 1 == 0 else Kind.FLOAT

    def _named(self, node: Node) -> Node:
        """Give the hidden measures of a formula names that people can read."""
        shown = {name: self._show(name) for name in names(node)}
        return rewritten(node, lambda part: Name(shown[part.name]) if isinstance(part, Name) else None)

    def _show(self, name: str) -> str:
        """Give a measure a name that people can read, if it is hidden."""
        if not name.startswith(_HIDDEN):
            return name
        document = self.documents.pop(name)
        called = unique(f"{document['aggregate']}_{document.get('column', 'facts')}", self.documents)
        self.documents[called] = document
        self._kinds[called] = self._kinds[name]
        return called


_HIDDEN = "\0"


def _bare(document: Document) -> Document:
    return {field: value for field, value in document.items() if field in ("aggregate", "column", "formula")}
