"""Derived attributes as levels: each gets a dimension of its own, whose members are its values."""

from __future__ import annotations

from collections.abc import Collection

from cube_server.formulas.check import FormulaType
from cube_server.formulas.functions import FUNCTIONS, FunctionKind
from cube_server.formulas.tree import Binary, Call, Member, Moved, Name, Node, Number, Path, Unary, children
from cube_server.model.elements import (
    Column,
    DerivedAttribute,
    Dimension,
    Hierarchy,
    Level,
    LevelRef,
    Link,
    Table,
    Text,
)
from cube_server.types import DataType, Kind

_KINDS = {FormulaType.NUMBER: Kind.FLOAT, FormulaType.CONDITION: Kind.BOOL, FormulaType.TEXT: Kind.TEXT}


def derive(
    name: str,
    keys: tuple[LevelRef, ...],
    formula: tuple[str, Node, FormulaType],
    shows: LevelRef | None,
    *,
    whole: Collection[str],
    within_cut: bool,
    label: Text,
) -> DerivedAttribute:
    """Make a derived attribute.

    Args:
        name: Its name.
        keys: The levels whose members have it; the first gives it its dimension's name.
        formula: Its text, its tree, and what it gives.
        shows: The level whose members its values are, if they are members.
        whole: The names in the formula that are whole numbers.
        within_cut: Whether only the facts within the query's cut count.
        label: What people read.
    """
    text, tree, gives = formula
    kind = Kind.INT if gives is FormulaType.NUMBER and _is_whole(tree, whole) else _KINDS[gives]
    type_ = shows.level.key.type if shows else DataType(kind)
    column = Column(name, type_)
    owner = f"{keys[0].link.name}.{name}"
    level = Level(
        dimension=owner,
        name=name,
        key=column,
        caption=None,
        order=None,
        unique=True,
        period=None,
        attribute_of=keys[0].level.name,
        label=label,
        description=Text(),
    )
    hierarchy = Hierarchy(dimension=owner, name=name, levels=(level,), label=label, description=Text())
    dimension = Dimension(
        name=owner,
        table=Table(name=owner, source="", key=(column,), columns=(column,)),
        is_time=False,
        hierarchies=(hierarchy,),
        label=label,
        description=Text(),
    )
    link = Link(name=keys[0].link.name, dimension=dimension, column=column, label=label)
    return DerivedAttribute(
        name=name, link=link, keys=keys, text=text, formula=tree, within_cut=within_cut, shows=shows
    )


def _is_whole(node: Node, whole: Collection[str]) -> bool:
    """Tell whether a formula gives whole numbers, so that its values read 1 and not 1.0."""
    match node:
        case Number(value=value):
            return value.is_integer()
        case Name(name=name):
            return name in whole
        case Path() | Member() | Call(function="rank" | "row_number" | "ntile" | "first" | "last"):
            return True
        case Unary(operand=operand) | Moved(operand=operand):
            return _is_whole(operand, whole)
        case Binary(operator="+" | "-" | "*") | Call(function="if" | "coalesce"):
            parts = children(node)[1:] if isinstance(node, Call) and node.function == "if" else children(node)
            return all(_is_whole(part, whole) for part in parts)
    return False


def level_shown(formula: Node) -> str | None:
    """Name the level whose members a formula gives: `first(time.month)` gives months."""
    while isinstance(formula, Moved):
        formula = formula.operand
    if isinstance(formula, Call) and FUNCTIONS[formula.function].kind is FunctionKind.EDGE:
        level = formula.arguments[0]
        return level.name if isinstance(level, Path) else None
    return None
