"""Answers: two axes of members, the numbers where they cross, and the next questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cube_server_client.grid import html_table
from cube_server_client.members import Member, read_member

if TYPE_CHECKING:
    from cube_server_client.building import Building

Q = TypeVar("Q", bound="Building")

Number = int | float | None
Tuples = tuple[tuple[Member | None, ...], ...]
"""Tuples of an axis; None stands for All, where a level is rolled up."""


@dataclass(frozen=True, slots=True)
class ShownMeasure:
    """A measure of an answer, with how people read it."""

    name: str
    label: str
    format: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[Q]):
    """A cell set.

    Attributes:
        query: The question.
        measures: The measures, in the order asked.
        row_levels: What questions call the levels of the rows.
        column_levels: The same of the columns.
        rows: The row tuples.
        columns: The column tuples.
        cells: For each measure a list of rows, each a list of columns; None where a cell is empty.
        total: How many row tuples there are in all, of which these may be a page.
        meta: What the server says of the answer: snapshot, data date, time, source.
    """

    query: Q
    measures: tuple[ShownMeasure, ...]
    row_levels: tuple[str, ...]
    column_levels: tuple[str, ...]
    rows: Tuples
    columns: Tuples
    cells: Mapping[str, list[list[Number]]]
    total: int
    meta: Mapping[str, Any]

    @classmethod
    def read(cls, query: Q, body: bytes) -> Answer[Q]:
        """Read a cell set as the server writes it."""
        document = json.loads(body)
        axes = {name: _axis(document["axes"][name]) for name in ("rows", "columns")}
        return cls(
            query=query,
            measures=tuple(ShownMeasure(**measure) for measure in document["measures"]),
            row_levels=axes["rows"][0],
            column_levels=axes["columns"][0],
            rows=axes["rows"][1],
            columns=axes["columns"][1],
            cells=document["cells"],
            total=document["axes"]["rows"]["total"],
            meta=document["meta"],
        )

    @property
    def snapshot(self) -> str:
        """The snapshot answered from."""
        return str(self.meta["snapshot"])

    @property
    def is_page(self) -> bool:
        """Whether there are more rows than these."""
        return len(self.rows) < self.total

    def __getitem__(self, measure: object) -> list[list[Number]]:
        """Give the numbers of a measure: a list of rows, each a list of columns."""
        return self.cells[str(measure)]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def value(self) -> Number:
        """The number of an answer that has one cell; ValueError for another."""
        ((only,),) = self.cells[self.measures[0].name]
        return only

    def records(self) -> list[dict[str, Any]]:
        """Give a dict for each cell that is not empty: the captions of its members by level, and its measures.

        A level that is rolled up to All is None. For keys and types take `arrow()`.
        """
        found = []
        for row, members in enumerate(self.rows):
            for column, others in enumerate(self.columns):
                numbers = {measure.name: self.cells[measure.name][row][column] for measure in self.measures}
                if any(number is not None for number in numbers.values()):
                    told = [*zip(self.row_levels, members, strict=True), *zip(self.column_levels, others, strict=True)]
                    found.append({**{level: None if m is None else str(m) for level, m in told}, **numbers})
        return found

    def slice(self, level: object, member: object) -> Q:
        """Give the question for one member: it becomes a cut, and its level leaves the axes."""
        return self.query.without(str(level)).cut(str(level), member)

    def dice(self, level: object, *members: object) -> Q:
        """Give the question for some members of a level, which stays where it is."""
        return self.query.cut(str(level), *members)

    def drill_down(self, level: object, member: object = None) -> Q:
        """Give the question one level finer.

        Args:
            level: A level on an axis; the next one of its hierarchy is put after it.
            member: Only for this member of the level, which then is a cut.

        Raises:
            ValueError: The level is on no axis, or has none below.
        """
        name = str(level)
        finer = self.query.cube.below(name)
        if finer is None:
            raise ValueError(f"There is no level below {name}.")
        for axis in ("rows", "columns"):
            levels = self.query.levels(axis)
            if name in levels and finer.name in levels:
                return self.query if member is None else self.query.cut(name, member)
            if name in levels:
                drilled = self.query.inserted(axis, levels.index(name) + 1, finer.name)
                return drilled if member is None else drilled.cut(name, member)
        raise ValueError(f"{name} is on no axis.")

    def roll_up(self, level: object) -> Q:
        """Give the question one level coarser: the level leaves its axis, and the one above stands in its place.

        Raises:
            ValueError: The level is on no axis.
        """
        name = str(level)
        *above, _ = self.query.cube.path_to(name) or (None,)
        for axis in ("rows", "columns"):
            levels = self.query.levels(axis)
            if name not in levels:
                continue
            coarser = self.query.without(name)
            parent = above[-1] if above else None
            if parent is None or parent.name in levels:
                return coarser
            return coarser.inserted(axis, levels.index(name), parent.name)
        raise ValueError(f"{name} is on no axis.")

    def pivot(self) -> Q:
        """Give the question with rows and columns swapped."""
        return self.query.pivot()

    def pinned(self) -> Q:
        """Give the same question on the same snapshot, for what belongs to this answer."""
        return self.query.as_of(self.snapshot)

    def _repr_html_(self) -> str:
        return html_table(self)

    def __repr__(self) -> str:
        shape = f"{len(self.rows):,} of {self.total:,} rows, {len(self.columns):,} columns"
        return f"<Answer {', '.join(m.name for m in self.measures)}: {shape}, snapshot {self.snapshot}>"


def _axis(document: Mapping[str, Any]) -> tuple[tuple[str, ...], Tuples]:
    levels = tuple(level["name"] for level in document["levels"])
    tuples = tuple(
        tuple(None if m is None else read_member(level, m) for level, m in zip(levels, members, strict=True))
        for members in document["tuples"]
    )
    return levels, tuples
