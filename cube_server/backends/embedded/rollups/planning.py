"""Planning the rollups of one table of facts: what is needed, what might be made, and what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.grouping import combine
from cube_server.backends.embedded.levels import Codes, DimensionIndex
from cube_server.backends.embedded.rollups.aggregating import homes
from cube_server.backends.embedded.rollups.sizes import Sizes
from cube_server.backends.embedded.segments.packing import PackedNumbers
from cube_server.backends.rollups.choosing import Candidate, Chosen, choose, merged, weighted
from cube_server.backends.rollups.definition import Definition, Operand, aggregates_of, declared_of
from cube_server.backends.rollups.naming import path_of
from cube_server.backends.rollups.needs import Need, needs_of_model
from cube_server.model.dimensions import Dimension, LevelRef, Link
from cube_server.model.elements import AggregateKind, Cube
from cube_server.model.rollups import key_columns
from cube_server.model.tables import Column

_NUMBER = 8
_UNEVEN = 16
"""The largest cell is taken to have so many times its share of all facts."""

_KEPT_AS = {AggregateKind.AVG: AggregateKind.SUM}
_KEY = 4
_Parts = tuple[LevelRef, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A need, or what a candidate tells, in model objects: its levels by axis, and its keys."""

    refs: Mapping[str, _Parts]
    keys: frozenset[str]
    counted: frozenset[str]


class Planning:
    """Plans the rollups of a table of facts.

    Args:
        cubes: The cubes over the table.
        facts: The facts.
        dimension: Gives the index of a dimension.
        share: The bytes that rollups may take, as a share of those of the encoded facts.
    """

    def __init__(
        self,
        cubes: tuple[Cube, ...],
        facts: FactRows,
        dimension: Callable[[Dimension], DimensionIndex],
        share: float,
    ) -> None:
        self._cubes = {cube.name: cube for cube in cubes}
        self._facts, self._dimension = facts, dimension
        self._sizes = Sizes(facts, dimension)
        self._numbers = partial(_bytes_of_numbers, cubes, facts)
        self.room = share * facts.size * _width(cubes, facts)
        self._told: dict[tuple[_Parts, str], bool] = {}
        self._whole: dict[_Parts, Codes] = {}
        self._determined: dict[tuple[str, str], bool] = {}
        self._known: dict[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], _Known] = {}

    def plan(self, asked: Mapping[Need, int]) -> tuple[Chosen, ...]:
        """Choose rollups for what was asked, and for what the model suggests."""
        own = {need: count for need, count in asked.items() if self._is_valid(need)}
        suggested = (need for cube in self._cubes.values() for need in needs_of_model(cube))
        needs = weighted(own, suggested)
        definitions = dict.fromkeys(map(self._definition, merged(needs)))
        candidates = [self._candidate(definition) for definition in definitions]
        declared = [self._candidate(definition) for definition in declared_of(self._cubes.values())]
        return choose(needs, candidates, self._answers, facts=self._facts.size, room=self.room, declared=declared)

    def _is_valid(self, need: Need) -> bool:
        """Tell whether a need is of these cubes as they are now: the log may be older than the model."""
        if need.cube not in self._cubes:
            return False
        cube = self._cubes[need.cube]
        definition = Definition(cube=need.cube, levels=need.levels, keys=(*need.keys, *need.counted))
        try:
            definition.refs(cube)
            definition.columns(cube)
        except ValueError:
            return False
        return True

    def _definition(self, need: Need) -> Definition:
        """Give the rollup for a need: it holds counted keys, unless each lies in one of its cells anyway."""
        links = self._links(need)
        held = (name for name in need.counted if not all(self._determines(name, link) for link in links))
        return Definition(cube=need.cube, levels=need.levels, keys=tuple(sorted({*need.keys, *held})))

    def _links(self, need: Need) -> tuple[Link, ...]:
        refs = Definition(cube=need.cube, levels=need.levels).refs(self._cubes[need.cube])
        return tuple(dict.fromkeys(ref.link for ref in refs))

    def _determines(self, key: str, link: Link) -> bool:
        """Tell whether each key of a column has one leaf of a link, as a basket has one store."""
        place = (key, self._facts.axis(link))
        if place not in self._determined:
            columns = {column.name: column for cube in self._cubes.values() for column in cube.table.columns}
            self._determined[place] = homes(self._facts.keys(columns[key]), self._facts.positions(link)) is not None
        return self._determined[place]

    def _candidate(self, definition: Definition) -> Candidate:
        cube = self._cubes[definition.cube]
        refs, keys = definition.refs(cube), definition.columns(cube)
        rows = self._sizes.rows(refs, keys)
        positions = (self._dimension(link.dimension).leaves for link in dict.fromkeys(ref.link for ref in refs))
        width = sum(np.min_scalar_type(size).itemsize for size in positions) + _KEY * len(keys) + self._numbers(rows)
        return Candidate(definition=definition, rows=rows, bytes=rows * width)

    def _answers(self, candidate: Candidate, need: Need) -> bool:
        made = candidate.definition
        given = self._in_objects(made.cube, made.levels, made.keys, ())
        wanted = self._in_objects(need.cube, need.levels, need.keys, need.counted)
        if not wanted.keys <= given.keys or not wanted.refs.keys() <= given.refs.keys():
            return False
        if not all(self._tells(given.refs[axis], ref) for axis, refs in wanted.refs.items() for ref in refs):
            return False
        links = [refs[0].link for refs in given.refs.values()]
        return all(self._determines(key, link) for key in wanted.counted - given.keys for link in links)

    def _in_objects(
        self, cube: str, levels: tuple[str, ...], keys: tuple[str, ...], counted: tuple[str, ...]
    ) -> _Known:
        place = (cube, levels, keys, counted)
        if place not in self._known:
            refs: dict[str, _Parts] = {}
            for ref in Definition(cube=cube, levels=levels).refs(self._cubes[cube]):
                axis = self._facts.axis(ref.link)
                refs[axis] = (*refs.get(axis, ()), ref)
            self._known[place] = _Known(refs, frozenset(keys), frozenset(counted))
        return self._known[place]

    def _tells(self, given: _Parts, ref: LevelRef) -> bool:
        place = (given, path_of(ref))
        if place not in self._told:
            if given not in self._whole:
                (part,) = combine(self._dimension, tuple(_of_one_link(given)))
                self._whole[given] = part.leaves[part.codes]
            codes = self._dimension(ref.link.dimension).level(ref.levels).codes
            self._told[place] = np.array_equal(codes[self._whole[given]], codes)
        return self._told[place]


def _of_one_link(refs: _Parts) -> Iterator[LevelRef]:
    """Two cubes may name the same link in two ways."""
    return (LevelRef(link=refs[0].link, hierarchy=ref.hierarchy, levels=ref.levels) for ref in refs)


def _bytes_of_numbers(cubes: Iterable[Cube], facts: FactRows, rows: float) -> int:
    """Estimate the bytes of a rollup's packed numbers, a row: rows, and for each column what is kept of it."""
    cubes = tuple(cubes)
    share = min(_UNEVEN / max(rows, 1.0), 1.0)
    counted = _bytes(facts.size * share)

    def of(kind: AggregateKind, over: Operand) -> int:
        if kind is AggregateKind.DISTINCT or not isinstance(over, Column):
            return counted
        magnitude = facts.table.columns[over.name].magnitude
        is_sum = kind is AggregateKind.SUM
        return _NUMBER if magnitude is None else _bytes(magnitude * share) if is_sum else _bytes(magnitude)

    kinds = dict.fromkeys(aggregates_of(cubes, cubes[0].table.name))
    kept = {(_KEPT_AS.get(kind, kind), over) for kind, over in kinds if kind is not AggregateKind.COUNT}
    return counted + sum(of(kind, over) for kind, over in kept)


def _bytes(largest: float) -> int:
    return next((size for size in (1, 2, 4) if largest < 1 << 8 * size), _NUMBER)


def _width(cubes: Iterable[Cube], facts: FactRows) -> int:
    """Give the bytes of a fact as it is encoded: its links, its numbers, its keys."""
    cubes = tuple(cubes)
    links = {facts.axis(link): link for cube in cubes for link in cube.links if link.through is None}
    operands = {over for _, over in aggregates_of(cubes, cubes[0].table.name) if isinstance(over, Column)}
    keys = {column for cube in cubes for column in key_columns(cube)}
    return sum(
        (
            *(facts.positions(link).itemsize for link in links.values()),
            *(_width_of(facts.columns.numbers(over)) for over in operands - keys if over.type.is_number),
            *(facts.keys(column).codes.itemsize for column in keys),
        )
    )


def _width_of(numbers: PackedNumbers) -> int:
    return numbers.codes.itemsize + (0 if numbers.upper is None else numbers.upper.itemsize)
