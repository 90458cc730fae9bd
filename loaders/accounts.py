"""What became of a table's rows while they were loaded: none is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from cube_server.errors import InternalError

JsonNumber = int | float | str | None


@dataclass(slots=True)
class Account:
    """The rows of one table, counted while they are read. Rows in and rows out are the same, or it is our fault.

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
    read: int = 0
    repeated: int = 0
    filtered: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    deduplicated: int = 0
    loaded: int = 0
    counts: Mapping[str, JsonNumber] = field(default_factory=dict)

    def balance(self) -> None:
        """Check that no row is lost, and none came from nowhere.

        Raises:
            InternalError: One is, or did.
        """
        rows_in = self.read + self.repeated
        rows_out = self.loaded + self.rejected + self.deduplicated + self.filtered.total()
        if rows_in != rows_out:
            raise InternalError(f"Of table {self.table!r} {rows_in:,} rows were read, and {rows_out:,} accounted for.")
