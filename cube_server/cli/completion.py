"""What the shell completes: names of the model that the settings name, without opening a warehouse."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer


def complete_cube(incomplete: str) -> list[str]:
    """Complete the name of a cube."""
    return [name for name in _cubes() if name.startswith(incomplete)]


def complete_measures(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of several measures, separated by commas."""
    return _last_of_list(incomplete, _cube(context).get("measures", {}))


def complete_levels(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of several levels, separated by commas."""
    return _last_of_list(incomplete, _levels(_cube(context)))


def _last_of_list(incomplete: str, names: Iterator[str] | dict[str, Any]) -> list[str]:
    before, comma, begun = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in names if name.startswith(begun)]


def _levels(cube: dict[str, Any]) -> Iterator[str]:
    dimensions = _model().get("dimensions", {})
    for role, link in cube.get("links", {}).items():
        for name, level in dimensions.get(link.get("dimension") or role, {}).get("levels", {}).items():
            yield f"{role}.{name}"
            yield from (f"{role}.{attribute}" for attribute in level.get("attributes", {}))


def _cube(context: typer.Context) -> dict[str, Any]:
    # While a shell completes, arguments are not bound yet.
    cubes, given = _cubes(), (context.params.get("cube"), *context.args)
    return next((cubes[name] for name in given if name in cubes), {})


def _cubes() -> dict[str, Any]:
    cubes: dict[str, Any] = _model().get("cubes", {})
    return cubes


def _model() -> dict[str, Any]:
    """Read the model as it is; a wrong or a missing one completes nothing, and its command will say why."""
    try:
        found = json.loads(Path(os.environ.get("CUBE_MODEL", "cubes.json")).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
