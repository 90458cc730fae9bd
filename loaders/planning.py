"""What a load reads of each table, and what it leaves: by the table's mode, and by what was loaded before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from cube_server.errors import Issue, SourceError
from cube_server.model.tables import Derivation, Mode, Table
from cube_server.types import Scalar
from cube_server.warehouse.manifest import Content, Manifest

from .modes import How, bases, decide_modes
from .sources.base import Files, Source, SourceFile
from .star import FactTable, Star


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """What a load does with one table.

    Attributes:
        mode: What becomes of the rows that are there.
        is_left: Whether the table stays as it is, because the source has nothing new for it.
        files: What is read, as far as the source has files.
        skipped: What is left out, each with the snapshot that had loaded it.
    """

    mode: Mode
    is_left: bool = False
    files: tuple[SourceFile, ...] = ()
    skipped: tuple[Content, ...] = ()


Plan = Mapping[str, TablePlan]


def plan_load(star: Star, how: How, source: Source, previous: Manifest | None, upcoming: str) -> tuple[Plan, Source]:
    """Decide what is done with each table; give the source without what was loaded before, too.

    Args:
        star: The tables.
        how: What is asked for.
        source: The source.
        previous: The newest snapshot; None if nothing was loaded.
        upcoming: The id of the snapshot that this load makes.

    Raises:
        SettingsError: A table cannot be loaded so.
        SourceError: Of the files of a table that must be read whole, some were loaded before.
    """
    modes = decide_modes(star, how)
    names = source.tables()
    plan: dict[str, TablePlan] = {}
    for fact in star.facts:
        plan[fact.table.name] = _plan_facts(fact.table, modes[fact.table.name], how, source, previous, upcoming)
    source = _without(star, plan, modes, source)
    gone = {base.name for fact in star.facts if plan[fact.table.name].is_left for base in bases(fact.table)}
    for table in star.tables:
        lacks = not all(_is_there(base, names) for base in bases(table))
        of = plan.get(table.name, TablePlan(mode=modes[table.name]))
        if table in star.dimensions and isinstance(source, Files):
            of = replace(of, files=tuple(file for base in bases(table) for file in source.files(base)))
            lacks = lacks or (of.mode is not Mode.FULL and any(base.name in gone for base in bases(table)))
        may_stay = previous is not None and table.name in previous.tables and _may_lack(table, of.mode, how)
        plan[table.name] = replace(of, is_left=True) if lacks and may_stay else of
    return plan, source


def watermarks(star: Star, plan: Plan, previous: Manifest | None) -> dict[str, Scalar]:
    """Give the greatest value of each watermark that is loaded, for the facts of which only what is new is wanted."""
    found: dict[str, Scalar] = {}
    for fact in star.facts:
        name, mark = fact.table.name, fact.table.reading.watermark
        stored = previous.tables.get(name) if previous else None
        if mark and stored and plan[name].mode in (Mode.APPEND, Mode.UPSERT):
            of_time = [file.time.last for file in stored.files if file.time] if _is_time(fact, mark) else []
            greatest = [stored.columns[mark].maximum] if mark in stored.columns else of_time
            values = [fact.table.column(mark).type.read(value) for value in greatest if value is not None]
            if values:
                found[name] = max(values)
    return found


def _is_time(fact: FactTable, column: str) -> bool:
    return fact.time is not None and fact.time.column == column


def _is_there(table: Table, names: Collection[str] | None) -> bool:
    """Tell whether a source may have a table: a database lists those of its default schema only, a URL none."""
    return names is None or table.source in names or "." in table.source or bool(table.reading.query)


def _plan_facts(
    table: Table, mode: Mode, how: How, source: Source, previous: Manifest | None, upcoming: str
) -> TablePlan:
    files = source.files(_driving(table)) if isinstance(source, Files) else ()
    stored = previous.tables.get(table.name) if previous else None
    loaded = stored.contents if stored and not how.again else ()
    skipped = tuple(_skipped(files, mode, loaded, how, upcoming))
    names = {content.name for content in skipped}
    rest = tuple(file for file in files if file.name not in names)
    return TablePlan(mode=mode, files=rest, skipped=skipped, is_left=bool(skipped) and not rest)


def _skipped(
    files: tuple[SourceFile, ...], mode: Mode, loaded: tuple[Content, ...], how: How, upcoming: str
) -> Iterator[Content]:
    """Give the files that would change nothing, each with the snapshot that had loaded it.

    Facts that were appended once are there. Rows that took the place of others may have been replaced since: only what
    was loaded last, in this order, is sure to change nothing.
    """
    known = {content.sha256: content.snapshot for content in loaded}
    hashes = [file.sha256 for file in files]
    last = [content.sha256 for content in loaded]
    if mode is Mode.APPEND:
        for file in files:
            if file.sha256 in known:
                yield Content(name=file.name, sha256=file.sha256, snapshot=known[file.sha256])
            known.setdefault(file.sha256, upcoming)
    if mode is Mode.UPSERT or (mode is Mode.REPLACE and how.period is None):
        lengths = range(len(files), 0, -1) if mode is Mode.UPSERT else [len(files)]
        same = next((count for count in lengths if count and last[-count:] == hashes[:count]), 0)
        yield from (Content(name=f.name, sha256=f.sha256, snapshot=known[f.sha256]) for f in files[:same])


def _without(star: Star, plan: Plan, modes: Mapping[str, Mode], source: Source) -> Source:
    """Leave out what was loaded before, where all that is made of it can do without."""
    if not isinstance(source, Files):
        return source
    left: dict[str, Content] = {}
    for fact in star.facts:
        of, base = plan[fact.table.name], _driving(fact.table)
        users = [table.name for table in star.tables if base.name in {part.name for part in bases(table)}]
        whole = [name for name in users if modes[name] is Mode.FULL]
        if of.skipped and of.files and whole:
            raise _torn(of.skipped[0], whole[0])
        if of.files or not whole:
            left |= {content.name: content for content in of.skipped}
    for fact in star.facts:
        for file in plan[fact.table.name].files:
            if file.name in left:
                raise _torn(left[file.name], fact.table.name)
    return source.without(frozenset(left)) if left else source


def _torn(content: Content, table: str) -> SourceError:
    fault = f"The file was loaded as snapshot {content.snapshot}, but {table!r} needs it again."
    fix = f"Move it away, load {table!r} by upsert, or load all again: --again."
    return SourceError("Some files were loaded before, and others were not.", issues=[Issue(content.name, fault, fix)])


def _may_lack(table: Table, mode: Mode, how: How) -> bool:
    """Tell whether the source need not have a table: not if all its rows are to be there."""
    unsaid = table.mode is None and table.name not in how.modes and "" not in how.modes
    return mode is not Mode.FULL or (unsaid and (how.period is not None or bool(how.modes)))


def _driving(table: Table) -> Table:
    """Give the table of the source that a table has a row of each of, if it is derived."""
    while isinstance(table.derivation, Derivation):
        table = table.derivation.table
    return table
