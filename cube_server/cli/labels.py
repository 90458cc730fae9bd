"""The texts that stand for an axis' tuples in a table."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cube_server.model.dimensions import LevelRef
from cube_server.result.cellset import AxisTuples
from cube_server.result.dictionary import Dictionary
from cube_server.types import UNKNOWN

WORDS = {
    "en": {"all": "Total", "shown": "Total shown", "others": "(others)"},
    "ko": {"all": "합계", "shown": "표시 합계", "others": "(그 외)"},
}
"""What stands for a level that is rolled up, by what the tuple gathers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisLabels:
    """An axis in words.

    Attributes:
        headers: What each text is: the labels of the levels and of those above them, so that two categories of one
            name can be told apart.
        texts: The texts of each tuple, in order.
        totals: Whether each tuple is a subtotal or the grand total.
    """

    headers: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    totals: tuple[bool, ...]


def axis_labels(axis: AxisTuples, language: str = "en") -> AxisLabels:
    """Put an axis in words.

    Args:
        axis: The axis.
        language: Of the levels' labels and of the word for a total.
    """
    if not axis.refs:
        return AxisLabels(headers=(), texts=((),), totals=(False,))
    columns: dict[LevelRef, list[str | None]] = {}
    for ref, dictionary in zip(axis.refs, axis.dictionaries, strict=True):
        codes = axis.tuples[ref.name]
        for key, above in zip(dictionary.key_columns, ref.lineage(), strict=True):
            if above not in columns:
                columns[above] = _members(dictionary, key, is_own=above == ref).gather(codes).to_list()
    return AxisLabels(
        headers=tuple(ref.level.label.get(language, ref.level.name) for ref in columns),
        texts=tuple(
            with_total(texts, WORDS[language][over])
            for texts, over in zip(zip(*columns.values(), strict=True), axis.over, strict=True)
        ),
        totals=tuple((axis.depths() < len(axis.refs)).to_list()),
    )


def _members(dictionary: Dictionary, key: str, *, is_own: bool) -> pl.Series:
    """Give the text of each member: the level's own caption, or the key of a level above."""
    own = pl.col("caption") if is_own else pl.col(key).cast(pl.String)
    if dictionary.depths is not None:
        # What is named may be coarser than the level, or calculated: then there is no key to show.
        return dictionary.frame.select(pl.coalesce(own, pl.lit("")).alias("text"))["text"]
    missing = pl.when("unknown").then(pl.lit(UNKNOWN.value)).otherwise(pl.lit("null"))
    return dictionary.frame.select(pl.coalesce(own, missing).alias("text"))["text"]


def with_total(texts: tuple[str | None, ...], total: str) -> tuple[str, ...]:
    """Fill in the levels that are rolled up, which are the last ones: the word for what is gathered, then nothing."""
    gap = next((place for place, text in enumerate(texts) if text is None), len(texts))
    words = {gap: total}
    return tuple(words.get(place, "") if text is None else text for place, text in enumerate(texts))
