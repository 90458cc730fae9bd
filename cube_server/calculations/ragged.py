"""Ragged hierarchies as their members say them: what stands where, and under whom."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cube_server.calculations.context import Members
from cube_server.model.dimensions import LevelRef
from cube_server.result.dictionary import Dictionary


def below_hidden(ref: LevelRef, above: LevelRef, members: Members) -> pl.Series:
    """Tell which members are below a hidden one.

    Args:
        ref: The level.
        above: One above it in its hierarchy.
        members: Those of the snapshot.

    Returns:
        By code of the level whether the member above is hidden (Boolean).
    """
    frame, parents = members.dictionary(ref).frame, members.dictionary(above)
    if parents.hidden is None:
        return pl.repeat(value=False, n=frame.height, eager=True)
    keys = [*parents.key_columns, "unknown"]
    marked = parents.frame.select(keys).with_columns(parents.hidden.alias("mark"))
    found = frame.select(keys).join(marked, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return found["mark"].fill_null(value=False)


def leaves(ref: LevelRef, members: Members) -> pl.Series | None:
    """Tell which members have none below them that are shown (Boolean by code); None where no level below hides any."""
    below = tuple(_below(ref))
    if not any(deeper.level.hide for deeper in below):
        return None
    dictionary = members.dictionary(ref)
    keys = [*dictionary.key_columns, "unknown"]
    shown = pl.concat([_shown(members.dictionary(deeper)).select(keys) for deeper in below]).unique()
    marked = dictionary.frame.select(keys).join(
        shown.with_columns(has=True), on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    return marked["has"].is_null()


def _below(ref: LevelRef) -> Iterator[LevelRef]:
    """Go through the levels below one in its hierarchy; an attribute and a level alone have none."""
    hierarchy = next((each for each in ref.link.hierarchies if each.name == ref.hierarchy), None)
    if hierarchy is None or hierarchy.levels[: len(ref.levels)] != ref.levels:
        return
    for depth in range(len(ref.levels) + 1, len(hierarchy.levels) + 1):
        yield LevelRef(link=ref.link, hierarchy=ref.hierarchy, levels=hierarchy.levels[:depth])


def _shown(dictionary: Dictionary) -> pl.DataFrame:
    return dictionary.frame if dictionary.hidden is None else dictionary.frame.filter(~dictionary.hidden)
