"""Formula trees back to text."""

from __future__ import annotations

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
from cube_server.types import Unknown

_BINDING = {"or": 1, "and": 2, "<": 4, "<=": 4, ">": 4, ">=": 4, "=": 4, "!=": 4, "+": 5, "-": 5, "*": 6, "/": 6}
_NOT, _NEGATIVE = 3, 7


def write(node: Node, binding: int = 0) -> str:
    """Write a formula, with no more brackets than it needs.

    Args:
        node: The tree.
        binding: How strongly what stands around it binds.

    >>> write(Binary("/", Name("sales"), Binary("+", Name("sales"), Name("discount"))))
    'sales / (sales + discount)'
    """
    match node:
        case Number(value=value):
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case Text(value=value):
            return _key(value)
        case Name(name=name) | Path(name=name):
            return name
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(write, arguments))})"
        case Moved(operand=operand, places=places):
            return f"({', '.join(map(write, (operand, *places)))})"
        case Member(level=level, keys=keys):
            return f"{level}[{', '.join(map(_key, keys))}]"
        case Step(name=name, count=count):
            return f"{name}({count:g})"
    return _operation(node, binding)


def _operation(node: Node, binding: int) -> str:
    match node:
        case Unary(operator="not", operand=operand):
            own, text = _NOT, f"not {write(operand, _NOT)}"
        case Unary(operand=operand):
            own, text = _NEGATIVE, f"-{write(operand, _NEGATIVE)}"
        case Binary(operator=operator, left=left, right=right):
            own = _BINDING[operator]
            text = f"{write(left, own)} {operator} {write(right, own + 1)}"
        case _:
            return repr(node)
    return f"({text})" if own < binding else text


def _key(key: MemberKey) -> str:
    if key is None:
        return "null"
    if isinstance(key, Unknown):
        return str(key)
    return '"' + key.replace('"', '""') + '"' if isinstance(key, str) else str(key)
