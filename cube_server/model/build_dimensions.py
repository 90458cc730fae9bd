"""Dimensions: levels, attributes and hierarchies over one table."""

from __future__ import annotations

from collections.abc import Mapping

from cube_server.errors import nearest
from cube_server.model.build_history import check_history
from cube_server.model.build_trees import TreeBuilder
from cube_server.model.dimensions import Dimension, Hierarchy, Level, Tree
from cube_server.model.document import AttributeDoc, DimensionDoc, LevelDoc
from cube_server.model.mistakes import Mistakes, label, text
from cube_server.model.shapes import Described
from cube_server.model.tables import Table


class DimensionBuilder:
    """Builds dimensions from their documents, noting every mistake."""

    def __init__(self, tables: Mapping[str, Table], mistakes: Mistakes) -> None:
        self._tables = tables
        self._mistakes = mistakes

    def dimension(self, name: str, part: DimensionDoc) -> Dimension | None:
        """Build a dimension; None where it has no fitting table to stand on."""
        place = f"/dimensions/{name}"
        table = self._tables.get(part.table)
        if table is None:
            self._mistakes.blame(f"{place}/table", f"No table {part.table!r}.", nearest(part.table, self._tables))
            return None
        if len(table.key) != 1:
            self._mistakes.blame(
                f"/tables/{table.name}/key",
                f"Dimension {name!r} needs a table with one key column; {table.name!r} has {len(table.key)}.",
            )
            return None
        levels = self._levels(place, name, part, table)
        attributes = self._attributes(place, name, part, table)
        hierarchies = self._hierarchies(place, name, part, levels, table)
        used = {level for hierarchy in part.hierarchies.values() for level in hierarchy.levels or ()}
        for level in part.levels.keys() - used:
            self._mistakes.blame(
                f"{place}/levels/{level}", f"Level {level!r} stands in no hierarchy.", "Add it to one."
            )
        below = {level for hierarchy in part.hierarchies.values() for level in (hierarchy.levels or ())[1:]}
        for level in part.levels.keys() & used - below:
            if part.levels[level].hide:
                problem = f"Level {level!r} stands at the top: its members have no parent to stand behind."
                self._mistakes.blame(f"{place}/levels/{level}/hide", problem, "Leave it out.")
        built = Dimension(
            name=name,
            table=table,
            is_time=part.role == "time",
            unknown_is_null=part.unknown == "null",
            hierarchies=(*hierarchies, *attributes),
            label=label(name, part),
            description=text(part.description),
        )
        if part.scd == "then" and table.history is None:
            problem = f"The table {table.name!r} has no history, so that {name!r} is always as it is now."
            self._mistakes.blame(f"{place}/scd", problem, "Give the table `history`, or leave this out.")
        check_history(built, self._mistakes)
        return built.read_as(part.scd)

    def _levels(self, place: str, dimension: str, part: DimensionDoc, table: Table) -> dict[str, Level]:
        built = {
            name: self._level(f"{place}/levels/{name}", dimension, name, level, table)
            for name, level in part.levels.items()
        }
        return {name: level for name, level in built.items() if level}

    def _attributes(self, place: str, dimension: str, part: DimensionDoc, table: Table) -> tuple[Hierarchy, ...]:
        built: list[Hierarchy] = []
        taken = {**dict.fromkeys(part.levels, "a level"), **dict.fromkeys(part.hierarchies, "a hierarchy")}
        for owner, level in part.levels.items():
            for name, attribute in level.attributes.items():
                spot = f"{place}/levels/{owner}/attributes/{name}"
                if name in taken:
                    self._mistakes.blame(
                        spot, f"{name!r} is already {taken[name]} of {dimension!r}.", "Choose another name."
                    )
                    continue
                taken[name] = "an attribute"
                if leaf := self._level(spot, dimension, name, attribute, table, owner):
                    built.append(_hierarchy(dimension, name, attribute, (leaf,)))
        return tuple(built)

    def _level(
        self,
        place: str,
        dimension: str,
        name: str,
        part: AttributeDoc,
        table: Table,
        owner: str | None = None,
    ) -> Level | None:
        columns = {column.name: column for column in table.columns}
        key = self._mistakes.column(f"{place}/column", part.column, columns, table.name)
        optional = {
            field: self._mistakes.column(f"{place}/{field}", given, columns, table.name)
            for field, given in (("caption", part.caption), ("order", part.order))
            if given is not None
        }
        if key is None:
            return None
        return Level(
            dimension=dimension,
            name=name,
            key=key,
            caption=optional.get("caption"),
            order=optional.get("order"),
            unique=owner is not None or (isinstance(part, LevelDoc) and part.unique),
            period=part.period if isinstance(part, LevelDoc) else None,
            attribute_of=owner,
            label=label(name, part),
            description=text(part.description),
            hide=part.hide if isinstance(part, LevelDoc) else None,
        )

    def _hierarchies(
        self, place: str, dimension: str, part: DimensionDoc, levels: Mapping[str, Level], table: Table
    ) -> tuple[Hierarchy, ...]:
        built: list[Hierarchy] = []
        trees = TreeBuilder(table, levels, self._mistakes)
        for name, hierarchy in part.hierarchies.items():
            spot = f"{place}/hierarchies/{name}"
            if (hierarchy.levels is None) == (hierarchy.tree is None):
                self._mistakes.blame(spot, "A hierarchy has either levels or a tree.", "Give one of the two.")
            elif hierarchy.tree is not None:
                tree = trees.hierarchy(spot, dimension, hierarchy.tree, part)
                built += [_hierarchy(dimension, name, hierarchy, *tree)] if tree else []
            elif found := self._listed(f"{spot}/levels", dimension, name, hierarchy.levels or [], part, levels):
                built.append(_hierarchy(dimension, name, hierarchy, found))
        return tuple(built)

    def _listed(
        self,
        spot: str,
        dimension: str,
        name: str,
        listed: list[str],
        part: DimensionDoc,
        levels: Mapping[str, Level],
    ) -> tuple[Level, ...]:
        found: list[Level] = []
        for position, level in enumerate(listed):
            if level not in part.levels:
                hint = nearest(level, part.levels)
                self._mistakes.blame(f"{spot}/{position}", f"Dimension {dimension!r} has no level {level!r}.", hint)
            elif listed.index(level) != position:
                self._mistakes.blame(f"{spot}/{position}", f"Level {level!r} stands twice in hierarchy {name!r}.")
            elif level in levels:
                found.append(levels[level])
        return tuple(found)


def _hierarchy(
    dimension: str, name: str, part: Described, levels: tuple[Level, ...], tree: Tree | None = None
) -> Hierarchy:
    return Hierarchy(
        dimension=dimension,
        name=name,
        levels=levels,
        label=label(name, part),
        description=text(part.description),
        tree=tree,
    )
