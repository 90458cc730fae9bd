"""The pivot layout: row tuples down, a column for every column tuple and measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

import polars as pl

from cube_server.model.dimensions import LevelRef
from cube_server.model.tables import Text
from cube_server.query.text import OTHERS_WORD, SHOWN_WORD, format_path
from cube_server.result.cellset import OVER, PLACE, AxisTuples, CellSet
from cube_server.result.dictionary import Dictionary
from cube_server.types import KeyPath

from .captions import OTHERS, SHOWN
from .text import cell_text

_WORDS: dict[str, tuple[tuple[str, Text], ...]] = {
    "all": (),
    "shown": ((SHOWN_WORD, SHOWN),),
    "others": ((OTHERS_WORD, OTHERS),),
}
"""What a member that stands for many is called, by name and by caption."""

_ALL = AxisTuples(refs=(), dictionaries=(), tuples=pl.DataFrame(), total=1, over=pl.Series("over", ["all"], OVER))


def pivoted(cells: CellSet, language: str = "en") -> CellSet:
    """Move the column axis into the measures.

    Each column tuple and measure becomes a measure of its own, named by the tuple's key paths as cuts write them and
    the measure: `2017/Q1 | sales`. A total names only what it is within: `2017 | sales` is the year's, `sales` the
    grand total, `shown() | sales` that of the shown; `others() | sales` is of what is left out. Keys that hold a bar
    are quoted, and so are keys of these words, so that no two names are equal.

    Args:
        cells: The cell set.
        language: The language of the labels, which name the members by their captions.

    Returns:
        A cell set without column levels, that has all row tuples of the given one.
    """
    height = len(cells.rows)
    at = (pl.col("column").cast(pl.Int64) * height + pl.col("row")).alias(PLACE)
    places = pl.select(pl.int_range(height * len(cells.columns), dtype=pl.Int64).alias(PLACE))
    names = [measure.name for measure in cells.measures]
    filled = places.join(cells.cells.select(at, *names), on=PLACE, how="left", maintain_order="left")
    measures, values = [], {}
    for position, heading in enumerate(_headings(cells.columns, language)):
        for measure in cells.measures:
            name = " | ".join((*(name for name, _ in heading), measure.name))
            called = " | ".join((*(caption for _, caption in heading), measure.label.get(language, measure.name)))
            measures.append(replace(measure, name=name, label=Text(((language, called),))))
            values[name] = filled[measure.name].slice(position * height, height)
    rows = pl.select(row=pl.int_range(height, dtype=pl.UInt32), column=pl.lit(0, pl.UInt32))
    wide = rows.with_columns(pl.Series(name, found) for name, found in values.items())
    return replace(cells, measures=tuple(measures), columns=_ALL, cells=wide, nonempty=False)


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a column tuple."""

    hierarchy: str
    path: KeyPath
    caption: str

    def label(self) -> str:
        """Say what people call it: its caption below the keys of those above it."""
        return " / ".join((*(cell_text(key) for key in self.path[:-1]), self.caption))


def _headings(axis: AxisTuples, language: str) -> Iterator[list[tuple[str, str]]]:
    """Give name and caption of the members of each tuple: one for every hierarchy, as deep as it goes."""
    if not axis.refs:
        yield []
        return
    known: list[dict[int | None, _Member]] = []
    for ref, dictionary in zip(axis.refs, axis.dictionaries, strict=True):
        codes = axis.tuples[ref.name].drop_nulls().unique()
        known.append({code: _member(ref, dictionary, code) for code in codes})
    tuples = axis.tuples.select(ref.name for ref in axis.refs).iter_rows()
    for members, over in zip(tuples, axis.over, strict=True):
        named = zip(known, members, strict=True)
        deepest = _deepest([of_level[code] for of_level, code in named if code is not None])
        words = [(word, caption.get(language)) for word, caption in _WORDS[over]]
        yield [*((format_path(member.path), member.label()) for member in deepest), *words]


def _member(ref: LevelRef, dictionary: Dictionary, code: int) -> _Member:
    path = dictionary.path(code)
    return _Member(ref.hierarchy_name, path, dictionary.frame["caption"][code] or format_path(path))


def _deepest(members: list[_Member]) -> Iterator[_Member]:
    """Leave out each member that the next one of the same hierarchy lies below."""
    for member, after in zip_longest(members, members[1:]):
        if after is None or member.hierarchy != after.hierarchy or after.path[: len(member.path)] != member.path:
            yield member
