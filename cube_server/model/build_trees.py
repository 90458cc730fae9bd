"""Parent-child hierarchies: the levels that a load makes of a column of parents."""

from __future__ import annotations

from collections.abc import Mapping

from cube_server.errors import nearest
from cube_server.model.dimensions import Level, Tree
from cube_server.model.document import DimensionDoc, TreeDoc
from cube_server.model.mistakes import Mistakes
from cube_server.model.tables import Column, Table, Text
from cube_server.types import DataType, Kind, Scalar


class TreeBuilder:
    """Builds the trees of a dimension, noting every mistake.

    Args:
        table: The dimension's table.
        levels: Its levels.
        mistakes: Where mistakes are noted.
    """

    def __init__(self, table: Table, levels: Mapping[str, Level], mistakes: Mistakes) -> None:
        self._table = table
        self._levels = levels
        self._mistakes = mistakes

    def hierarchy(
        self, place: str, dimension: str, part: TreeDoc, beside: DimensionDoc
    ) -> tuple[tuple[Level, ...], Tree] | None:
        """Build the levels of a tree and what they are made of; None where there is a mistake.

        Args:
            place: The hierarchy's JSON pointer.
            dimension: The dimension's name.
            part: The tree's document.
            beside: The dimension's document.
        """
        spot = f"{place}/tree"
        member = self._member(f"{spot}/of", dimension, part.of, beside)
        columns = {column.name: column for column in self._table.columns}
        parent = self._mistakes.column(f"{spot}/parent", part.parent, columns, self._table.name)
        if member is None or parent is None:
            return None
        if parent.type != member.key.type:
            message = f"{self._table.name}.{parent.name} is {parent.type}, but the key of {part.of!r} is"
            self._mistakes.blame(f"{spot}/parent", f"{message} {member.key.type}.")
            return None
        try:
            root = None if part.root is None else parent.type.read(part.root)
        except ValueError as error:
            self._mistakes.blame(f"{spot}/root", f"Key of {part.of!r}: {error}.")
            return None
        levels = tuple(_level(member, parent, root, depth, part.depth) for depth in range(1, part.depth + 1))
        self._names(f"{spot}/of", levels, beside)
        return levels, Tree(member=member, parent=parent, root=root)

    def _member(self, spot: str, dimension: str, name: str, beside: DimensionDoc) -> Level | None:
        if name not in beside.levels:
            self._mistakes.blame(spot, f"Dimension {dimension!r} has no level {name!r}.", nearest(name, beside.levels))
        member = self._levels.get(name)
        if member is not None and member.key != self._table.key[0]:
            key = self._table.key[0].name
            problem = f"A tree is of rows, but {name!r} is not by {key!r}, the key of {self._table.name!r}."
            self._mistakes.blame(spot, problem, "Name the level that is.")
            return None
        return member

    def _names(self, spot: str, levels: tuple[Level, ...], beside: DimensionDoc) -> None:
        attributes = (name for level in beside.levels.values() for name in level.attributes)
        taken = {*beside.levels, *beside.hierarchies, *attributes}
        for level in levels:
            if level.name in taken:
                self._mistakes.blame(spot, f"{level.name!r} is a level of the tree, and the name is taken.", "Rename.")


def _level(member: Level, parent: Column, root: Scalar | None, depth: int, of: int) -> Level:
    """Make the level at a depth, from 1. Its columns are named by all that they are made of."""
    made = f"{parent.name}@{depth}/{of}" if root is None else f"{parent.name}({root})@{depth}/{of}"
    order = member.order or member.key
    return Level(
        dimension=member.dimension,
        name=f"{member.name}_{depth}",
        key=Column(made, member.key.type),
        caption=Column(f"{made} {member.caption.name}", member.caption.type) if member.caption else None,
        order=Column(f"{made} by {order.name}", DataType(Kind.INT)),
        unique=True,
        period=None,
        attribute_of=None,
        label=Text(tuple((language, f"{label} {depth}") for language, label in member.label.by_language)),
        description=member.description,
        hide="repeated",
    )
