"""The pivot layout: row tuples down, a column for every column tuple and measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from cube_server.query.text import OTHERS_WORD, SHOWN_WORD, format_path
from cube_server.result.cellset import OVER, AxisTuples, CellSet
from cube_server.types import KeyPath

_WORDS: dict[str, tuple[str, ...]] = {"all": (), "shown": (SHOWN_WORD,), "others": (OTHERS_WORD,)}
_ALL = AxisTuples(refs=(), dictionaries=(), tuples=pl.DataFrame(), total=1, over=pl.Series("over", ["all"], OVER))


def pivoted(cells: CellSet) -> CellSet:
    """Move the column axis into the measures.

    Each column tuple and measure becomes a measure of its own, named by the tuple's key paths as cuts write them and
    the measure: `2017/Q1 | sales`. A total names only what it is within: `2017 | sales` is the year's, `sales` the
    grand total, `shown() | sales` that of the shown; `others() | sales` is of what is left out. Keys that hold a bar
    are quoted, and so are keys of these words, so that no two names are equal.

    Args:
        cells: The cell set.

    Returns:
        A cell set without column levels, that has all row tuples of the given one.
    """
    height = len(cells.rows)
    at = (pl.col("column").cast(pl.Int64) * height + pl.col("row")).alias("place")
    places = pl.select(place=pl.int_range(height * len(cells.columns), dtype=pl.Int64))
    names = [measure.name for measure in cells.measures]
    filled = places.join(cells.cells.select(at, *names), on="place", how="left", maintain_order="left")
    measures, values = [], {}
    for position, heading in enumerate(_headings(cells.columns)):
        for measure in cells.measures:
            name = " | ".join((*heading, measure.name))
            measures.append(replace(measure, name=name))
            values[name] = filled[measure.name].slice(position * height, height)
    rows = pl.select(row=pl.int_range(height, dtype=pl.UInt32), column=pl.lit(0, pl.UInt32))
    wide = rows.with_columns(pl.Series(name, found) for name, found in values.items())
    return replace(cells, measures=tuple(measures), columns=_ALL, cells=wide, nonempty=False)


def _headings(axis: AxisTuples) -> Iterator[tuple[str, ...]]:
    """Give the key paths of each tuple as text: one for every hierarchy, as deep as it goes."""
    if not axis.refs:
        yield ()
        return
    known: list[dict[int | None, KeyPath]] = []
    for ref, dictionary in zip(axis.refs, axis.dictionaries, strict=True):
        codes = axis.tuples[ref.name].drop_nulls().unique()
        known.append({code: dictionary.path(code) for code in codes})
    tuples = axis.tuples.select(ref.name for ref in axis.refs).iter_rows()
    for members, over in zip(tuples, axis.over, strict=True):
        named = zip(axis.refs, members, known, strict=True)
        paths = [(ref.hierarchy_name, paths[code]) for ref, code, paths in named if code is not None]
        yield (*map(format_path, _deepest(paths)), *_WORDS[over])


def _deepest(paths: list[tuple[str, KeyPath]]) -> Iterator[KeyPath]:
    """Leave out each path that the next one of the same hierarchy goes on from."""
    following = [*paths, ("", ())][1:]
    for (hierarchy, path), (after, deeper) in zip(paths, following, strict=True):
        if hierarchy != after or deeper[: len(path)] != path:
            yield path
