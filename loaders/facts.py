"""Facts as the warehouse keeps them: links as surrogate keys, each run of rows sorted by time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cube_server.warehouse.manifest import KEY_COLUMN

from .dimensions import Numbering
from .origins import TypedTable
from .star import FactLink, FactTable

_NATURAL = "\0time"


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
            And the keys of the time link, so sorted, if there is such a link.
        """
        facts = run.frame
        made = {link: of.surrogates(facts[link.column]).alias(link.stored) for link, of in self._links.items()}
        columns = [
            series
            for column in facts.columns
            for series in [made[link] for link in made if link.column == column] or [facts[column]]
        ]
        stored = pl.DataFrame(columns)
        return _sorted(stored, facts[self._fact.time.column]) if self._fact.time else (stored, None)

    @property
    def counts(self) -> Mapping[FactLink, LinkCount]:
        """What was found of each link."""
        return {link: encoder.count for link, encoder in self._links.items()}


def _sorted(facts: pl.DataFrame, keys: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    if keys.is_sorted(nulls_last=True):
        return facts, keys
    ordered = facts.with_columns(keys.alias(_NATURAL)).sort(_NATURAL, nulls_last=True, maintain_order=True)
    return ordered.drop(_NATURAL), ordered[_NATURAL]


class _LinkEncoder:
    """The surrogate keys of one link, and how many facts link to nothing that the source knows."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._unknown = pl.Series(dtype=pl.Int32)
        self._unknown_rows = self._null_rows = 0

    def surrogates(self, keys: pl.Series) -> pl.Series:
        found = self._numbering.surrogates(keys)
        unknown = found.filter(~pl.col("is_known"))[KEY_COLUMN]
        self._unknown = pl.concat([self._unknown, unknown.unique()]).unique()
        self._unknown_rows += len(unknown)
        self._null_rows += keys.null_count()
        return found[KEY_COLUMN]

    @property
    def count(self) -> LinkCount:
        return LinkCount(unknown_keys=len(self._unknown), unknown_rows=self._unknown_rows, null_rows=self._null_rows)
