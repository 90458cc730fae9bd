"""From the document to the rule of a semi-additive measure, noting every mistake."""

from __future__ import annotations

from cube_server.errors import nearest
from cube_server.model.dimensions import LevelRef, Link, levels_of
from cube_server.model.document import SemiAdditiveDoc
from cube_server.model.elements import AggregateKind, SemiAdditive, Take
from cube_server.model.mistakes import Mistakes
from cube_server.model.names import find_level

_KINDS = (AggregateKind.SUM, AggregateKind.COUNT, AggregateKind.MIN, AggregateKind.MAX)
_OF_ITEMS = (Take.FIRST_NONEMPTY, Take.LAST_NONEMPTY, Take.AVERAGE)


def semi_additive(
    place: str, part: SemiAdditiveDoc, kind: AggregateKind, links: tuple[Link, ...], mistakes: Mistakes
) -> SemiAdditive | None:
    """Build a rule.

    Args:
        place: The rule's JSON pointer.
        part: Its document.
        kind: How the measure aggregates.
        links: The cube's links.
        mistakes: Where mistakes are noted.

    Returns:
        The rule; None where it has no time to stand on.
    """
    take, items = Take(part.take), () if part.per == "cell" else tuple(part.per)
    if kind not in _KINDS:
        mistakes.blame(place, f"A measure with {kind} has no value of each day to choose from.", "Use sum or count.")
    if part.days is not None and take is not Take.AVERAGE:
        mistakes.blame(f"{place}/days", f"Only an average runs over days, and this takes {take}.", "Leave it out.")
    averages_calendar = take is Take.AVERAGE and part.days != "present"
    if items and (take not in _OF_ITEMS or averages_calendar):
        days = "an average over the calendar's days" if averages_calendar else f"the {take} day of the calendar"
        mistakes.blame(f"{place}/per", f"For all items {days} is the same.", "Leave it out.")
    link = next((link for link in links if link.name == part.over), None)
    if link is None or not link.dimension.is_time:
        known = nearest(part.over, (link.name for link in links if link.dimension.is_time))
        mistakes.blame(f"{place}/over", f"No link {part.over!r} to a dimension of time.", known)
        return None
    if link.through is not None:
        mistakes.blame(f"{place}/over", f"A fact has many days by {part.over!r}.", "Name the link to its own day.")
        return None
    found = tuple(_item(f"{place}/per/{number}", name, link, links, mistakes) for number, name in enumerate(items))
    return SemiAdditive(
        over=_days(link), take=take, items=tuple(ref for ref in found if ref), present=part.days == "present"
    )


def _days(link: Link) -> LevelRef:
    """Give the level of days, else the lowest one; by its own key where that is enough: it then puts days in order."""
    hierarchy = link.dimension.hierarchies[0]
    lowest = LevelRef(link=link, hierarchy=hierarchy.name, levels=hierarchy.levels)
    days = next((ref for ref in levels_of(link) if ref.level.period == "day"), lowest)
    return days.alone() if days.level.unique else days


def _item(place: str, name: str, time: Link, links: tuple[Link, ...], mistakes: Mistakes) -> LevelRef | None:
    try:
        ref = find_level(links, name)
    except ValueError as error:
        mistakes.blame(place, str(error))
        return None
    if ref.link == time:
        mistakes.blame(place, f"{name!r} is a time: items are what has a value on each day.")
    if ref.link.through is not None:
        mistakes.blame(place, f"A fact has many members of {name!r}, so that its value is of no single item.")
        return None
    return ref
