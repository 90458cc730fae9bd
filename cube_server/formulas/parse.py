"""Text to formula tree, with errors that point at the character."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from cube_server.formulas.functions import STEPPING
from cube_server.formulas.tree import (
    Binary,
    Call,
    Member,
    MemberKey,
    Moved,
    Name,
    Node,
    Number,
    Path,
    Step,
    Text,
    Unary,
)
from cube_server.types import UNKNOWN

_MAX_LENGTH = 4_000


class FormulaError(ValueError):
    """A formula that cannot be read.

    Attributes:
        at: The offset of the first character that does not fit.
    """

    def __init__(self, message: str, text: str, at: int) -> None:
        super().__init__(message)
        self.text, self.at = text, at

    def __str__(self) -> str:
        """Show the message and the place in the text."""
        shown = f"{self.text[: self.at]}►{self.text[self.at :]}"
        return f"{self.args[0]} at character {self.at + 1}: {shown}"


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = files("cube_server.formulas").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", propagate_positions=True)


@v_args(inline=True)
class _TreeBuilder(Transformer[Token, Node]):
    def number(self, token: Token) -> Node:
        return Number(float(token), at=token.start_pos or 0)

    def text(self, token: Token) -> Node:
        return Text(str(_key(token)), at=token.start_pos or 0)

    def name(self, token: Token) -> Node:
        return Name(str(token), at=token.start_pos or 0)

    def negative(self, operand: Node) -> Node:
        return Unary("-", operand, at=operand.at)

    def not_(self, operand: Node) -> Node:
        return Unary("not", operand, at=operand.at)

    def binary(self, left: Node, operator: Token, right: Node) -> Node:
        return Binary(str(operator), left, right, at=operator.start_pos or 0)

    def compare(self, left: Node, operator: Token, right: Node) -> Node:
        return Binary("!=" if operator == "<>" else str(operator), left, right, at=operator.start_pos or 0)

    def and_(self, left: Node, right: Node) -> Node:
        return Binary("and", left, right, at=right.at)

    def or_(self, left: Node, right: Node) -> Node:
        return Binary("or", left, right, at=right.at)

    def call(self, function: Token, *arguments: Node | None) -> Node:
        given = tuple(argument for argument in arguments if argument is not None)
        name = str(function).lower()
        if name in STEPPING:
            # After the operand a bare name is a dimension, and no measure.
            given = (*given[:1], *map(_place, given[1:]))
        return Call(name, given, at=function.start_pos or 0)

    def path(self, token: Token) -> Node:
        return Path(str(token), at=token.start_pos or 0)

    def member(self, level: Token, *keys: Token) -> Node:
        return Member(str(level), tuple(map(_key, keys)), at=level.start_pos or 0)

    def step(self, name: Token, count: Token) -> Node:
        return Step(str(name), float(count), at=name.start_pos or 0)

    def step_back(self, name: Token, count: Token) -> Node:
        return Step(str(name), -float(count), at=name.start_pos or 0)

    def moved(self, operand: Node, *places: Node) -> Node:
        return Moved(operand, places, at=operand.at)


def _place(node: Node) -> Node:
    return Path(node.name, at=node.at) if isinstance(node, Name) else node


def _key(token: Token) -> MemberKey:
    if token.type == "NULL":
        return None
    if token.type == "UNKNOWN":
        return UNKNOWN
    if token.type == "TEXT":
        return str(token)[1:-1].replace('""', '"')
    return int(token) if token.isdigit() else float(token)


def parse(text: str) -> Node:
    """Read a formula.

    Args:
        text: Such as `sales / baskets` or `sales > 100 and baskets >= 2`.

    Returns:
        The syntax tree, names as typed.

    Raises:
        FormulaError: The text does not follow the grammar; the error holds the place.

    >>> parse("sales / baskets")
    Binary(at=6, operator='/', left=Name(at=0, name='sales'), right=Name(at=8, name='baskets'))
    """
    if len(text) > _MAX_LENGTH:
        raise FormulaError(f"A formula has at most {_MAX_LENGTH:,} characters; this has {len(text):,}", "", 0)
    try:
        return _TreeBuilder().transform(_grammar().parse(text))
    except UnexpectedCharacters as error:
        raise FormulaError("Unexpected character", text, _position(error)) from error
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(text) if ended else _position(error)
        message = "The formula ends too early" if ended else "Unexpected word or sign"
        raise FormulaError(message, text, at) from error
    except RecursionError as error:
        raise FormulaError("The formula is nested too deeply", "", 0) from error


def _position(error: UnexpectedInput) -> int:
    # lark's annotations say None; a text that fails to lex or parse always has a place.
    return cast("int", error.pos_in_stream)
