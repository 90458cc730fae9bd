"""What a formula must keep to beyond its grammar: names that exist, functions with the right arguments, types.

A formula is of one of three types: a number, a condition (true or false), or a text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from cube_server.errors import nearest
from cube_server.formulas.functions import FUNCTIONS, FunctionKind
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.tree import Binary, Call, Member, Moved, Name, Node, Number, Path, Step, Text, Unary


class FormulaType(StrEnum):
    """What a formula gives."""

    NUMBER = "a number"
    CONDITION = "a condition"
    TEXT = "a text"


Types = Mapping[str, FormulaType]
"""The type of each name that may stand in a formula."""

_NUMBER, _CONDITION, _TEXT = FormulaType.NUMBER, FormulaType.CONDITION, FormulaType.TEXT
_LOGIC = frozenset({"and", "or", "not"})
_COMPARISON = frozenset({"<", "<=", ">", ">=", "=", "!="})


def numbers(names: Collection[str]) -> Types:
    """Say that names are numbers, as measures are."""
    return dict.fromkeys(names, _NUMBER)


def type_of(node: Node, types: Types) -> FormulaType:
    """Tell what a formula gives; what is wrong inside does not matter.

    >>> type_of(Binary(">", Name("sales"), Name("cost")), {})
    <FormulaType.CONDITION: 'a condition'>
    """
    match node:
        case Text():
            return _TEXT
        case Name(name=name):
            return types.get(name, _NUMBER)
        case Unary(operator=operator) | Binary(operator=operator):
            return _CONDITION if operator in _LOGIC | _COMPARISON else _NUMBER
        case Call(function="if", arguments=(_, result, _)) | Call(function="coalesce", arguments=(result, *_)):
            return type_of(result, types)
        case Moved(operand=operand):
            return type_of(operand, types)
    return _NUMBER


def check(
    node: Node, text: str, types: Types, wanted: Collection[FormulaType] = (FormulaType.NUMBER,)
) -> tuple[FormulaError, ...]:
    """Find every mistake of a formula.

    Args:
        node: The tree of `text`.
        text: The formula as typed, for messages.
        types: The names that may stand in it, and what they give.
        wanted: What the formula may give.

    Returns:
        The mistakes, in no particular order; empty if there are none.
    """
    return tuple(_mistakes(node, text, types, wanted))


def _mistakes(node: Node, text: str, types: Types, wanted: Collection[FormulaType]) -> Iterator[FormulaError]:
    if isinstance(node, Path | Member | Step):
        return
    found = type_of(node, types)
    if found not in wanted:
        yield FormulaError(f"Here stands {found} where {' or '.join(wanted)} is needed", text, node.at)
        return
    if isinstance(node, Name) and node.name not in types:
        yield FormulaError(f"No measure {node.name!r}. {nearest(node.name, types)}", text, node.at)
    if isinstance(node, Call) and (wrong := _call_mistake(node)):
        yield FormulaError(wrong, text, node.at)
        return
    for position, child in enumerate(node.parts):
        yield from _mistakes(child, text, types, _wanted(node, position, types))


def _call_mistake(node: Call) -> str:
    if node.function not in FUNCTIONS:
        return f"No function {node.function!r}. {nearest(node.function, FUNCTIONS)}"
    function = FUNCTIONS[node.function]
    if node.function == "round" and not _are_digits(node.arguments[1:]):
        return "round takes its digits as a number from 0 to 15, such as round(x, 2)"
    if function.least <= len(node.arguments) <= function.most:
        return ""
    return f"{node.function} is written {function.usage}; this has {len(node.arguments)} arguments"


def _are_digits(arguments: tuple[Node, ...]) -> bool:
    return all(isinstance(part, Number) and part.value in range(16) for part in arguments[:1])


def _wanted(node: Node, position: int, types: Types) -> tuple[FormulaType, ...]:
    """Say what may stand at a place in a formula."""
    match node:
        case Unary(operator=operator) | Binary(operator=operator) if operator in _LOGIC:
            return (_CONDITION,)
        case Binary(operator="=" | "!=", left=left):
            return (type_of(left, types),)
        case Call(function="if"):
            return (_CONDITION,) if position == 0 else (type_of(node, types),)
        case Call(function="coalesce") | Moved():
            return (type_of(node, types),)
        case Call(function=function) if FUNCTIONS[function].kind is FunctionKind.MEMBERS:
            return tuple(FormulaType)
    return (_NUMBER,)
