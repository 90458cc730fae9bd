"""What a load tells of what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cube_server.metadata.loads import LoadedTable

from .facts import LinkCount


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReport:
    """What a load found of one link.

    Attributes:
        table: The fact table.
        column: Its column.
        dimension: The dimension it links to.
        count: How many keys and rows are unknown or null.
    """

    table: str
    column: str
    dimension: str
    count: LinkCount


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did.

    Attributes:
        snapshot: The id of the newest snapshot.
        rows: How many rows each table has; dimensions with the keys that only facts or earlier loads know.
        links: Every link of every fact table, counted over the rows of this load.
        seconds: How long it took.
        tables: What was done with each table.
        is_new: Whether there is a new snapshot; False if nothing has changed, and `snapshot` is the last one.
    """

    snapshot: str
    rows: Mapping[str, int]
    links: tuple[LinkReport, ...]
    seconds: float
    tables: tuple[LoadedTable, ...] = ()
    is_new: bool = True
