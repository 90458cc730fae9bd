"""Translations of labels: the files that the sections [locale xx] of an ini file name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from cube_server.errors import ModelError

from .findings import Findings, Place
from .specs import Cube, Described, Dimension, Hierarchy, Level
from .workspace import read_json

_ALL = frozenset({"default", "main", "all"})
_Part = TypeVar("_Part", bound=Described)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """One file.

    Attributes:
        locale: Its language.
        model: The model that it is for; None for all.
        data: What it holds.
    """

    locale: str
    model: str | None
    data: Mapping[str, Any]


def read_translations(files: tuple[tuple[str, str, Path], ...], findings: Findings) -> tuple[Translation, ...]:
    """Read translations; a file that cannot be read is noted, as Cubes 1.1 never read any."""
    found = []
    for locale, model, path in files:
        try:
            data = read_json(path)
        except ModelError as error:
            findings.blame(Place(path.name), error.message)
            continue
        own = None if model in _ALL else model
        found.append(Translation(locale=str(data.get("locale") or locale), model=own, data=data))
    return tuple(found)


def translated_cube(cube: Cube, translations: tuple[Translation, ...]) -> Cube:
    """Give a cube with the labels of its translations."""
    for translation in translations:
        if translation.model in (None, cube.model):
            cube = _cube(cube, translation)
    return cube


def _cube(cube: Cube, translation: Translation) -> Cube:
    told = _mapping(translation.data, "cubes").get(cube.name, {})
    dimensions = _mapping(translation.data, "dimensions")
    locale = translation.locale
    return replace(
        _labelled(cube, told, locale),
        dimensions=tuple(_dimension(part, dimensions.get(part.name, {}), locale) for part in cube.dimensions),
        measures=_all(cube.measures, told, "measures", locale),
        aggregates=_all(cube.aggregates, told, "aggregates", locale),
        details=_all(cube.details, told, "details", locale),
    )


def _dimension(dimension: Dimension, told: object, locale: str) -> Dimension:
    hierarchies: tuple[Hierarchy, ...] = _all(dimension.hierarchies, told, "hierarchies", locale)
    levels: tuple[Level, ...] = _all(dimension.levels, told, "levels", locale)
    told_levels = _mapping(told, "levels")
    levels = tuple(
        # Attributes may be translated below their level, or beside the levels.
        replace(
            level,
            attributes=_all(
                _all(level.attributes, told, "attributes", locale), told_levels.get(level.name), "attributes", locale
            ),
        )
        for level in levels
    )
    return replace(_labelled(dimension, told, locale), levels=levels, hierarchies=hierarchies)


def _all(parts: tuple[_Part, ...], told: object, field: str, locale: str) -> tuple[_Part, ...]:
    labels = _mapping(told, field)
    return tuple(_labelled(part, labels.get(part.name), locale) for part in parts)


def _labelled(part: _Part, told: object, locale: str) -> _Part:
    """Add a translation: a text, or an object with a label."""
    label = told if isinstance(told, str) else _mapping({"told": told}, "told").get("label")
    return replace(part, labels={**part.labels, locale: label}) if isinstance(label, str) else part


def _mapping(holder: object, field: str) -> Mapping[str, Any]:
    found = holder.get(field) if isinstance(holder, Mapping) else None
    return found if isinstance(found, Mapping) else {}
