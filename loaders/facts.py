"""Facts as the warehouse keeps them: links as surrogate keys, sorted by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from cube_server.warehouse.manifest import KEY_COLUMN, STATUS_COLUMN, UNKNOWN

from .star import FactLink

_PIECE = 1 << 21
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


def encode_links(facts: pl.DataFrame, links: Sequence[tuple[FactLink, pl.DataFrame]]) -> pl.DataFrame:
    """Put surrogate keys in place of the link columns.

    Args:
        facts: The facts with natural keys, in the model's types.
        links: Each with the rows of its dimension, as `dimensions.number_rows` gives them.

    Returns:
        The facts in the same order. Each link column is replaced, where it stood, by one Int32 column a link,
        null where the fact's key is null.
    """
    encoded = {link.stored: _surrogates(facts[link.column], link, rows) for link, rows in links}
    columns = [
        series
        for column in facts.columns
        for series in [encoded[link.stored] for link, _ in links if link.column == column] or [facts[column]]
    ]
    return pl.DataFrame(columns)


def sort_by_time(facts: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """Sort by the natural keys of a time link, nulls last; rows of one key stay in their order.

    Args:
        facts: The facts as they are stored, which is narrower than their natural keys.
        keys: The time key of each.
    """
    if keys.is_sorted(nulls_last=True):
        return facts
    ordered = facts.with_columns(keys.alias(_NATURAL)).sort(_NATURAL, nulls_last=True, maintain_order=True)
    return ordered.drop(_NATURAL)


def count_unknown(stored: pl.Series, rows: pl.DataFrame) -> LinkCount:
    """Count what a link's surrogate keys link to.

    Args:
        stored: The surrogate keys of the facts.
        rows: The dimension's rows.
    """
    unknown = rows.filter(pl.col(STATUS_COLUMN) == UNKNOWN)[KEY_COLUMN]
    found = stored.filter(stored.is_in(unknown.implode()))
    return LinkCount(unknown_keys=found.n_unique(), unknown_rows=len(found), null_rows=stored.null_count())


def _surrogates(keys: pl.Series, link: FactLink, rows: pl.DataFrame) -> pl.Series:
    mapping = rows.select(pl.col(link.key).alias(keys.name), pl.col(KEY_COLUMN))
    # Piece by piece: a join's temporaries are several times its rows.
    pieces = [
        pl.DataFrame([piece]).join(mapping, on=keys.name, how="left", maintain_order="left")[KEY_COLUMN]
        for piece in (keys.slice(start, _PIECE) for start in range(0, max(len(keys), 1), _PIECE))
    ]
    return pl.concat(pieces, rechunk=True).alias(link.stored)
