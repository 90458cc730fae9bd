"""Which tables hold facts, which tell about members, and which neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cube_server.types import NUMBERS, Kind

from .ids import is_id
from .joins import Reference
from .keys import single_keys
from .notes import Notes
from .profiles import TableProfile
from .vocabulary import DOCUMENTS
from .wording import subject, words

_NOT_MEANT = frozenset({"agg", "aggregate", "summary", "backup", "bak", "tmp", "temp", "old"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What the tables are.

    Attributes:
        facts: The tables that cubes stand on, the largest first.
        headers: References from facts to what they are the lines of: their columns belong to the facts.
        links: All other references from one table to another.
    """

    facts: tuple[TableProfile, ...]
    headers: tuple[Reference, ...]
    links: tuple[Reference, ...]


def meant(tables: Sequence[TableProfile], notes: Notes) -> tuple[TableProfile, ...]:
    """Leave out copies and summaries of other tables, by their names."""
    kept = []
    for table in tables:
        if set(words(table.source)) & _NOT_MEANT and len(tables) > 1:
            notes.left_out(
                table.source, "By its name it repeats what other tables have; name it with --table to have it."
            )
        else:
            kept.append(table)
    return tuple(kept)


def find_roles(tables: Sequence[TableProfile], references: Sequence[Reference], notes: Notes) -> Roles:
    """Tell facts from dimensions by what refers to what."""
    by_source = {table.source: table for table in tables}
    headers = tuple(reference for reference in references if _is_header(reference, by_source, references))
    targets = {reference.target for reference in references}
    referring = {reference.table for reference in references}
    free = [table for table in tables if table.source not in targets]
    facts = [table for table in free if table.source in referring or _is_eventful(table)]
    if not facts and free:
        facts = [max(free, key=lambda table: table.rows)]
    twins = {table.source: twin for table in facts if (twin := _twin(table, tables, targets))}
    for source, twin in twins.items():
        notes.left_out(source, f"It has the key of {twin}: another version of its rows.")
    facts = [table for table in facts if table.source not in twins]
    for table in free:
        if table not in facts and table.source not in twins:
            notes.left_out(
                table.source, "Nothing refers to it, it refers to nothing, and it has no dates with numbers."
            )
            _tell_repeats(table, notes)
    links = tuple(reference for reference in references if reference not in headers)
    facts.sort(key=_weight, reverse=True)
    return Roles(facts=tuple(facts), headers=headers, links=links)


def _twin(table: TableProfile, tables: Sequence[TableProfile], targets: set[str]) -> str:
    """Name a table that others refer to, and that has the same key by its name."""
    own = {column.name for column in single_keys(table) if is_id(column.name)}
    others = (other for other in tables if other is not table and other.source in targets)
    return next((other.source for other in others if own & {key.name for key in single_keys(other)[:1]}), "")


def _weight(table: TableProfile) -> tuple[bool, int, int]:
    """Tell how much a table has to say: what has dates, most numbers and most rows comes first."""
    has_dates = any(column.type.kind in (Kind.DATE, Kind.TIMESTAMP) for column in table.columns)
    numbers = [column for column in table.columns if column.type.kind in NUMBERS and not is_id(column.name)]
    return has_dates, len(numbers), table.rows


def _is_header(reference: Reference, tables: dict[str, TableProfile], references: Sequence[Reference]) -> bool:
    target = tables[reference.target]
    has_more = any(other.table == reference.target for other in references)
    about = {*subject(reference.target), *words(reference.key)}
    return has_more and bool(about & DOCUMENTS) and not reference.is_partial and target.rows > 1


def _is_eventful(table: TableProfile) -> bool:
    """Tell whether a table that stands alone has dates and numbers, and so may hold facts."""
    has_dates = any(column.type.kind in (Kind.DATE, Kind.TIMESTAMP) for column in table.columns)
    numbers = [column for column in table.columns if column.type.kind in NUMBERS and not is_id(column.name)]
    return has_dates and bool(numbers) and not _repeated_key(table)


def _tell_repeats(table: TableProfile, notes: Notes) -> None:
    if key := _repeated_key(table):
        notes.unsure(
            f"{table.source}.{key}",
            "It looks like the key, but values repeat: with one row each it would be a dimension.",
        )


def _repeated_key(table: TableProfile) -> str:
    """Name the column that would be the table's key, but for some rows that repeat it."""
    about = subject(table.source)
    for column in table.columns:
        is_own = is_id(column.name) and words(column.name)[:-1] == about
        if is_own and 0.5 * table.rows < column.distinct < table.rows:
            return column.name
    return ""
