"""Which part of an answer is given."""

from __future__ import annotations

from dataclasses import dataclass

from cube_server.query.request import LARGEST_PAGE

from .errors import request_mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of records, counted from 0. Number and size mean something only together."""

    number: int | None = None
    records: int | None = None

    @property
    def is_given(self) -> bool:
        """Whether only a page is asked for."""
        return self.number is not None and self.records is not None

    @property
    def offset(self) -> int:
        """How many records come before it."""
        return min((self.number or 0) * (self.records or 0), LARGEST_PAGE) if self.is_given else 0

    def size(self, limit: int | None) -> int | None:
        """Give how many records to show, where no more than `limit` may be."""
        sizes = [size for size in (self.records if self.is_given else None, limit) if size is not None]
        return min(sizes, default=None)

    def is_cut(self, total: int, limit: int | None) -> bool:
        """Tell whether a limit leaves records of the page out, of so many that there are in all."""
        size = self.size(None)
        left = max(total - self.offset, 0)
        return limit is not None and limit < (left if size is None else min(left, size))


def read_number(name: str, value: object) -> int | None:
    """Read a number of a page; None where it is not given."""
    if value is None:
        return None
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if isinstance(value, bool) or not 0 <= number <= LARGEST_PAGE:
        raise request_mistake(f"'{name}' should be a number")
    return number
