"""History: which columns of a dimension's table keep what they held, and what levels ask of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cube_server.model.dimensions import Dimension, Level, LevelRef, Link, ThroughDates, ThroughFacts
from cube_server.model.document import HistoryDoc, LinkDoc
from cube_server.model.mistakes import Mistakes
from cube_server.model.tables import Column, History, Table
from cube_server.types import Kind


def history(
    place: str, part: HistoryDoc, columns: Mapping[str, Column], key: tuple[Column, ...], table: str, mistakes: Mistakes
) -> History:
    """Read what a table's document says of its history, noting every mistake.

    Args:
        place: The document's JSON pointer.
        part: The document.
        columns: The table's columns.
        key: The table's key.
        table: The table's name.
        mistakes: Where mistakes are noted.
    """
    found = {name: mistakes.column(f"{place}/columns/{name}", name, columns, table) for name in part.columns}
    kept = tuple(column for name, column in found.items() if column and part.columns[name] == 2)
    for column in kept:
        if column in key:
            problem = f"{column.name!r} is the key: it tells that rows are versions of the same, and cannot change."
            mistakes.blame(f"{place}/columns/{column.name}", problem, "Leave it out.")
    if not kept and all(found.values()):
        problem = "No column is of type 2: all are overwritten."
        mistakes.blame(f"{place}/columns", problem, 'Declare one, such as "region": 2, or leave `history` out.')
    _check_source(place, part, mistakes)
    days = {
        field: _day(f"{place}/{field.removesuffix('_')}", getattr(part, field), columns, table, mistakes)
        for field in ("from_", "to", "until", "since")
    }
    return History(columns=kept, first=days["from_"], last=days["to"], until=days["until"], since=days["since"])


def _check_source(place: str, part: HistoryDoc, mistakes: Mistakes) -> None:
    if part.to is not None and part.until is not None:
        mistakes.blame(f"{place}/until", "A version ends either on `to`, included, or before `until`.", "Give one.")
    for field in ("to", "until"):
        if getattr(part, field) is not None and part.from_ is None:
            mistakes.blame(f"{place}/{field}", "A version that ends also begins.", "Name the column with `from`.")
    if part.since is not None and part.from_ is not None:
        problem = "Versions come either from the source, with `from`, or from loads, with `since`."
        mistakes.blame(f"{place}/since", problem, "Give one of the two.")


def _day(place: str, name: str | None, columns: Mapping[str, Column], table: str, mistakes: Mistakes) -> Column | None:
    column = mistakes.column(place, name, columns, table) if name is not None else None
    if column is not None and column.type.kind is not Kind.DATE:
        mistakes.blame(place, f"{table}.{column.name} is {column.type}, not a date.", "Versions are valid by the day.")
        return None
    return column


def check_history(dimension: Dimension, mistakes: Mistakes) -> None:
    """Check that what stands together also changes together: a member keeps its caption and what is above it.

    Args:
        dimension: The dimension.
        mistakes: Where mistakes are noted.
    """
    kept = dimension.table.history
    if kept is None:
        return
    spot = f"/tables/{dimension.table.name}/history"
    if dimension.is_time:
        mistakes.blame(spot, f"{dimension.name!r} is time itself, and has no history.", "Leave it out.")
    for hierarchy in dimension.hierarchies:
        if hierarchy.tree and hierarchy.tree.parent in kept.columns:
            problem = f"{hierarchy.tree.parent.name!r} is what the tree {hierarchy.name!r} is made of, as it is now."
            mistakes.blame(f"{spot}/columns/{hierarchy.tree.parent.name}", problem, "Give it type 1.")
    for level, column, told in _bound(dimension):
        if level.key in kept.columns and level.key != dimension.key and column not in kept.columns:
            problem = f"{level.key.name!r} keeps what it held, but {column.name!r}, {told} of it, is overwritten."
            mistakes.blame(f"{spot}/columns", problem, f'Add "{column.name}": 2.')


def _bound(dimension: Dimension) -> Iterator[tuple[Level, Column, str]]:
    """Give each level with the columns that follow from its member."""
    found: dict[tuple[str, str], tuple[Level, Column, str]] = {}
    levels = {level.name: level for level in dimension.levels}
    for hierarchy in dimension.hierarchies:
        for depth, level in enumerate(hierarchy.levels):
            bound = [(level, level.caption, "the caption"), (level, level.order, "the order")]
            bound += [(level, above.key, "the level above") for above in hierarchy.levels[:depth]]
            if level.attribute_of is not None:
                bound.append((levels[level.attribute_of], level.key, "an attribute"))
            for whose, column, told in bound:
                if column is not None:
                    found.setdefault((whose.key.name, column.name), (whose, column, told))
    yield from found.values()


def dated(place: str, link: Link, part: LinkDoc, links: Mapping[str, Link], mistakes: Mistakes) -> LevelRef | None:
    """Find the level of time whose day tells a fact the version of a link's members, noting a mistake.

    Args:
        place: The link's JSON pointer.
        link: The link.
        part: Its document.
        links: The cube's links, by role, in the order declared.
        mistakes: Where mistakes are noted.

    Returns:
        The level; None where the dimension has no history, or the facts have no day.
    """
    if link.dimension.table.history is None:
        if part.when is not None:
            problem = f"{link.dimension.name!r} has no history, so that its members are the same at any time."
            mistakes.blame(f"{place}/when", problem, "Leave it out.")
        return None
    if part.when is not None and isinstance(link.through, ThroughFacts | ThroughDates):
        problem = "The members of this link are those of a day already: that of the link that it goes through."
        mistakes.blame(f"{place}/when", problem, "Leave it out.")
    days = {role: ref for role, other in links.items() if (ref := _day_level(other))}
    if part.when is None:
        return next(iter(days.values()), None)
    if part.when not in days:
        known = ", ".join(days) or "none"
        problem = f"{part.when!r} is no link to time that tells a fact's day."
        mistakes.blame(f"{place}/when", problem, f"Those that do: {known}.")
    return days.get(part.when)


def _day_level(link: Link) -> LevelRef | None:
    """Give the level of time whose keys are dates, if a fact tells it: one of a month has no day."""
    if not link.dimension.is_time or link.through is not None:
        return None
    told = (level for hierarchy in link.hierarchies for level in hierarchy.levels)
    days = (level for level in told if level.key.type.kind is Kind.DATE)
    return next((LevelRef(link=link, hierarchy=f"~{level.name}", levels=(level,)) for level in days), None)


def untold(tables: Mapping[str, Table], dimensions: Mapping[str, Dimension], mistakes: Mistakes) -> None:
    """Blame history on tables of which no dimension is made."""
    read = {dimension.table.name for dimension in dimensions.values()}
    for name, table in tables.items():
        if table.history is not None and name not in read:
            problem = f"{name!r} is no dimension's table: only members have a history."
            mistakes.blame(f"/tables/{name}/history", problem, "Leave it out.")
