"""From a level's name to the level: one way to look it up, for the model's own references and for queries."""

from __future__ import annotations

from cube_server.errors import nearest
from cube_server.model.dimensions import Hierarchy, Level, LevelRef, Link


def find_level(links: tuple[Link, ...], name: str, *, alone: bool = False) -> LevelRef:
    """Find a level by name.

    Args:
        links: The cube's links.
        name: `link.level`, `link.hierarchy.level` or `link.attribute`; a leading `~` means alone.
        alone: Whether to group by the level's own key, across parents.

    Returns:
        The level, in the first hierarchy that has it unless the name says which.

    Raises:
        ValueError: No such level; the message names the nearest ones.
    """
    first, *rest = name.removeprefix("~").split(".")
    named = tuple(link for link in links if link.name == first)
    if not named or not 1 <= len(rest) <= 2:
        raise ValueError(f"No level {name!r}. {nearest(name, _level_names(links))}")
    # Derived attributes are linked by the name of the dimension whose members they describe.
    ref = next((ref for link in named if (ref := _in_hierarchies(link, rest))), None)
    if ref is None:
        raise ValueError(_beyond(named[0], name, rest) or f"No level {name!r}. {nearest(name, _level_names(named))}")
    return ref.alone() if alone or name.startswith("~") else ref


def _in_hierarchies(link: Link, names: list[str]) -> LevelRef | None:
    for hierarchy in _candidates(link.hierarchies, names):
        for depth, level in enumerate(hierarchy.levels, 1):
            if level.name == names[-1]:
                return LevelRef(link=link, hierarchy=hierarchy.name, levels=hierarchy.levels[:depth])
    return None


def _candidates(hierarchies: tuple[Hierarchy, ...], names: list[str]) -> tuple[Hierarchy, ...]:
    if len(names) == 1:
        return hierarchies
    return tuple(hierarchy for hierarchy in hierarchies if hierarchy.name == names[0])


def _beyond(link: Link, name: str, names: list[str]) -> str:
    """Tell that a level of the dimension lies below or beside the one that facts refer to; else nothing."""
    levels = [level for part in _candidates(link.dimension.hierarchies, names) for level in part.levels]
    if link.level is None or names[-1] not in {level.name for level in levels}:
        return ""
    told = ", ".join(_level_names((link,)))
    return f"The facts know {link.name} by {link.level.name}, which does not tell {name!r}. Valid: {told}."


def _level_names(links: tuple[Link, ...]) -> list[str]:
    return [f"{link.name}.{level.name}" for link in links for level in _levels(link)]


def _levels(link: Link) -> tuple[Level, ...]:
    return tuple({level.name: level for part in link.hierarchies for level in part.levels}.values())
