"""Relations of a star schema in a database: facts are asked there; members and what came back are worked on here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

import numpy as np
import polars as pl

from cube_server.backends.embedded.cuboids import SCAN, Cuboids
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.rows import Numbers, RelationRows
from cube_server.backends.rollups.routing import Route
from cube_server.backends.sql.cuboids import FactsWriter, Joined, Source, places_of
from cube_server.backends.sql.rollups.catalog import Catalog
from cube_server.backends.sql.rollups.rows import Stored
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.statements import Statement
from cube_server.backends.sql.stocks import Stocks
from cube_server.backends.sql.written import Written
from cube_server.budget import Budget, Limits
from cube_server.errors import MovedError, WarehouseError
from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.elements import Cube
from cube_server.plan.nodes import Aggregate, Cuboid, Facts, SemiJoin

_log = logging.getLogger(__name__)


class _Shown:
    """What members exist for a cube's facts: all that the code shared by backends asks of facts that are elsewhere."""

    def __init__(self, star: Star, cube: Cube) -> None:
        self._star, self._cube = star, cube

    def shown_leaves(self, link: Link) -> Mask:
        """Mark the leaves that exist for the facts."""
        return self._star.shown_leaves(self._cube, link)


class Relations(Cuboids):
    """Computes the relations of one snapshot.

    Args:
        star: The star schema.
        rollups: What cuboids are asked of in place of facts, wherever they tell the answer.
        written: The statements that were written for the same state.
        chosen: The tuples that are chosen on the axes.
    """

    def __init__(
        self,
        star: Star,
        rollups: Catalog,
        written: Written,
        chosen: Mapping[AxisName, pl.DataFrame] | None = None,
    ) -> None:
        facts = cast("Callable[[Cube], FactRows]", lambda cube: _Shown(star, cube))
        super().__init__(facts, star.index, star.derived, chosen)
        self._star, self._in_database, self._written = star, rollups, written

    def relation(self, node: Cuboid, budget: Budget) -> RelationRows:
        """Compute a cuboid; one of facts where they live."""
        if not isinstance(node.source, Facts):
            return super().relation(node, budget)
        if (routed := self._in_database.route(self._star, node)) is not None:
            try:
                return self._of_rollup(routed, budget)
            except WarehouseError as error:
                # Somebody has dropped or made it anew, or we may not read it. The facts are there, but a transaction
                # in which a statement fails may be over: the question is asked once more.
                self._in_database.forget(routed.rollup.kept)
                _log.warning("No longer asking %s: %s", routed.rollup.kept.table.name, error)
                raise MovedError(f"The rollup {routed.rollup.kept.definition.name} is not there any more.") from error
        budget.answered_from(SCAN)
        return self._of_facts(node, budget)

    def _of_rollup(self, routed: Route[Stored], budget: Budget) -> RelationRows:
        stored = routed.rollup.kept
        found = [self._ask(statement, budget) for statement in self.statements(routed.node, budget, stored)]
        budget.answered_from(stored.definition.name)
        return _side_by_side(found)

    def _of_facts(self, node: Cuboid, budget: Budget) -> RelationRows:
        found = [self._ask(statement, budget) for statement in self.statements(node, budget)]
        ruled = (part for part in node.aggregates if part.rule is not None)
        stocks = Stocks(self._star, node, self._joined(budget), lambda statement: self._ask(statement, budget))
        found += [stocks.relation(part) for part in ruled]
        return _side_by_side(found)

    def told(self, node: Cuboid) -> str:
        """Tell from which rollup a cuboid of facts is asked, or why from none, and the statements."""
        routed = self._in_database.route(self._star, node)
        stored = routed.rollup.kept if routed else None
        said = self._in_database.told(self._star, node)
        if any(isinstance(part, SemiJoin) for part in node.filters):
            sent = f"a statement in {self._star.dialect.title}, sent with what is chosen on the axis"
            return f"{said}: {sent}" if said else sent
        statements = self.statements(routed.node if routed else node, Budget(Limits()), stored)
        written = (" ".join(self._star.database.text(part.select).split()) for part in statements)
        return "\n      ".join((*((said,) if said else ()), *written))

    def statements(self, node: Cuboid, budget: Budget, source: Source | None = None) -> list[Statement]:
        """Write a cuboid of facts: one statement, and one more for each count of members that a fact has many of.

        Measures that go by days have statements of their own: see `stocks`.

        Args:
            node: The cuboid.
            budget: What filters may use that join to other relations.
            source: Is asked in place of the facts, if it is given.
        """
        # What follows from derived attributes is written by their values, which are the question's own.
        if self._star.derived:
            return self._write(node, budget, source)
        return self._written.of(node, source, lambda: self._write(node, budget, source))

    def _write(self, node: Cuboid, budget: Budget, source: Source | None) -> list[Statement]:
        joined = self._joined(budget)
        bridged = tuple(part for part in node.aggregates if part.rule is None and self._is_bridged(node, part))
        apart = tuple(part for part in node.aggregates if source is not None and source.is_apart(part))
        others = {*bridged, *apart}
        plain = tuple(part for part in node.aggregates if part.rule is None and part not in others)
        write = partial(FactsWriter, self._star, node, source=source)
        return [
            write().cuboid(joined, plain),
            *(write().counted(joined, part) for part in bridged),
            *(write().apart(joined, part, source) for part in apart if source is not None),
        ]

    def _joined(self, budget: Budget) -> Joined:
        return lambda part: self.relation(part.relation, budget)

    def _ask(self, statement: Statement, budget: Budget) -> RelationRows:
        limited = statement.limited(budget.limits.rows + 1)
        frame = self._star.database.fetch(limited, statement.schema, budget)
        return statement.relation(frame)

    def _is_bridged(self, node: Cuboid, aggregate: Aggregate) -> bool:
        over = aggregate.over
        return isinstance(over, LevelRef) and FactsWriter(self._star, node).filters.is_bridged(over.link)


def _side_by_side(found: list[RelationRows]) -> RelationRows:
    """Put relations of the same groups together."""
    first, *others = found
    if not others:
        return first
    columns = dict(first.columns)
    for other in others:
        columns |= {name: _in_order_of(first, other, numbers) for name, numbers in other.columns.items()}
    return RelationRows(first.size, first.leaves, columns)


def _in_order_of(first: RelationRows, other: RelationRows, numbers: Numbers) -> Numbers:
    """Give numbers of another relation's groups in the order of the first one's; null where it has no such group."""
    rows = places_of(other).with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
    labels = [name for name in rows.columns if name != "row"]
    found = places_of(first).join(rows, on=labels, how="left", maintain_order="left")["row"]
    if not found.null_count():
        return numbers.at(found.to_numpy())
    known = found.is_not_null().to_numpy()
    if not other.size:
        return Numbers(np.zeros(first.size, np.int64), numbers.scale, known)
    picked = numbers.at(found.fill_null(0).to_numpy())
    return Numbers(picked.values, picked.scale, known if picked.valid is None else known & picked.valid)
