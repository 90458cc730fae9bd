"""Dimensions of model files: levels, attributes, hierarchies, templates, and how a cube narrows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cube_server.errors import nearest

from .entries import Entry
from .specs import Attribute, Dimension, Hierarchy, Level

CARDINALITIES = ("tiny", "low", "medium", "high")
DIRECTIONS = ("asc", "desc")
_TIME_ROLES = frozenset(
    ("year", "quarter", "month", "day", "hour", "minute", "second", "week", "weeknum", "dow")
) | frozenset(("isoyear", "isoweek", "isoweekday"))
_DEFAULT = "default"


def read_dimension(entry: Entry, templates: Mapping[str, Dimension]) -> Dimension | None:
    """Read a dimension.

    Args:
        entry: Its object.
        templates: The dimensions read before it, which it may be made after.

    Returns:
        The dimension; None where its template is unknown.
    """
    name = entry.name()
    template = entry.text("template")
    if template is not None and template not in templates:
        hint = nearest(template, templates)
        entry.findings.blame(entry.place.at("template"), f"No dimension {template!r} before this one.", hint)
        return None
    base = templates[template] if template is not None else None
    role = entry.text("role") or (base.role if base else None)
    levels = _levels(entry, name, role) if _has_levels(entry) or base is None else base.levels
    declared = _hierarchies(entry, levels)
    if not declared and base is not None and not _has_levels(entry):
        declared = base.hierarchies
    hierarchies = declared or (_whole(levels, entry),)
    used = {level for hierarchy in hierarchies for level in hierarchy.levels}
    default = entry.text("default_hierarchy_name") or (base.default_hierarchy if base else None)
    dimension = Dimension(
        name=name,
        place=entry.place,
        label=entry.text("label"),
        description=entry.text("description"),
        info=entry.mapping("info"),
        role=role,
        category=entry.text("category"),
        cardinality=entry.one_of("cardinality", CARDINALITIES) or (base.cardinality if base else None),
        nonadditive=entry.text("nonadditive") or (base.nonadditive if base else None),
        levels=tuple(level for level in levels if level.name in used),
        hierarchies=hierarchies,
        default_hierarchy=_default(entry, default, hierarchies),
    )
    entry.close()
    return dimension


def narrowed(dimension: Dimension, link: Entry) -> Dimension:
    """Give a dimension as a cube's link object has it: fewer hierarchies, another default, an alias."""
    link.raw("name")
    kept = _kept(dimension, link)
    used = {level for hierarchy in kept for level in hierarchy.levels}
    given = link.text("default_hierarchy_name")
    names = [hierarchy.name for hierarchy in kept]
    default = given or (dimension.default_hierarchy if dimension.default_hierarchy in names else None)
    result = replace(
        dimension,
        name=link.text("alias") or dimension.name,
        place=link.place,
        hierarchies=kept,
        levels=tuple(level for level in dimension.levels if level.name in used),
        default_hierarchy=_default(link, default, kept),
        cardinality=link.one_of("cardinality", CARDINALITIES) or dimension.cardinality,
        nonadditive=link.text("nonadditive") or dimension.nonadditive,
    )
    link.close()
    return result


def read_attribute(entry: Entry) -> Attribute:
    """Read an attribute of a level, or a detail."""
    attribute = Attribute(
        name=entry.name(),
        place=entry.place,
        label=entry.text("label"),
        description=entry.text("description"),
        info=entry.mapping("info"),
        locales=entry.texts("locales") or (),
        format=entry.text("format"),
        order=entry.one_of("order", DIRECTIONS),
        missing_value=entry.raw("missing_value"),
        expression=entry.text("expression"),
    )
    entry.close()
    return attribute


def _has_levels(entry: Entry) -> bool:
    return entry.has("levels") or entry.has("attributes")


def _levels(entry: Entry, name: str, role: str | None) -> tuple[Level, ...]:
    if entry.has("levels"):
        return tuple(_level(level, level.name(), role) for level in entry.entries("levels"))
    # A flat dimension has one level, which is called like it and has its attributes.
    flat = Entry({"attributes": entry.raw("attributes"), "label": entry.data.get("label")}, entry.place, entry.findings)
    return (_level(flat, name, role),)


def _level(entry: Entry, name: str, role: str | None) -> Level:
    entry.raw("name")
    given = tuple(read_attribute(attribute) for attribute in entry.entries("attributes"))
    attributes = given or (Attribute(name=name, place=entry.place, label=entry.text("label")),)
    names = [attribute.name for attribute in attributes]
    key = _named(entry, "key", names) or names[0]
    level = Level(
        name=name,
        place=entry.place,
        label=entry.text("label"),
        description=entry.text("description"),
        info=entry.mapping("info"),
        attributes=attributes,
        key=key,
        label_attribute=_named(entry, "label_attribute", names) or (names[1] if len(names) > 1 else key),
        order_attribute=_named(entry, "order_attribute", names) or names[0],
        order=entry.one_of("order", DIRECTIONS),
        role=entry.text("role") or (name if role == "time" and name in _TIME_ROLES else None),
        cardinality=entry.one_of("cardinality", CARDINALITIES),
        nonadditive=entry.text("nonadditive"),
    )
    entry.close()
    return level


def _named(entry: Entry, field: str, names: list[str]) -> str | None:
    name = entry.text(field)
    if name is not None and name not in names:
        entry.findings.blame(entry.place.at(field), f"The level has no attribute {name!r}.", nearest(name, names))
        return None
    return name


def _hierarchies(entry: Entry, levels: tuple[Level, ...]) -> tuple[Hierarchy, ...]:
    if entry.has("hierarchy"):
        return (_check(entry, Hierarchy(name=_DEFAULT, place=entry.place, levels=_list(entry, "hierarchy")), levels),)
    found = []
    for part in entry.entries("hierarchies"):
        hierarchy = Hierarchy(
            name=part.name(),
            place=part.place,
            label=part.text("label"),
            description=part.text("description"),
            info=part.mapping("info"),
            levels=_list(part, "levels"),
        )
        part.close()
        found.append(_check(entry, hierarchy, levels))
    return tuple(found)


def _list(entry: Entry, field: str) -> tuple[str, ...]:
    found = entry.texts(field) or ()
    if not found:
        entry.findings.blame(entry.place, "The hierarchy has no levels.")
    return found


def _check(entry: Entry, hierarchy: Hierarchy, levels: tuple[Level, ...]) -> Hierarchy:
    names = [level.name for level in levels]
    for position, name in enumerate(hierarchy.levels):
        if name not in names:
            place = hierarchy.place.at("levels", position)
            entry.findings.blame(place, f"The dimension has no level {name!r}.", nearest(name, names))
    return replace(hierarchy, levels=tuple(name for name in hierarchy.levels if name in names))


def _whole(levels: tuple[Level, ...], entry: Entry) -> Hierarchy:
    return Hierarchy(name=_DEFAULT, place=entry.place, levels=tuple(level.name for level in levels))


def _default(entry: Entry, wanted: str | None, hierarchies: tuple[Hierarchy, ...]) -> str:
    names = [hierarchy.name for hierarchy in hierarchies]
    if wanted is not None and wanted not in names:
        place = entry.place.at("default_hierarchy_name")
        entry.findings.blame(place, f"The dimension has no hierarchy {wanted!r}.", nearest(wanted, names))
    if wanted in names:
        return wanted
    return _DEFAULT if _DEFAULT in names else names[0]


def _kept(dimension: Dimension, link: Entry) -> tuple[Hierarchy, ...]:
    names = [hierarchy.name for hierarchy in dimension.hierarchies]
    wanted, unwanted = link.texts("hierarchies"), link.texts("exclude_hierarchies") or ()
    for name in (*(wanted or ()), *unwanted):
        if name not in names:
            message = f"Dimension {dimension.name!r} has no hierarchy {name!r}."
            link.findings.blame(link.place.at("hierarchies"), message, nearest(name, names))
    by_name = {hierarchy.name: hierarchy for hierarchy in dimension.hierarchies}
    kept = [by_name[name] for name in (names if wanted is None else wanted) if name in names and name not in unwanted]
    if not kept:
        link.findings.blame(link.place, f"No hierarchy of {dimension.name!r} is left.")
    return tuple(kept) or dimension.hierarchies
