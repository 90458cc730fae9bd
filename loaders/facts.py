"""Facts as the warehouse keeps them: links as surrogate keys, each run of rows sorted by time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from .dimensions import Numbering
from .origins import TypedTable
from .star import FactLink, FactTable


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCount:
    """How many facts of a link have no known dimension row.

    Attributes:
        unknown_keys: The different keys that the dimension's source lacks.
        unknown_rows: The facts that have them.
        null_rows: The facts whose key is null.
    """

    unknown_keys: int
    unknown_rows: int
    null_rows: int


class FactEncoder:
    """Turns runs of a table's facts into what is stored of them.

    Args:
        fact: The table and its links.
        numberings: The surrogate keys by dimension table.
    """

    def __init__(self, fact: FactTable, numberings: Mapping[str, Numbering]) -> None:
        self._fact = fact
        self._links = {link: _LinkEncoder(numberings[link.table.name]) for link in fact.links}

    def encoded(self, run: TypedTable) -> tuple[pl.DataFrame, pl.Series | None]:
        """Encode a run of facts.

        Returns:
            The facts, sorted by the natural keys of the time link, nulls last; rows of one key stay in their order.
            Each link column is replaced, where it stood, by one Int32 column a link, null where the fact's key is null.
            And the keys of the time link, in any order, if there is such a link.
        """
        facts = run.frame
        made = {link: of.surrogates(facts[link.column]).alias(link.stored) for link, of in self._links.items()}
        columns = [
            series
            for column in facts.columns
            for series in [made[link] for link in made if link.column == column] or [facts[column]]
        ]
        stored = pl.DataFrame(columns)
        time = self._fact.time
        return (self._links[time].sorted(stored, made[time]), facts[time.column]) if time else (stored, None)

    @property
    def counts(self) -> Mapping[FactLink, LinkCount]:
        """What was found of each link."""
        return {link: encoder.count for link, encoder in self._links.items()}


class _LinkEncoder:
    """The surrogate keys of one link, and how many facts link to nothing that the source knows."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._unknown = pl.Series(dtype=pl.Int32)
        self._unknown_rows = self._null_rows = 0

    def surrogates(self, keys: pl.Series) -> pl.Series:
        found = self._numbering.surrogates(keys)
        unknown = self._numbering.unknown(found)
        self._unknown = pl.concat([self._unknown, unknown.unique()]).unique()
        self._unknown_rows += len(unknown)
        self._null_rows += keys.null_count()
        return found

    def sorted(self, facts: pl.DataFrame, surrogates: pl.Series) -> pl.DataFrame:
        ranks = self._numbering.ranks.take(surrogates.fill_null(-1).to_numpy(), mode="wrap")
        return facts if (ranks[1:] >= ranks[:-1]).all() else facts[np.argsort(ranks, kind="stable")]

    @property
    def count(self) -> LinkCount:
        return LinkCount(unknown_keys=len(self._unknown), unknown_rows=self._unknown_rows, null_rows=self._null_rows)
