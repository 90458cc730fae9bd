"""What people call the columns of a table, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cube_server.model.dimensions import LevelRef
from cube_server.model.tables import Column, Text
from cube_server.result.cellset import CellSet

OTHERS = Text((("en", "(others)"), ("ko", "(그 외)")))
"""What the members that a top leaves out are called together."""

SHOWN = Text((("en", "(shown)"), ("ko", "(표시된 항목)")))
"""What the members that are shown are called together."""

_KEY = Text((("en", "{} (key)"), ("ko", "{} (키)")))
_DEPTH = Text((("en", "{} (depth)"), ("ko", "{} (깊이)")))
_UNKNOWN = Text((("en", "{} (unknown)"), ("ko", "{} (미상)")))


def cell_captions(cells: CellSet, language: str) -> dict[str, str]:
    """Name the columns of a cell set's flat table (see `cube_server.result.flat`): levels and measures by label."""
    found: dict[str, str] = {}
    for ref in (*cells.rows.refs, *cells.columns.refs):
        for above in ref.lineage():
            found |= _level(above, language, has_caption=above == ref and ref.level.caption is not None)
        whole = ref.link.label.get(language, ref.hierarchy_name)
        found[f"{ref.hierarchy_name}.depth"] = _DEPTH.get(language).format(whole)
        found[f"{ref.hierarchy_name}.unknown"] = _UNKNOWN.get(language).format(whole)
    return found | {measure.name: measure.label.get(language, measure.name) for measure in cells.measures}


def fact_captions(columns: Iterable[Column | LevelRef], language: str) -> dict[str, str]:
    """Name the columns of facts: levels and a table's own columns by label."""
    found: dict[str, str] = {}
    for column in columns:
        if isinstance(column, LevelRef):
            found |= _level(column, language, has_caption=column.level.caption is not None)
        else:
            found[column.name] = column.label.get(language, column.name)
    return found


def told_apart(captions: Mapping[str, str], columns: Iterable[str]) -> dict[str, str]:
    """Give each column a caption of its own: where two have the same one, the names tell them apart.

    >>> told_apart({"a.day": "Day", "b.day": "Day"}, ["a.day", "b.day", "sales"])
    {'a.day': 'Day (a.day)', 'b.day': 'Day (b.day)', 'sales': 'sales'}
    """
    given = {name: captions.get(name, name) for name in columns}
    texts = list(given.values())
    return {name: text if texts.count(text) == 1 else f"{text} ({name})" for name, text in given.items()}


def _level(ref: LevelRef, language: str, *, has_caption: bool) -> dict[str, str]:
    label = ref.level.label.get(language, ref.level.name)
    if not has_caption:
        return {ref.name: label}
    return {ref.name: _KEY.get(language).format(label), f"{ref.name}.caption": label}
