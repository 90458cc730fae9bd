"""Formulas over one row as SQL; what they mean stands in `cube_server.formulas.rows`.

What a database means by a function is not asked: halves are rounded away from zero, quotients cut towards it, and what
has no value, such as x / 0, is null, in every database alike. What cannot be said in one is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from cube_server.backends.sql.dialects import Column, Dialect
from cube_server.backends.sql.row_functions import (
    FUNCTIONS,
    UNTOLD,
    calendar_part,
    case_when,
    quotient,
    text_of,
)
from cube_server.errors import CapabilityError, InternalError
from cube_server.formulas.comparisons import COMPARISONS
from cube_server.formulas.rows import row_type
from cube_server.formulas.tree import Binary, Call, Name, Node, Number, Text, Unary
from cube_server.types import DataType, Kind

Typed = tuple[Column, DataType]
"""A column of a statement, and its type in the model."""

_WHOLE = frozenset({"round", "trunc", "floor", "ceil"})
_SAME = frozenset({"coalesce", "nullif", "if", "abs"})
_COMPARED: Mapping[str, Callable[[Column, Column], Column]] = {
    **COMPARISONS,
    "and": sa.and_,
    "or": sa.or_,
}
_COUNTED: Mapping[str, Callable[[Column, Column], Column]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


@dataclass(frozen=True, slots=True)
class RowFormulas:
    """Writes formulas over the rows of a statement.

    Args:
        dialect: The database's.
        columns: What formulas name.
        place: What the formulas are of, for messages.
    """

    dialect: Dialect
    columns: Mapping[str, Typed]
    place: str

    def value(self, node: Node, type_: DataType) -> Column:
        """Write a formula as a column of a type.

        Raises:
            CapabilityError: The database does not say it, or a digit might be lost that a load would complain of.
        """
        if isinstance(node, Name) and self.columns[node.name][1] == type_:
            return self.columns[node.name][0]
        kind, digits = self.kind(node), self._digits(node)
        is_number = type_.kind in (Kind.INT, Kind.DECIMAL)
        if is_number and (digits is None or digits > (type_.scale if type_.kind is Kind.DECIMAL else 0)):
            problem = f"{self.place}: a number that may have more digits than {type_} is not told by a database."
            raise CapabilityError(problem, hint="Write round(x, digits), or load the data into a warehouse.")
        if not is_number and kind is not type_.kind and not (type_.kind is Kind.FLOAT and kind in _NUMBERS):
            problem = f"{self.place}: {kind} is not {type_}."
            raise CapabilityError(problem, hint="Convert it in the formula.")
        # SQLite would make a number of a date.
        if self.dialect.name == "sqlite" and not is_number:
            return sa.type_coerce(self.of(node), self.dialect.type(type_))
        is_whole = kind is Kind.INT
        found = (
            sa.cast(self.of(node), self.dialect.type(type_))
            if is_whole
            else self.dialect.converted(self.of(node), type_)
        )
        return self.dialect.materialized(found)

    def kind(self, node: Node) -> Kind:
        """Give the type of what a formula gives."""
        return row_type(node, {name: type_.kind for name, (_, type_) in self.columns.items()})

    def of(self, node: Node) -> Column:
        """Write a formula."""
        match node:
            case Number(value=value):
                is_whole = value.is_integer()
                return sa.literal(int(value), sa.BigInteger) if is_whole else sa.literal(value, sa.Double)
            case Text(value=value):
                return sa.literal(value, sa.String)
            case Name(name=name):
                column, type_ = self.columns[name]
                return sa.cast(column, sa.Double) if type_.kind is Kind.DECIMAL else column
            case Unary(operator="-", operand=operand):
                return self._counted("-", Number(0.0), operand)
            case Unary(operand=operand):
                return sa.not_(self.of(operand))
            case Binary(operator=operator, left=left, right=right):
                return self._binary(operator, left, right)
            case Call():
                return self._call(node)
        raise InternalError(f"No row formula {node!r}.")

    def _binary(self, operator: str, left: Node, right: Node) -> Column:
        if operator == "/":
            return quotient(self.of(left), self.of(right))
        if operator in _COUNTED:
            return self._counted(operator, left, right)
        pair = self.of(left), self.of(right)
        if operator[0] in "<>" and self.kind(left) is Kind.TEXT and self.dialect.name == "postgresql":
            pair = pair[0].collate("C"), pair[1]
        return _COMPARED[operator](*pair)

    def _counted(self, operator: str, left: Node, right: Node) -> Column:
        """Add or multiply; whole numbers that do not fit are refused by the database, not wrapped around."""
        found = _COUNTED[operator]
        if {self.kind(left), self.kind(right)} != {Kind.INT}:
            return found(self.of(left), self.of(right))
        whole = DataType(Kind.INT)
        if self.dialect.name == "sqlite":
            return sa.func.cube_whole(found(self.of(left), self.of(right)), type_=sa.BigInteger())
        wide = (self.dialect.widened(self.of(part), whole) for part in (left, right))
        return sa.cast(found(*wide), self.dialect.type(whole))

    def _call(self, node: Call) -> Column:
        name, kinds = node.function, tuple(map(self.kind, node.arguments))
        if name in UNTOLD.get(self.dialect.name, ()):
            problem = f"{self.place}: {self.dialect.title} has no {name} as formulas mean it."
            raise CapabilityError(problem, hint="Make a view, or load the data into a warehouse.")
        if name == "extract" and isinstance(node.arguments[0], Text):
            return calendar_part(node.arguments[0].value, self.of(node.arguments[1]), self.dialect)
        parts = tuple(map(self.of, node.arguments))
        if name in ("text", "tuple"):
            told = tuple(self._text(part, kind) for part, kind in zip(parts, kinds, strict=True))
            return told[0] if name == "text" else FUNCTIONS["tuple"](self.dialect, *told)
        if name in ("div", "mod"):
            is_whole = set(kinds) == {Kind.INT}
            return FUNCTIONS[name if is_whole else f"{name}_of_floats"](self.dialect, *parts)
        return case_when(*parts) if name == "if" else FUNCTIONS[name](self.dialect, *parts)

    def _text(self, value: Column, kind: Kind) -> Column:
        found = text_of(value, kind, self.dialect)
        if found is None:
            problem = f"{self.place}: how {kind} is written as a text differs between databases."
            raise CapabilityError(problem, hint="Make a view, or load the data into a warehouse.")
        return found

    def _digits(self, node: Node) -> int | None:
        """Give how many digits behind the point a formula can have at most; None where that is not known."""
        match node:
            case Number(value=value):
                return 0 if value.is_integer() else len(repr(value).partition(".")[2])
            case Name(name=name):
                type_ = self.columns[name][1]
                return {Kind.INT: 0, Kind.DECIMAL: type_.scale}.get(type_.kind)
            case Unary(operand=operand):
                return self._digits(operand)
            case Binary(operator="*", left=left, right=right):
                found = self._digits(left), self._digits(right)
                return None if found[0] is None or found[1] is None else found[0] + found[1]
            case Binary(operator="+" | "-", left=left, right=right):
                return _most(self._digits(left), self._digits(right))
            case Call(function="round", arguments=(_, Number(value=value))):
                return max(int(value), 0)
            case Call(function=name, arguments=arguments) if name in _SAME:
                return _most(*map(self._digits, arguments[1:] if name == "if" else arguments))
            case Call(function=name, arguments=arguments) if name in _WHOLE and len(arguments) == 1:
                return 0
        return 0 if self.kind(node) is Kind.INT else None


_NUMBERS = frozenset({Kind.INT, Kind.FLOAT, Kind.DECIMAL})


def _most(*digits: int | None) -> int | None:
    known = [each for each in digits if each is not None]
    return max(known) if len(known) == len(digits) else None
