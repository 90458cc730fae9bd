"""Derived attributes as levels: each gets a dimension of its own, whose members are its values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cube_server.formulas.check import FormulaType
from cube_server.formulas.functions import FUNCTIONS, FunctionKind
from cube_server.formulas.tree import Binary, Call, Member, Moved, Name, Node, Number, Path, Unary
from cube_server.model.dimensions import Dimension, Hierarchy, Level, LevelRef, Link
from cube_server.model.elements import DerivedAttribute
from cube_server.model.tables import Column, Table, Text
from cube_server.types import DataType, Kind


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as typed, its tree, what it gives, and which names in it are whole numbers."""

    text: str
    tree: Node
    gives: FormulaType
    whole: frozenset[str]


_KINDS = {FormulaType.NUMBER: Kind.FLOAT, FormulaType.CONDITION: Kind.BOOL, FormulaType.TEXT: Kind.TEXT}


def derive(
    name: str,
    keys: tuple[LevelRef, ...],
    formula: Formula,
    shows: LevelRef | None,
    *,
    within_cut: bool,
    label: Text,
    description: Text,
) -> DerivedAttribute:
    """Make a derived attribute.

    Args:
        name: Its name.
        keys: The levels whose members have it; the first gives it its dimension's name.
        formula: How it follows from facts.
        shows: The level whose members its values are, if they are members.
        within_cut: Whether only the facts within the query's cut count.
        label: What people read.
        description: What a tooltip tells.
    """
    column = Column(name, shows.level.key.type if shows else _type(formula))
    level = Level(
        dimension=f"{keys[0].link.name}.{name}",
        name=name,
        key=column,
        caption=None,
        order=None,
        unique=True,
        period=None,
        attribute_of=keys[0].level.name,
        label=label,
        description=description,
    )
    link = Link(name=keys[0].link.name, dimension=_dimension(level), column=column, label=label)
    return DerivedAttribute(
        name=name, link=link, keys=keys, text=formula.text, formula=formula.tree, within_cut=within_cut, shows=shows
    )


def _dimension(level: Level) -> Dimension:
    hierarchy = Hierarchy(
        dimension=level.dimension,
        name=level.name,
        levels=(level,),
        label=level.label,
        description=level.description,
    )
    return Dimension(
        name=level.dimension,
        table=Table(name=level.dimension, source="", key=(level.key,), columns=(level.key,)),
        is_time=False,
        hierarchies=(hierarchy,),
        label=level.label,
        description=level.description,
    )


def _type(formula: Formula) -> DataType:
    is_whole = formula.gives is FormulaType.NUMBER and _is_whole(formula.tree, formula.whole)
    return DataType(Kind.INT if is_whole else _KINDS[formula.gives])


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
            parts = node.parts[1:] if isinstance(node, Call) and node.function == "if" else node.parts
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
