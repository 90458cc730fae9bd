"""What a load does to each table that is there: by the model, unless whoever starts the load says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cube_server.errors import Issue, SettingsError, nearest
from cube_server.model.tables import Days, Derivation, Mode, Table

from .periods import Period
from .star import FactTable, Star


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a load is to treat what is there.

    Attributes:
        modes: A mode for each table named; `""` stands for all tables. What is not named goes by the model.
        period: The period that `replace` replaces; None for that which the source covers.
        again: Whether contents are loaded that were loaded before.
    """

    modes: Mapping[str, Mode]
    period: Period | None = None
    again: bool = False


BY_MODEL = How(modes={})


def decide_modes(star: Star, how: How) -> dict[str, Mode]:
    """Give the mode of every table that is stored, but for those that are made of levels.

    A mode for all tables means facts: of dimensions all but `full` is `upsert`. A dimension that is made of the same
    tables as facts that are not loaded in full is not either, unless the model says so: the source has not all of it.

    Raises:
        SettingsError: A table is named that does not exist, or that cannot be loaded so; the error lists all.
    """
    issues = list(_unknown(star, how))
    facts = {fact.table.name: _of_facts(fact, how) for fact in star.facts}
    partial = {
        base.name for fact in star.facts if facts[fact.table.name] is not Mode.FULL for base in bases(fact.table)
    }
    dimensions = {table.name: _of_dimension(table, how, partial) for table in star.dimensions}
    for fact in star.facts:
        issues += _unfit(fact, facts[fact.table.name])
    for table in star.dimensions:
        if dimensions[table.name] in (Mode.APPEND, Mode.REPLACE):
            fix = "Its rows have keys: upsert takes new ones and changed ones."
            issues.append(
                Issue(table.name, f"A dimension is loaded by full or upsert, not {dimensions[table.name]}.", fix)
            )
    if how.period and Mode.REPLACE not in facts.values():
        issues.append(Issue("--replace", "No table is loaded by replace.", "Leave the period out, or name the table."))
    if issues:
        raise SettingsError("The tables cannot be loaded so.", issues=issues)
    return {**dimensions, **facts}


def bases(table: Table) -> tuple[Table, ...]:
    """Give the tables of the source that a table is made of: itself, if it is not derived."""
    match table.derivation:
        case None:
            return (table,)
        case Derivation() | Days() as derivation:
            found = [base for part in derivation.tables for base in bases(part)]
            return tuple({base.name: base for base in found}.values())


def _of_facts(fact: FactTable, how: How) -> Mode:
    if fact.table.name in how.modes:
        return how.modes[fact.table.name]
    if "" in how.modes:
        return how.modes[""]
    if how.period and not how.modes and fact.time:
        return Mode.REPLACE
    return fact.table.mode or Mode.FULL


def _of_dimension(table: Table, how: How, partial: set[str]) -> Mode:
    if table.name in how.modes:
        return how.modes[table.name]
    if "" in how.modes:
        return Mode.FULL if how.modes[""] is Mode.FULL else Mode.UPSERT
    if table.mode is not None:
        return table.mode
    return Mode.UPSERT if how.period or partial & {base.name for base in bases(table)} else Mode.FULL


def _unknown(star: Star, how: How) -> Iterator[Issue]:
    known = [table.name for table in star.tables]
    for name in how.modes:
        if name and name not in known:
            yield Issue(name, f"There is no table {name!r} to load.", nearest(name, known))


def _unfit(fact: FactTable, mode: Mode) -> Iterator[Issue]:
    if mode is Mode.UPSERT and not fact.table.key:
        yield Issue(fact.table.name, "Rows are replaced by their key, but the table has none.", "Name it in the model.")
    if mode is Mode.REPLACE and fact.time is None:
        fix = "Choose another mode for it: --mode TABLE=MODE."
        yield Issue(fact.table.name, "A period cannot be replaced: the table has no link to a dimension of time.", fix)
