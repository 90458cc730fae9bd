"""What a load has to fill: the tables that the model's dimensions and cubes stand on, and their links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cube_server.errors import Issue, ModelError
from cube_server.model.dimensions import Link, ThroughTable
from cube_server.model.elements import Model
from cube_server.model.tables import Column, Table
from cube_server.warehouse.manifest import KEY_COLUMN, STATUS_COLUMN, level_table, link_column


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLink:
    """One column of a fact table that links to one dimension.

    Attributes:
        column: The fact's column.
        dimension: The dimension's name.
        table: The dimension's table or, of a link above the leaves, the table of the level's keys.
        level: The level, of a link above the leaves.
    """

    column: str
    dimension: str
    table: Table
    level: str = ""

    @property
    def stored(self) -> str:
        """The stored column that holds the surrogate keys."""
        return link_column(self.column, self.dimension, self.level)

    @property
    def key(self) -> str:
        """The key column of the dimension's table."""
        return self.table.key[0].name


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTable:
    """A table of facts, or a bridge table: rows that link to dimensions.

    Attributes:
        table: The model's table.
        links: The direct links of all cubes over it, each pair of column and dimension once.
        time: The first link to a time dimension; facts are sorted by it.
    """

    table: Table
    links: tuple[FactLink, ...]
    time: FactLink | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelTable:
    """The keys of a level that facts link to above a dimension's leaves: a table that is made and not read.

    The keys get surrogates of their own, as a dimension's do, so that facts need not change when a member gets leaves.
    """

    table: Table
    dimension: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """All tables to store, each once.

    A table that no cube and no dimension stands on is not among them; it is read where one is derived from it. `made`
    are the columns of dimensions' tables that are not the source's, but made of trees.
    """

    dimensions: tuple[Table, ...]
    facts: tuple[FactTable, ...]
    levels: tuple[LevelTable, ...] = ()
    made: tuple[tuple[Table, Column], ...] = ()

    @property
    def numbered(self) -> tuple[Table, ...]:
        """The tables whose rows get surrogate keys."""
        return (*self.dimensions, *(level.table for level in self.levels))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Dimensions, then facts."""
        return (*self.dimensions, *(fact.table for fact in self.facts))

    def links_to(self, table: Table) -> Iterator[tuple[FactTable, FactLink]]:
        """Go through the links of all facts to any dimension on a table."""
        for fact in self.facts:
            for link in fact.links:
                if link.table.name == table.name:
                    yield fact, link


def find_star(model: Model) -> Star:
    """Find what a model needs loaded.

    Raises:
        ModelError: A table is both a dimension's and a cube's, or a column has a name of the warehouse's own.
    """
    dimensions = {dimension.table.name: dimension.table for dimension in model.dimensions}
    facts: dict[str, list[Link]] = {}
    tables: dict[str, Table] = {}
    for table, links in _linked_tables(model):
        tables[table.name] = table
        facts.setdefault(table.name, []).extend(links)
    star = Star(
        dimensions=tuple(dimensions.values()),
        facts=tuple(_fact_table(tables[name], links) for name, links in facts.items()),
        levels=tuple(dict.fromkeys(_level_tables(model))),
        made=tuple((dimension.table, column) for dimension in model.dimensions for column in dimension.made_columns),
    )
    if issues := tuple(_name_mistakes(star)):
        raise ModelError(f"The model {model.name!r} cannot be loaded.", issues=issues)
    return star


def _linked_tables(model: Model) -> Iterator[tuple[Table, tuple[Link, ...]]]:
    """Go through the facts of all cubes, then through bridge tables, which hold a dimension's keys as facts do."""
    for cube in model.cubes:
        yield cube.table, tuple(link for link in cube.links if link.through is None)
    for cube in model.cubes:
        for link in cube.links:
            if isinstance(link.through, ThroughTable):
                yield link.through.table, (replace(link, column=link.through.target, through=None),)


def _fact_table(table: Table, links: list[Link]) -> FactTable:
    found = [(_fact_link(link), link) for link in links]
    return FactTable(
        table=table,
        links=tuple(dict.fromkeys(link for link, _ in found)),
        time=next((stored for stored, link in found if link.dimension.is_time), None),
    )


def _fact_link(link: Link) -> FactLink:
    above = _level_table(link)
    return FactLink(
        column=link.column.name,
        dimension=link.dimension.name,
        table=above.table if above else link.dimension.table,
        level=link.level.name if link.level else "",
    )


def _level_tables(model: Model) -> Iterator[LevelTable]:
    links = (link for cube in model.cubes for link in cube.links)
    yield from (table for link in links if (table := _level_table(link)))


def _level_table(link: Link) -> LevelTable | None:
    if link.level is None:
        return None
    table, key = link.dimension.table, link.level.key
    name = level_table(table.name, key.name)
    return LevelTable(table=Table(name=name, source=table.source, key=(key,), columns=(key,)), dimension=table)


def _name_mistakes(star: Star) -> Iterator[Issue]:
    for table in star.dimensions:
        made = {column.name for made_of, column in star.made if made_of == table}
        yield from _taken(table, {KEY_COLUMN, STATUS_COLUMN, *made})
    for fact in star.facts:
        if fact.table in star.dimensions:
            yield Issue(
                f"/tables/{fact.table.name}",
                "The table is both a dimension's and a cube's or a bridge.",
                "Name it twice under /tables, with the same `source`.",
            )
        yield from _taken(fact.table, {link.stored for link in fact.links})


def _taken(table: Table, names: set[str]) -> Iterator[Issue]:
    for column in table.columns:
        if column.name in names:
            place = f"/tables/{table.name}/columns/{column.name}"
            yield Issue(place, f"The warehouse has a column {column.name!r} of its own.", "Rename it.")
