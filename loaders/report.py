"""What a load tells of what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cube_server.metadata.loads import LoadedTable

from .accounts import Account, JsonNumber
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
class TableReport:
    """What became of a table's rows: `read` and `repeated` ones are `loaded`, `rejected`, `deduplicated` or `filtered`.

    Attributes:
        table: The table's name.
        read: Rows of the source, or of the table that it is derived from.
        repeated: Rows more because they fit several rows of a joined table.
        filtered: Rows left out, by what left them out.
        rejected: Rows that broke a rule.
        broken: By rule: how many rows broke it.
        deduplicated: Rows left out for another of the same key.
        loaded: Rows that are left.
        counts: What the model asks to be counted of them.
    """

    table: str
    read: int
    repeated: int
    filtered: Mapping[str, int]
    rejected: int
    broken: Mapping[str, int]
    deduplicated: int
    loaded: int
    counts: Mapping[str, JsonNumber]

    @property
    def left_out(self) -> bool:
        """Whether there are rows that were read and not loaded, or came in between."""
        return bool(self.repeated or self.rejected or self.deduplicated or self.filtered)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did.

    Attributes:
        snapshot: The id of the newest snapshot.
        rows: How many rows each table has; dimensions with the keys that only facts or earlier loads know.
        links: Every link of every fact table, counted over the rows of this load.
        seconds: How long it took.
        tables: What was done with each table.
        accounts: What became of the rows of every table that was read.
        is_new: Whether there is a new snapshot; False if nothing has changed, and `snapshot` is the last one.
        rejects: Where the rows are that broke rules, as `warehouse.rejects` names it; None if there are none.
    """

    snapshot: str
    rows: Mapping[str, int]
    links: tuple[LinkReport, ...]
    seconds: float
    tables: tuple[LoadedTable, ...] = ()
    accounts: tuple[TableReport, ...] = ()
    is_new: bool = True
    rejects: str | None = None


def table_report(account: Account) -> TableReport:
    """Report of a table's account."""
    return TableReport(
        table=account.table,
        read=account.read,
        repeated=account.repeated,
        filtered={by: rows for by, rows in account.filtered.items() if rows},
        rejected=account.rejected,
        broken={rule: rows for rule, rows in account.broken.items() if rows},
        deduplicated=account.deduplicated,
        loaded=account.loaded,
        counts=account.counts,
    )
