"""What a formula must keep to beyond its grammar: names that exist, functions with the right arguments, types.

A formula is of one of two types: a number, or a condition (true or false).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cube_server.errors import nearest
from cube_server.formulas.functions import FUNCTIONS
from cube_server.formulas.parse import FormulaError
from cube_server.formulas.tree import Binary, Call, Member, Name, Node, Path, Step, Unary, children

_LOGIC = frozenset({"and", "or", "not"})
_COMPARISON = frozenset({"<", "<=", ">", ">=", "=", "!="})


def is_condition(node: Node) -> bool:
    """Tell whether a formula is true or false rather than a number."""
    match node:
        case Unary(operator=operator) | Binary(operator=operator):
            return operator in _LOGIC | _COMPARISON
        case Call(function="if", arguments=(_, then, _)):
            return is_condition(then)
        case Call(function="coalesce", arguments=(first, *_)):
            return is_condition(first)
    return False


def check(node: Node, text: str, measures: Collection[str], *, condition: bool) -> tuple[FormulaError, ...]:
    """Find every mistake of a formula.

    Args:
        node: The tree of `text`.
        text: The formula as typed, for messages.
        measures: The names that may stand in it.
        condition: Whether it must be a condition (else it must be a number).

    Returns:
        The mistakes, in no particular order; empty if there are none.
    """
    return tuple(_mistakes(node, text, measures, condition=condition))


def _mistakes(node: Node, text: str, measures: Collection[str], *, condition: bool) -> Iterator[FormulaError]:
    if isinstance(node, Path | Member | Step):
        return
    if is_condition(node) is not condition:
        wanted, found = ("a condition", "a number") if condition else ("a number", "a condition")
        yield FormulaError(f"Here stands {found} where {wanted} is needed", text, node.at)
        return
    if isinstance(node, Name) and node.name not in measures:
        yield FormulaError(f"No measure {node.name!r}. {nearest(node.name, measures)}", text, node.at)
    if isinstance(node, Call) and (wrong := _call_mistake(node)):
        yield FormulaError(wrong, text, node.at)
        return
    for position, child in enumerate(children(node)):
        yield from _mistakes(child, text, measures, condition=_wants_condition(node, position))


def _call_mistake(node: Call) -> str:
    if node.function not in FUNCTIONS:
        return f"No function {node.function!r}. {nearest(node.function, FUNCTIONS)}"
    function = FUNCTIONS[node.function]
    if function.least <= len(node.arguments) <= function.most:
        return ""
    return f"{node.function} is written {function.usage}; this has {len(node.arguments)} arguments"


def _wants_condition(node: Node, position: int) -> bool:
    match node:
        case Unary(operator=operator) | Binary(operator=operator):
            return operator in _LOGIC
        case Call(function="if"):
            return position == 0 or is_condition(node)
        case Call(function="coalesce"):
            return is_condition(node)
    return False
