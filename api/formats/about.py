"""What an answer says of itself where the format has a place for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Where an answer comes from.

    Attributes:
        cube: The cube asked.
        query: The address that asks for the same again.
        language: The language of labels.
        snapshot: The snapshot answered from.
        model_hash: The hash of the model.
        data_date: The last day with facts, empty if it is not known.
        program: The program and its version.
        total: The rows of all pages.
        shown: How many are given.
    """

    cube: str
    query: str
    language: str
    snapshot: str
    model_hash: str
    data_date: str
    program: str
    total: int
    shown: int

    @property
    def is_page(self) -> bool:
        """Whether rows were left out by limit or offset."""
        return self.shown < self.total
