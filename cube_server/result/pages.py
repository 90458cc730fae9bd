"""Answers other than cells: a page of a level's members, and a page of the facts behind a cell."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cube_server.model.dimensions import LevelRef, Scd
from cube_server.model.elements import Cube
from cube_server.model.tables import Column


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MembersPage:
    """Members of a level, in member order.

    Attributes:
        ref: The level.
        frame: `key_0` .. `key_n`, `caption`, `unknown` as in a Dictionary, and `children` (UInt32): how many members
            of the next level of the hierarchy stand below, 0 at its end.
        total: How many members there are on all pages.
        offset: How many come before this page.
        snapshot: The snapshot answered from.
    """

    ref: LevelRef
    frame: pl.DataFrame
    total: int
    offset: int
    snapshot: str

    @property
    def scd(self) -> dict[str, Scd]:
        """Tell by link how its dimension is read, as far as it has history."""
        dimension = self.ref.link.dimension
        return {self.ref.link.name: dimension.scd} if dimension.table.history is not None else {}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FactsPage:
    """Fact rows, in stored order (by time).

    Attributes:
        cube: The cube asked.
        columns: What each column of the frame is: a fact's column, or a level.
        frame: One row a fact. A level gives its key (named by `ref.name`) and, where the model names a caption
            column, its caption (`ref.name` + ".caption").
        total: How many facts there are on all pages.
        offset: How many come before this page.
        snapshot: The snapshot answered from.
    """

    cube: Cube
    columns: tuple[Column | LevelRef, ...]
    frame: pl.DataFrame
    total: int
    offset: int
    snapshot: str
