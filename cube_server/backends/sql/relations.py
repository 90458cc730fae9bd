"""Relations of a star schema in a database: facts are asked there; members and what came back are worked on here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import polars as pl

from cube_server.backends.embedded.cuboids import Cuboids
from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.levels import Mask
from cube_server.backends.embedded.rows import RelationRows
from cube_server.backends.sql.cuboids import FactsWriter, Statement
from cube_server.backends.sql.reaches import Reach
from cube_server.backends.sql.star import Star
from cube_server.budget import Budget
from cube_server.errors import CapabilityError
from cube_server.model.coordinates import AxisName
from cube_server.model.dimensions import LevelRef, Link
from cube_server.model.elements import Cube
from cube_server.plan.nodes import Aggregate, Cuboid, Facts, SemiJoin


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
        chosen: The tuples that are chosen on the axes.
    """

    def __init__(self, star: Star, chosen: Mapping[AxisName, pl.DataFrame] | None = None) -> None:
        facts = cast("Callable[[Cube], FactRows]", lambda cube: _Shown(star, cube))
        super().__init__(facts, star.index, star.derived, chosen)
        self._star = star

    def relation(self, node: Cuboid, budget: Budget) -> RelationRows:
        """Compute a cuboid; one of facts where they live."""
        if not isinstance(node.source, Facts):
            return super().relation(node, budget)
        found = [self._ask(statement, budget) for statement in self.statements(node, budget)]
        return found[0] if len(found) == 1 else _side_by_side(found)

    def statements(self, node: Cuboid, budget: Budget) -> list[Statement]:
        """Write a cuboid of facts: one statement, and one more for each count of members that a fact has many of.

        Raises:
            CapabilityError: The database cannot compute it.
        """

        def joined(part: SemiJoin) -> RelationRows:
            return self.relation(part.relation, budget)

        if ruled := next((part for part in node.aggregates if part.rule is not None), None):
            problem = f"Measure {ruled.name!r} goes by days, which is not computed in {self._star.dialect.title}."
            raise CapabilityError(problem, hint="Load the data into a warehouse to ask for it.")
        bridged = tuple(part for part in node.aggregates if self._is_bridged(node, part))
        plain = tuple(part for part in node.aggregates if part not in bridged)
        first = FactsWriter(self._star, node).cuboid(joined, plain)
        return [first, *(FactsWriter(self._star, node).counted(joined, part) for part in bridged)]

    def _ask(self, statement: Statement, budget: Budget) -> RelationRows:
        budget.check_time()
        limited = statement.select.limit(budget.limits.rows + 1)
        frame = self._star.database.fetch(limited, statement.schema, budget.seconds_left)
        budget.check_rows(frame.height)
        return statement.relation(frame)

    def _is_bridged(self, node: Cuboid, aggregate: Aggregate) -> bool:
        over = aggregate.over
        return isinstance(over, LevelRef) and FactsWriter(self._star, node).filters.is_bridged(over.link)


def reached(star: Star, cube: Cube, link: Link) -> Reach:
    """Give the pairs of a bridged link of a cube."""
    node = Cuboid(Facts(cube), ())
    return FactsWriter(star, node).filters.reach(link)


def _side_by_side(found: list[RelationRows]) -> RelationRows:
    """Put relations of the same groups together."""
    first, *others = found
    columns = dict(first.columns)
    places = _places(first)
    for other in others:
        row = _places(other).with_row_index("row")
        order = places.join(row, on=places.columns, how="left", nulls_equal=True, maintain_order="left") if places.width else row
        columns |= {name: numbers.at(order["row"].to_numpy()) for name, numbers in other.columns.items()}
    return RelationRows(first.size, first.leaves, columns)


def _places(relation: RelationRows) -> pl.DataFrame:
    return pl.DataFrame({f"part_{place}": part.positions for place, part in enumerate(relation.leaves)})
