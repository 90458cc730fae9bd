"""The common case, arranged without detours: one block of plain aggregates, in member order, nothing left out.

Most questions of a table are this: some measures by some levels. What `arrange` does in general comes to numbering the
tuples and placing the cells then, which takes a few operations on arrays instead of dozens on frames; the general
way takes milliseconds, and what answers from rollups has not as many. Both ways give the same cell set: the tests ask
each question both ways.
"""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt
import polars as pl

from cube_server.budget import Budget
from cube_server.calculations.blocks import Cells, Formulas
from cube_server.calculations.context import Context, Members
from cube_server.calculations.formulas import added_up, is_sum
from cube_server.calculations.ragged import leaves
from cube_server.formulas.tree import Name
from cube_server.plan.nodes import Block, QueryPlan
from cube_server.query.spec import Axis, Over, QuerySpec
from cube_server.result.cellset import OVER, AxisTuples, CellSet
from cube_server.result.dictionary import Dictionary

_Numbers = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]
_ALL = pl.Series("over", [Over.ALL], dtype=OVER)


def is_plain(plan: QueryPlan, members: Members) -> bool:
    """Tell whether a plan is arranged the short way: no members are hidden either, and the tuples can be numbered."""
    if not plan.is_plain:
        return False
    known = [members.dictionary(ref) for axis in (plan.spec.rows, plan.spec.columns) for ref in axis.refs]
    return all(part.hidden is None for part in known) and prod(map(len, known)) <= np.iinfo(np.int64).max


def plain_cell_set(plan: QueryPlan, cells: pl.DataFrame, members: Members, budget: Budget, snapshot: str) -> CellSet:
    """Arrange the cells of a plain plan.

    Args:
        plan: The plan.
        cells: Its one relation.
        members: Tells the members.
        budget: Its limit of cells holds.
        snapshot: What the cells are of.
    """
    spec = plan.spec
    dictionaries = [tuple(members.dictionary(ref) for ref in axis.refs) for axis in (spec.rows, spec.columns)]
    if not (any(dictionaries) or cells.height):
        cells = cells.clear(1)
    cells = _calculated(plan.blocks[0], cells, members)
    filled = _filled(cells, plan.blocks[0].variants[0].deciding)
    rows, row_places = _tuples(spec.rows, dictionaries[0], cells, filled)
    columns, column_places = _tuples(spec.columns, dictionaries[1], cells, filled)
    first, last = _page(spec, rows.height if spec.rows.levels else 1)
    shown = last - first
    budget.check_cells(shown * (columns.height if spec.columns.levels else 1) * len(spec.measures))
    order = _order(row_places * max(columns.height, 1) + column_places)
    if filled is not None or shown < rows.height:
        is_shown = (row_places >= first) & (row_places < last) & (column_places >= 0)
        order = np.flatnonzero(is_shown) if order is None else order[is_shown[order]]
    return CellSet(
        cube=spec.cube,
        measures=spec.measures,
        rows=_axis(spec, spec.rows, dictionaries[0], rows[first:last], rows.height, members),
        columns=_axis(spec, spec.columns, dictionaries[1], columns, columns.height, members),
        cells=pl.DataFrame(
            [
                pl.Series("row", (_placed(row_places, order) - first).astype(np.uint32)),
                pl.Series("column", _placed(column_places, order).astype(np.uint32)),
                *(_gathered(cells[measure.name], order) for measure in spec.measures),
            ]
        ),
        nonempty=True,
        snapshot=snapshot,
        source=",".join(budget.sources) or "scan",
        notes=plan.notes,
    )


def _calculated(block: Block, cells: pl.DataFrame, members: Members) -> pl.DataFrame:
    """Add the measures that are formulas: sums and differences column by column, which needs no lazy query."""
    formulas = [(name, tree) for name, tree in block.variants[0].formulas if tree != Name(name)]
    if not formulas:
        return cells
    if all(is_sum(tree) for _, tree in formulas):
        added = {name: added_up(tree, cells).alias(name) for name, tree in formulas}
        return pl.DataFrame([*(column for column in cells.get_columns() if column.name not in added), *added.values()])
    return Formulas(block, Context(members, {})).calculate(Cells(cells, ()), None)


def _order(places: _Numbers) -> _Numbers | None:
    """Give the order of places; None where they ascend, as they mostly do."""
    return None if _ascends(places) else np.argsort(places, kind="stable")


def _ascends(numbers: _Numbers) -> bool:
    return bool((numbers[1:] > numbers[:-1]).all())


def _placed(values: _Numbers, order: _Numbers | None) -> _Numbers:
    return values if order is None else values[order]


def _gathered(values: pl.Series, order: _Numbers | None) -> pl.Series:
    # `Series.gather` would set up a lazy query for each column.
    return values if order is None else values[order]


def _filled(cells: pl.DataFrame, deciding: tuple[str, ...]) -> _Mask | None:
    """Mark the cells with facts: one of the columns that decide is not null; None where all are."""
    columns = [cells[name] for name in deciding]
    if not all(column.null_count() for column in columns) or not columns:
        return None
    found: _Mask = np.any([column.is_not_null().to_numpy() for column in columns], axis=0)
    return found


def _tuples(
    axis: Axis, dictionaries: tuple[Dictionary, ...], cells: pl.DataFrame, filled: _Mask | None
) -> tuple[pl.DataFrame, _Numbers]:
    """Give the tuples that occur, in member order, and the place of each cell among them; -1 where it has none."""
    if not axis.levels:
        return pl.DataFrame(), np.zeros(cells.height, np.int64)
    numbers = np.zeros(cells.height, np.int64)
    for ref, dictionary in zip(axis.refs, dictionaries, strict=True):
        numbers = numbers * len(dictionary) + cells[ref.name].to_numpy()
    rest, places = _numbered(numbers)
    if filled is not None:
        own = np.unique(numbers[filled])
        where = np.minimum(np.searchsorted(own, rest), max(len(own) - 1, 0))
        places = np.where(own[where] == rest, where, -1)[places] if len(own) else np.full(len(places), -1)
        rest = own
    found: dict[str, npt.NDArray[np.int32]] = {}
    for ref, dictionary in zip(reversed(axis.refs), reversed(dictionaries), strict=True):
        rest, codes = np.divmod(rest, max(len(dictionary), 1))
        found[ref.name] = codes.astype(np.int32)
    return pl.DataFrame([pl.Series(ref.name, found[ref.name]) for ref in axis.refs]), places


def _numbered(numbers: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Give the different numbers, ascending, and the place of each among them; most often they are that already."""
    if _ascends(numbers):
        return numbers, np.arange(len(numbers))
    rest, places = np.unique(numbers, return_inverse=True)
    return rest, places


def _page(spec: QuerySpec, count: int) -> tuple[int, int]:
    if not spec.rows.levels:
        return 0, count
    first = min(spec.offset, count)
    return first, count if spec.limit is None else min(first + spec.limit, count)


def _axis(
    spec: QuerySpec,
    axis: Axis,
    dictionaries: tuple[Dictionary, ...],
    tuples: pl.DataFrame,
    total: int,
    members: Members,
) -> AxisTuples:
    return AxisTuples(
        refs=axis.refs,
        dictionaries=dictionaries,
        tuples=tuples,
        total=total if axis.levels else 1,
        over=_ALL.new_from_index(0, tuples.height if axis.levels else 1),
        coverage=tuple(members.coverage(spec.cube, ref) for ref in axis.refs),
        leaves=tuple(leaves(ref, members) for ref in axis.refs),
    )
