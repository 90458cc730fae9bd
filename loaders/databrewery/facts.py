"""The facts of a cube: columns for the links, the measures and the details, and the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .catalog import Catalog
from .findings import Findings
from .snowflake import ColumnRef, Snowflake
from .specs import Cube
from .tables import DerivedTable
from .values import Value, Values

_KEY = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactColumns:
    """What the columns of a cube's facts are called.

    Attributes:
        named: By measure and detail.
        localized: By detail and locale.
        key: The column that identifies a fact.
    """

    named: Mapping[str, str]
    localized: Mapping[str, Mapping[str, str]]
    key: str | None


def add_columns(facts: DerivedTable, values: Values, catalog: Catalog, snowflake: Snowflake) -> FactColumns:
    """Add the columns of a cube's measures, details and key to its facts."""
    cube = snowflake.cube
    named: dict[str, str] = {}
    localized: dict[str, dict[str, str]] = {}
    key = _key(cube, values, catalog, snowflake)
    added_key = facts.add(_KEY, key) if key else None
    for part in (*cube.measures, *cube.details):
        for number, locale in enumerate(part.locales or (None,)):
            value = values.of_facts(part, locale)
            if value is None:
                continue
            column = facts.add(f"{part.name}_{locale}" if locale else part.name, value)
            if number == 0:
                named[part.name] = column
            if locale:
                localized.setdefault(part.name, {})[locale] = column
    return FactColumns(named=named, localized=localized, key=added_key)


def _key(cube: Cube, values: Values, catalog: Catalog, snowflake: Snowflake) -> Value | None:
    """Find the fact key: the column that the cube names, else `id`, else the first column."""
    table = snowflake.fact_source
    default = _KEY if catalog.knows(table, _KEY) else catalog.first_column(table)
    return values.column(ColumnRef(snowflake.fact, cube.key or default), cube.place.at("key"))


def note_joins(facts: DerivedTable, cube: Cube, findings: Findings) -> None:
    """Note what it means that tables are joined to the facts for good."""
    if facts.hops:
        message = f"Measures or details lie in {', '.join(facts.hops)}: joined when loading, which drops no facts."
        findings.approximate(cube.place, message)
