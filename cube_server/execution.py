"""Running plans: relations from the backend, arranged into answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import partial

import polars as pl

from cube_server.backends.base import Backend
from cube_server.budget import Budget
from cube_server.cache import Recent
from cube_server.calculations.arrange import Arrangement, AxisFrames, Frames
from cube_server.calculations.blocks import assemble, once
from cube_server.calculations.context import Context
from cube_server.calculations.derived import derived_values
from cube_server.calculations.plain import is_plain, plain_cell_set
from cube_server.model.dimensions import LevelRef
from cube_server.model.elements import DerivedAttribute
from cube_server.plan.build import plan_attributes
from cube_server.plan.nodes import AttributePlan, Cuboid, QueryPlan, Tuples
from cube_server.query.spec import FactsSpec, MembersSpec
from cube_server.result.cellset import CellSet
from cube_server.result.derived import DerivedValues
from cube_server.result.pages import FactsPage, MembersPage

_LARGEST = 5_000_000
"""The most rows of derived attributes that are kept, all together."""

_Values = dict[DerivedAttribute, DerivedValues]


class Execution:
    """Runs plans on one snapshot. The values of derived attributes are kept for the questions to come.

    Args:
        backend: The snapshot.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._recent: Recent[AttributePlan, DerivedValues] = Recent(
            most=_LARGEST, weigh=lambda values: values.frame.height
        )

    @property
    def snapshot(self) -> str:
        """The id of the snapshot."""
        return self._backend.snapshot

    @contextmanager
    def reading(self) -> Iterator[Execution]:
        """Give the same for several questions that are to be answered from one state of the data.

        Raises:
            MovedError: The data is no longer that of the snapshot.
        """
        with self._backend.reading() as backend:
            if backend is self._backend:
                yield self
                return
            other = copy(self)
            other._backend = backend
            yield other

    def query(self, plan: QueryPlan, budget: Budget) -> CellSet:
        """Answer a query by its plan."""
        if is_plain(plan, self._backend) and (node := plan.blocks[0].parts[0].cuboid) is not None:
            cells = self._backend.cuboid(node, budget)
            return plain_cell_set(plan, cells, self._backend, budget, self._backend.snapshot)
        known: _Values = {}
        backend = self._with_attributes(plan.attributes, known, budget)
        return arranged(plan, backend, known, budget).cell_set(backend.snapshot)

    def telling(self, plan: QueryPlan, budget: Budget) -> Callable[[Cuboid], str]:
        """Give what tells of a relation of a plan where it is computed from, and why."""
        return self._with_attributes(plan.attributes, {}, budget).told

    def members(self, spec: MembersSpec, budget: Budget) -> MembersPage:
        """List members, of derived attributes too."""
        attributes = plan_attributes(spec.cube, (spec.ref,), spec.cuts)
        return self._with_attributes(attributes, {}, budget).members(spec)

    def facts(self, spec: FactsSpec, budget: Budget) -> FactsPage:
        """List facts, within cuts on derived attributes too."""
        refs = tuple(column for column in spec.columns if isinstance(column, LevelRef))
        attributes = plan_attributes(spec.cube, refs, spec.cuts)
        return self._with_attributes(attributes, {}, budget).facts(spec, budget)

    def _with_attributes(self, plans: tuple[AttributePlan, ...], known: _Values, budget: Budget) -> Backend:
        """Put the derived attributes that a question uses beside the dimensions, each before those that use it."""
        backend = self._backend
        for part in plans:
            if part.attribute not in known:
                values = partial(self._values, part, known, budget)
                known[part.attribute] = self._recent.get(part, values, budget.check_time)
            backend = backend.extended(known[part.attribute])
        return backend

    def _values(self, part: AttributePlan, known: _Values, budget: Budget) -> DerivedValues:
        backend = self._with_attributes(part.query.attributes, known, budget)
        relation = arranged(part.query, backend, known, budget).relation()
        return derived_values(part.attribute, relation, backend)


def arranged(plan: QueryPlan, backend: Backend, known: _Values, budget: Budget) -> Arrangement:
    """Put what a plan needs together the general way."""

    def frames(source: Backend, *, needs_choice: bool) -> Frames:
        blocks = (block for block in plan.blocks if block.needs_choice == needs_choice)
        relation = once(lambda node: source.cuboid(node, budget))
        return {(block.rows, block.columns): assemble(block, relation) for block in blocks}

    def later(chosen: AxisFrames) -> Frames:
        return frames(backend.choosing(chosen), needs_choice=True)

    every = (_all(plan.row_tuples, backend, budget), _all(plan.column_tuples, backend, budget))
    return Arrangement(plan, frames(backend, needs_choice=False), later, every, Context(backend, known), budget)


def _all(tuples: Tuples | None, backend: Backend, budget: Budget) -> pl.DataFrame | None:
    """Cross the members of an axis' dimensions."""
    if tuples is None or not (tuples.parts or tuples.named):
        return None
    named = (pl.select(pl.int_range(count, dtype=pl.Int32).alias(name)) for name, count in tuples.named)
    first, *others = (*(backend.cuboid(part, budget) for part in tuples.parts), *named)
    for other in others:
        budget.check_rows(first.height * other.height)
        first = first.join(other, how="cross")
    return first
