"""All mistakes of a source, gathered so that they are told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cube_server.errors import Issue, SourceError

MOST_SHOWN = 20
"""How many mistakes an error lists; it counts all of them."""

MOST_ALIKE = 5
"""How many of them may be of one kind in one column of one file."""


class Mistakes:
    """Gathers mistakes while a source is read and checked."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []
        self._count = 0

    def add(self, place: str, message: str, hint: str = "") -> None:
        """Add one mistake."""
        self.add_alike(1, [0], lambda _: Issue(place, message, hint))

    def add_alike(self, count: int, rows: Iterable[int], issue: Callable[[int], Issue]) -> None:
        """Add mistakes of one kind.

        Args:
            count: How many there are.
            rows: The rows that have them; as many are taken as can be shown.
            issue: Describes the mistake of a row; called only for those shown, as finding a line takes time.
        """
        self._count += count
        room = min(MOST_ALIKE, MOST_SHOWN - len(self._issues))
        self._issues.extend(issue(row) for _, row in zip(range(room), rows, strict=False))

    @property
    def count(self) -> int:
        """How many there are."""
        return self._count

    def include(self, others: Mistakes) -> None:
        """Add the mistakes that another has gathered."""
        self._count += others._count
        self._issues.extend(others._issues[: MOST_SHOWN - len(self._issues)])

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return self._count > 0

    def refuse(self) -> None:
        """Raise SourceError if there are any."""
        if not self._count:
            return
        many = f"{self._count:,} mistake" + ("s" if self._count > 1 else "")
        shown = f", {len(self._issues)} of them shown" if len(self._issues) < self._count else ""
        raise SourceError(f"The source does not fit the model: {many}{shown}.", issues=self._issues)
