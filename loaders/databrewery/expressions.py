"""Expressions of Cubes as trees of this server's formulas, and what they mean in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from cube_server.errors import nearest
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.rows import ROW_FUNCTIONS, row_type
from cube_server.formulas.tree import Binary, Call, Name, Node, Number, Text, Unary, rewritten
from cube_server.types import Kind

AGGREGATES = frozenset({"sum", "min", "max", "avg", "stddev", "variance", "count"})
"""The functions of an aggregate's expression that go over rows."""

_RENAMED = {"pow": "power", "remainder": "mod"}
_WITHOUT_EQUAL = frozenset({"repeat", "lpad", "rpad", "case", "min", "max"})
_DECIMAL_LOGARITHM = frozenset({"sqlite", "postgresql"})
_EXACT_DIVISION = frozenset({"mysql", "mariadb", "oracle"})
"""Dialects in which 3 / 2 is 1.5; elsewhere it is 1."""


class Untranslatable(ValueError):
    """An expression that has no equal here."""


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = files("loaders.databrewery").joinpath("expression.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr")


@v_args(inline=True)
class _TreeBuilder(Transformer[Token, Node]):
    def number(self, token: Token) -> Node:
        return Number(float(token))

    def text(self, token: Token) -> Node:
        return Text(str(token)[1:-1])

    def name(self, token: Token) -> Node:
        return Name(str(token))

    def negative(self, operand: Node) -> Node:
        return Unary("-", operand)

    def not_(self, operand: Node) -> Node:
        return Unary("not", operand)

    def power(self, left: Node, right: Node) -> Node:
        return Call("power", (left, right))

    def binary(self, left: Node, operator: Token, right: Node) -> Node:
        return Call("mod", (left, right)) if operator == "%" else Binary(str(operator), left, right)

    def compare(self, left: Node, operator: Token, right: Node) -> Node:
        return Binary({"==": "=", "<>": "!="}.get(operator, str(operator)), left, right)

    def and_(self, left: Node, right: Node) -> Node:
        return Binary("and", left, right)

    def or_(self, left: Node, right: Node) -> Node:
        return Binary("or", left, right)

    def call(self, function: Token, *arguments: Node | None) -> Node:
        return Call(str(function).lower(), tuple(part for part in arguments if part is not None))


def parse_expression(text: str) -> Node:
    """Read an expression; names and functions are as the model writes them.

    >>> parse_expression("sum(discount) % 2")
    Call(at=0, function='mod', arguments=(Call(at=0, function='sum', arguments=(Name(at=0, name='discount'),)), \
Number(at=0, value=2.0)))

    Raises:
        Untranslatable: The text is none that Cubes can read.
    """
    try:
        return _TreeBuilder().transform(_grammar().parse(text))
    except UnexpectedInput as error:
        at = len(text) if isinstance(error, UnexpectedToken) and error.token.type == "$END" else _position(error)
        raise Untranslatable(f"the expression cannot be read at character {at + 1}: {text[:at]}►{text[at:]}") from error
    except (VisitError, RecursionError) as error:
        raise Untranslatable("the expression cannot be read") from error


def _position(error: UnexpectedInput) -> int:
    # lark's annotations say None; a text that fails to lex or parse always has a place.
    return cast("int", error.pos_in_stream)


def translated(node: Node, dialect: str, operand: Callable[[Name], tuple[Node, Kind]]) -> tuple[Node, Kind]:
    """Say in this server's formulas what SQL understands by an expression.

    Args:
        node: As `parse_expression` gives it.
        dialect: The database's, on which the meaning of / and log depends.
        operand: Gives what a name stands for, and its type.

    Returns:
        A formula over one row, and the type that it gives.

    Raises:
        Untranslatable: It uses a function that has no equal, or types that do not fit.
    """
    operands: dict[str, tuple[Node, Kind]] = {}

    def turned(part: Node) -> Node:
        match part:
            case Name(name=name):
                operands[name] = operand(part)
            case Call(function=function, arguments=arguments):
                return _call(function, tuple(map(turned, arguments)), dialect)
            case Binary(operator="/", left=left, right=right):
                return _divided(turned(left), turned(right), dialect, _kinds(operands))
        return part.with_parts(tuple(map(turned, part.parts)))

    # Names stay until the end, so that types are found by them and not by what they stand for.
    result = turned(node)
    kind = _type(result, _kinds(operands))
    return rewritten(result, lambda part: operands[part.name][0] if isinstance(part, Name) else None), kind


def _kinds(operands: Mapping[str, tuple[Node, Kind]]) -> dict[str, Kind]:
    return {name: kind for name, (_, kind) in operands.items()}


def _type(node: Node, kinds: Mapping[str, Kind]) -> Kind:
    try:
        return row_type(node, kinds)
    except FormulaError as error:
        raise Untranslatable(str(error.args[0])) from error


def _divided(left: Node, right: Node, dialect: str, kinds: Mapping[str, Kind]) -> Node:
    return quotient(left, right, dialect, are_whole={_type(left, kinds), _type(right, kinds)} == {Kind.INT})


def quotient(left: Node, right: Node, dialect: str, *, are_whole: bool) -> Node:
    """Divide as a database does, given whether both operands are whole numbers."""
    if are_whole and dialect not in _EXACT_DIVISION:
        return Call("div", (left, right))
    return Binary("/", left, right)


def _call(function: str, arguments: tuple[Node, ...], dialect: str) -> Node:
    name = _RENAMED.get(function, function)
    if name == "log" and len(arguments) == 1:
        name = "log10" if dialect in _DECIMAL_LOGARITHM else "ln"
    if name in _WITHOUT_EQUAL:
        raise Untranslatable(f"the function {function!r} has no equal")
    if name not in ROW_FUNCTIONS:
        raise Untranslatable(f"no function {function!r}. {nearest(function, ROW_FUNCTIONS)}")
    return Call(name, arguments)
