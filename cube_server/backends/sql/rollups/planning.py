"""Planning the rollups of one table of facts in a database: what is likely to be asked, and what is worth making."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cube_server.backends.embedded.facts import axis_of
from cube_server.backends.embedded.grouping import combine
from cube_server.backends.rollups.choosing import Candidate, Chosen, choose, merged, weighted
from cube_server.backends.rollups.definition import Definition, declared_of
from cube_server.backends.rollups.grain import Grain
from cube_server.backends.rollups.needs import Need, needs_of_model
from cube_server.backends.sql.rollups.sample import Sample
from cube_server.backends.sql.rollups.shape import shape_of
from cube_server.backends.sql.star import Star
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.elements import Cube

_WIDTH = 8
"""The bytes that a column is taken to need, a row."""


class Planning:
    """Plans the rollups of a table of facts.

    Args:
        cubes: The cubes over the table.
        star: The star schema.
        share: The bytes that rollups may take, as a share of those of the facts.
    """

    def __init__(self, cubes: tuple[Cube, ...], star: Star, share: float) -> None:
        self._cubes = {cube.name: cube for cube in cubes}
        self._star, self._sample = star, Sample(cubes, star)
        self._room = share * self._sample.facts * _WIDTH * len(cubes[0].table.columns)
        self._grains: dict[tuple[str, ...], Grain] = {}

    def plan(self, asked: Mapping[Need, int]) -> tuple[Chosen, ...]:
        """Choose rollups for what was asked, and for what the model suggests."""
        suggested = [need for cube in self._cubes.values() for need in needs_of_model(cube) if self._is_kept(need)]
        needs = weighted(asked, suggested)
        candidates = [self._candidate(one) for one in dict.fromkeys(map(self._definition, merged(needs)))]
        declared = [self._candidate(one) for one in declared_of(self._cubes.values())]
        return choose(needs, candidates, self._answers, facts=self._sample.facts, room=self._room, declared=declared)

    def _is_kept(self, need: Need) -> bool:
        """Tell whether the database knows the members: those of the past only loads know."""
        return all(ref.link.dimension.table.history is None for ref in self._refs(need))

    def _refs(self, need: Need | Definition) -> tuple[LevelRef, ...]:
        return Definition(cube=need.cube, levels=need.levels).refs(self._cubes[need.cube])

    def _links(self, need: Need | Definition) -> tuple[Link, ...]:
        return tuple(dict.fromkeys(ref.link for ref in self._refs(need)))

    def _definition(self, need: Need) -> Definition:
        """Give the rollup for a need: it holds counted keys, unless each lies in one of its cells anyway."""
        columns = {column.name: column for column in self._cubes[need.cube].table.columns}
        links = self._links(need)
        held = (name for name in need.counted if not self._sample.lies_in_one(columns[name], links))
        return Definition(cube=need.cube, levels=need.levels, keys=tuple(sorted({*need.keys, *held})))

    def _candidate(self, definition: Definition) -> Candidate:
        cube = self._cubes[definition.cube]
        shape = shape_of(definition, cube, self._cubes.values())
        width = _WIDTH * (len(list(shape.types())) + len(shape.held))
        rows = self._sample.rows(definition)
        return Candidate(definition=definition, rows=rows, bytes=rows * width)

    def _answers(self, candidate: Candidate, need: Need) -> bool:
        made = candidate.definition
        if not set(need.keys) <= set(made.keys):
            return False
        grain = self._grain(made)
        if not all(
            grain.tells(axis_of(ref.link), ref, self._star.index(ref.link.dimension)) for ref in self._refs(need)
        ):
            return False
        columns = {column.name: column for column in self._cubes[need.cube].table.columns}
        left = (columns[name] for name in need.counted if name not in made.keys)
        return all(self._sample.lies_in_one(column, self._links(made)) for column in left)

    def _grain(self, definition: Definition) -> Grain:
        place = (definition.cube, *definition.levels)
        if place not in self._grains:
            parts = combine(self._star.index, self._refs(definition))
            self._grains[place] = Grain({axis_of(part.link): np.asarray(part.leaves[part.codes]) for part in parts})
        return self._grains[place]
