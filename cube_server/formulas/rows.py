"""Formulas over the columns of one row: how tables are derived from others when they are loaded.

They have the grammar of all formulas, but names are columns: `amount`, `dim_item.name` of a joined table, and
`column("Order ID")` or `column("dim_item", "Order ID")` for names that are no words of the grammar. Null spreads, as
everywhere, unless the function says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cube_server.errors import nearest
from cube_server.formulas.parse import FormulaError, parse
from cube_server.formulas.tree import Binary, Call, Name, Node, Number, Path, Text, Unary, rewritten
from cube_server.types import NUMBERS, Kind

PARTS_OF_TIME = ("year", "quarter", "month", "week", "day", "weekday", "hour", "minute", "second")
"""What `extract` takes of a date or timestamp; weeks are ISO's, weekdays count from 1, Monday."""

Given = tuple[Kind, ...]
"""The types of a function's arguments."""

READ_BY_FORMAT = frozenset({"to_date", "to_timestamp"})
"""The functions that read a text by a format, as strptime writes it."""

_TIMES = frozenset({Kind.DATE, Kind.TIMESTAMP})
_ANY = frozenset(Kind)
_TEXT, _BOOL, _INT, _FLOAT = Kind.TEXT, Kind.BOOL, Kind.INT, Kind.FLOAT
_TEXTS, _CONDITIONS = frozenset({_TEXT}), frozenset({_BOOL})


@dataclass(frozen=True, slots=True)
class RowFunction:
    """A function of one row.

    Attributes:
        usage: How it is written.
        takes: The types that each argument may have; the last one holds for all further ones.
        least: The least number of arguments.
        most: The most.
        gives: The type of its result, or how it follows from those of the arguments.
    """

    usage: str
    takes: tuple[frozenset[Kind], ...]
    least: int
    most: int
    gives: Kind | Callable[[Given], Kind]


def _number(given: Given) -> Kind:
    return _INT if all(kind is _INT for kind in given) else _FLOAT


def _first(given: Given) -> Kind:
    return given[0]


def _common(given: Given) -> Kind:
    kinds = set(given)
    return given[0] if len(kinds) == 1 else _FLOAT if kinds <= NUMBERS else _TEXT


def _of(usage: str, *takes: frozenset[Kind], gives: Kind | Callable[[Given], Kind], least: int = 0) -> RowFunction:
    return RowFunction(usage, takes, least or len(takes), len(takes), gives)


def _of_many(usage: str, takes: frozenset[Kind], gives: Kind | Callable[[Given], Kind]) -> RowFunction:
    return RowFunction(usage, (takes,), 1, 64, gives)


ROW_FUNCTIONS: Mapping[str, RowFunction] = {
    "abs": _of("abs(x)", NUMBERS, gives=_number),
    "sign": _of("sign(x)", NUMBERS, gives=_INT),
    "round": _of("round(x, digits)", NUMBERS, frozenset({_INT}), gives=_FLOAT, least=1),
    "trunc": _of("trunc(x)", NUMBERS, gives=_FLOAT),
    "floor": _of("floor(x)", NUMBERS, gives=_FLOAT),
    "ceil": _of("ceil(x)", NUMBERS, gives=_FLOAT),
    "div": _of("div(x, y)", NUMBERS, NUMBERS, gives=_INT),
    "mod": _of("mod(x, y)", NUMBERS, NUMBERS, gives=_number),
    "power": _of("power(x, y)", NUMBERS, NUMBERS, gives=_FLOAT),
    "sqrt": _of("sqrt(x)", NUMBERS, gives=_FLOAT),
    "exp": _of("exp(x)", NUMBERS, gives=_FLOAT),
    "ln": _of("ln(x)", NUMBERS, gives=_FLOAT),
    "log10": _of("log10(x)", NUMBERS, gives=_FLOAT),
    "sin": _of("sin(x)", NUMBERS, gives=_FLOAT),
    "cos": _of("cos(x)", NUMBERS, gives=_FLOAT),
    "tan": _of("tan(x)", NUMBERS, gives=_FLOAT),
    "lower": _of("lower(text)", _TEXTS, gives=_TEXT),
    "upper": _of("upper(text)", _TEXTS, gives=_TEXT),
    "trim": _of("trim(text)", _TEXTS, gives=_TEXT),
    "left": _of("left(text, n)", _TEXTS, frozenset({_INT}), gives=_TEXT),
    "right": _of("right(text, n)", _TEXTS, frozenset({_INT}), gives=_TEXT),
    "substr": _of("substr(text, start, n)", _TEXTS, frozenset({_INT}), frozenset({_INT}), gives=_TEXT, least=2),
    "replace": _of("replace(text, old, new)", _TEXTS, _TEXTS, _TEXTS, gives=_TEXT),
    "position": _of("position(part, text)", _TEXTS, _TEXTS, gives=_INT),
    "length": _of("length(text)", _TEXTS, gives=_INT),
    "concat": _of_many("concat(text, text)", _TEXTS, _TEXT),
    "text": _of("text(x)", _ANY, gives=_TEXT),
    "to_number": _of("to_number(text)", _TEXTS, gives=_FLOAT),
    "to_date": _of('to_date(text, "%d/%m/%Y")', _TEXTS, _TEXTS, gives=Kind.DATE),
    "to_timestamp": _of('to_timestamp(text, "%d/%m/%Y %H:%M")', _TEXTS, _TEXTS, gives=Kind.TIMESTAMP),
    "date": _of("date(timestamp)", _TIMES, gives=Kind.DATE),
    "make_date": _of("make_date(year, month, day)", *[frozenset({_INT})] * 3, gives=Kind.DATE),
    "extract": _of('extract("year", date)', _TEXTS, _TIMES, gives=_INT),
    "coalesce": _of_many("coalesce(x, y)", _ANY, _common),
    "nullif": _of("nullif(x, y)", _ANY, _ANY, gives=_first),
    "if": _of("if(condition, x, y)", _CONDITIONS, _ANY, _ANY, gives=lambda given: _common(given[1:])),
    "is_null": _of("is_null(x)", _ANY, gives=_BOOL),
    "one_of": _of_many("one_of(x, y, z)", _ANY, _BOOL),
    "starts_with": _of("starts_with(text, part)", _TEXTS, _TEXTS, gives=_BOOL),
    "tuple": _of_many("tuple(x, y)", _ANY, _TEXT),
}
"""The functions by name. `column` is none of them: it is a way to write a name."""

_LOGIC, _ARITHMETIC = frozenset({"and", "or"}), frozenset({"+", "-", "*"})


def read_row(text: str, columns: Mapping[str, Kind]) -> tuple[Node, Kind]:
    """Read a formula over one row.

    Args:
        text: Such as `amount * 2` or `tuple(category, subcategory)`.
        columns: The type of each column; those of joined tables as `table.column`.

    Returns:
        Its tree, in which every column is a Name, and the type that it gives.

    Raises:
        FormulaError: The text does not follow the grammar, a name or function is unknown, or types do not fit.

    >>> read_row("div(amount, 2)", {"amount": Kind.INT})[1]
    <Kind.INT: 'int'>
    """
    try:
        node = rewritten(parse(text), lambda part: _column(part, text))
        return node, row_type(node, columns, text)
    except RecursionError as error:
        raise FormulaError("The formula is nested too deeply", "", 0) from error


def row_type(node: Node, columns: Mapping[str, Kind], text: str = "") -> Kind:
    """Tell what a formula over one row gives; FormulaError as for `read_row`."""
    return _Checker(text, columns).type_of(node)


def _column(node: Node, text: str) -> Node | None:
    """Give a Name for every other way to write a column."""
    match node:
        case Path(name=name, at=at):
            return Name(name, at=at)
        case Call(function="column", arguments=arguments, at=at):
            if not 1 <= len(arguments) <= 2 or not all(isinstance(part, Text) for part in arguments):
                raise FormulaError('A column is written column("name") or column("table", "name")', text, at)
            return Name(".".join(part.value for part in arguments if isinstance(part, Text)), at=at)
    return None


@dataclass(frozen=True, slots=True)
class _Checker:
    text: str
    columns: Mapping[str, Kind]

    def type_of(self, node: Node) -> Kind:
        match node:
            case Number(value=value):
                return _INT if value.is_integer() else _FLOAT
            case Text():
                return _TEXT
            case Name(name=name):
                return self._column(name, node)
            case Unary(operator=operator, operand=operand):
                return self._operation(node, operator, (operand,))
            case Binary(operator=operator, left=left, right=right):
                return self._operation(node, operator, (left, right))
            case Call(function=function, arguments=arguments):
                return self._call(node, function, arguments)
        raise FormulaError("Here stands what only formulas of measures may have", self.text, node.at)

    def _column(self, name: str, node: Node) -> Kind:
        if name not in self.columns:
            raise FormulaError(f"No column {name!r}. {nearest(name, self.columns)}", self.text, node.at)
        return self.columns[name]

    def _operation(self, node: Node, operator: str, operands: tuple[Node, ...]) -> Kind:
        given = tuple(map(self.type_of, operands))
        if operator in _LOGIC or operator == "not":
            return self._all(node, operator, given, _CONDITIONS, _BOOL)
        if operator in _ARITHMETIC:
            return self._all(node, operator, given, NUMBERS, _number(given))
        if operator == "/":
            return self._all(node, operator, given, NUMBERS, _FLOAT)
        if len(set(given)) > 1 and not set(given) <= NUMBERS:
            raise FormulaError(f"{' and '.join(given)} cannot be compared", self.text, node.at)
        return _BOOL

    def _all(self, node: Node, name: str, given: Given, taken: frozenset[Kind], gives: Kind) -> Kind:
        wrong = next((kind for kind in given if kind not in taken), None)
        if wrong is not None:
            raise FormulaError(f"{name} takes {_listed(taken)}, not {wrong}", self.text, node.at)
        return gives

    def _call(self, node: Node, name: str, arguments: tuple[Node, ...]) -> Kind:
        function = ROW_FUNCTIONS.get(name)
        if function is None:
            raise FormulaError(f"No function {name!r}. {nearest(name, ROW_FUNCTIONS)}", self.text, node.at)
        if not function.least <= len(arguments) <= function.most:
            raise FormulaError(f"{name} is written {function.usage}", self.text, node.at)
        given = tuple(map(self.type_of, arguments))
        for position, kind in enumerate(given):
            self._all(arguments[position], name, (kind,), function.takes[min(position, len(function.takes) - 1)], kind)
        if name == "extract" and arguments[0] not in [Text(part) for part in PARTS_OF_TIME]:
            raise FormulaError(f"extract takes one of {', '.join(PARTS_OF_TIME)} first", self.text, node.at)
        if name in READ_BY_FORMAT and not isinstance(arguments[1], Text):
            raise FormulaError(f"{name} takes a format: {function.usage}", self.text, node.at)
        return function.gives if isinstance(function.gives, Kind) else function.gives(given)


def _listed(kinds: frozenset[Kind]) -> str:
    return " or ".join(kind.value for kind in Kind if kind in kinds)
