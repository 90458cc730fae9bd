"""A few facts' keys, from which is estimated how large rollups would be: nothing else of facts is read to plan."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
import sqlalchemy as sa

from cube_server.backends.embedded.grouping import combine
from cube_server.backends.embedded.levels import Codes
from cube_server.backends.embedded.rollups.building import numbered, packed
from cube_server.backends.embedded.rollups.sizes import estimate
from cube_server.backends.rollups.definition import Definition
from cube_server.backends.sql.dialects import Column as SqlColumn
from cube_server.backends.sql.members import reading
from cube_server.backends.sql.rows import NUMBER
from cube_server.backends.sql.star import Star
from cube_server.model.dimensions import Link
from cube_server.model.elements import Cube
from cube_server.model.rollups import key_columns
from cube_server.model.tables import Column

_SAMPLE = 1 << 15
_SECONDS = 24 * 3600.0


class Sample:
    """Keys of some facts, drawn by the database.

    Args:
        cubes: The cubes over one table of facts.
        star: The star schema.

    Attributes:
        facts: How many facts there are in all.
    """

    def __init__(self, cubes: tuple[Cube, ...], star: Star) -> None:
        self._star, self._cubes = star, {cube.name: cube for cube in cubes}
        self._rows = star.table(cubes[0].table, "f")
        links = (link for cube in cubes for link in cube.links if link.through is None)
        keys = (column for cube in cubes for column in key_columns(cube))
        columns = dict.fromkeys((*(link.column for link in links), *keys))
        drawn = sa.select(*(self._rows.c[column.name] for column in columns)).order_by(sa.func.random()).limit(_SAMPLE)
        types = {column.name: column.type for column in columns}
        self._frame = star.database.fetch(drawn, types, reading(_SECONDS)) if columns else pl.DataFrame()
        counted = sa.select(sa.func.count()).select_from(self._rows)
        self.facts = int(star.database.fetch(counted, {"n": NUMBER}, reading(_SECONDS))["n"][0])
        self._lying: dict[tuple[Column, tuple[Link, ...]], bool] = {}

    def rows(self, definition: Definition) -> float:
        """Estimate the rows of a rollup."""
        cube = self._cubes[definition.cube]
        parts = [
            (part.codes[self._positions(part.link)], part.size)
            for part in combine(self._star.index, definition.refs(cube))
        ]
        parts += [self._key(column) for column in definition.columns(cube)]
        if not self._frame.height or not parts:
            return min(1.0, float(self.facts))
        groups, size = numbered(packed(parts, self._frame.height))
        grid = float(np.prod([float(width) for _, width in parts]))
        return min(estimate(np.bincount(groups, minlength=size), self.facts), grid)

    def lies_in_one(self, column: Column, links: Iterable[Link]) -> bool:
        """Tell whether each key of a column has one member by each link, as a basket has one store."""
        wanted = tuple(links)
        if (column, wanted) not in self._lying:
            key = self._rows.c[column.name]
            spread = [_is_spread(self._rows.c[link.column.name]) for link in wanted]
            keys = sa.select(key).where(key.is_not(None)).group_by(key).having(sa.or_(sa.false(), *spread)).limit(1)
            found = self._star.database.fetch(keys, {"key": column.type}, reading(_SECONDS))
            self._lying[column, wanted] = not found.height
        return self._lying[column, wanted]

    def _positions(self, link: Link) -> Codes:
        keys = self._star.keys(link)
        known = pl.DataFrame({"key": keys.keys, "leaf": keys.positions})
        own = self._frame.select(key=link.column.name)
        found = own.join(known, on="key", how="left", maintain_order="left")["leaf"]
        return found.fill_null(keys.null).cast(pl.Int32).to_numpy()

    def _key(self, column: Column) -> tuple[Codes, int]:
        codes = self._frame[column.name].rank("dense").fill_null(0).cast(pl.Int32).to_numpy()
        return codes, max(int(codes.max(initial=0)) + 1, self.facts)


def _is_spread(member: SqlColumn) -> SqlColumn:
    """Say that the facts of a key have several members, null being one."""
    is_several = sa.func.min(member) != sa.func.max(member)
    has_some_null = sa.and_(sa.func.count(member) > 0, sa.func.count(member) < sa.func.count())
    return sa.or_(is_several, has_some_null)
