"""The parameters of a GET address, read one by one while every mistake is gathered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Literal, TypeVar

from cube_server.errors import Issue, QueryError, nearest
from cube_server.query.request import LARGEST_PAGE, TotalledDoc, TotalsRequest
from cube_server.query.text.elements import read_over, totalled
from cube_server.query.text.scan import SEPARATORS, Scanner, TextError

T = TypeVar("T")
Values = Mapping[str, Sequence[str]]
Axis = Literal["rows", "columns"]

_FLAGS: dict[str, bool] = {"true": True, "1": True, "false": False, "0": False}
_AXES: dict[str, Axis] = {"rows": "rows", "columns": "columns"}


class Parameters:
    """Parameters and what is wrong with them.

    Args:
        values: The values of every parameter.
        known: The names that may be given.
        others: More names, for the hint about an unknown one.
    """

    def __init__(self, values: Values, known: Collection[str], others: Collection[str] = ()) -> None:
        self._values = values
        self.issues: list[Issue] = []
        for name in values:
            if name not in known:
                self.blame(name, f"There is no parameter {name!r}.", nearest(name, [*known, *others]))

    def blame(self, place: str, message: str, hint: str = "") -> None:
        """Note a mistake."""
        self.issues.append(Issue(place, message, hint))

    def finish(self) -> None:
        """Raise QueryError if there were mistakes."""
        if self.issues:
            count = f"{len(self.issues)} mistake" + ("s" if len(self.issues) > 1 else "")
            raise QueryError(f"The parameters have {count}.", issues=self.issues)

    def read(self, name: str, item: Callable[[Scanner], T], *separators: str) -> list[T]:
        """Read a list that may go on in a repeated parameter; a blank value is an empty list."""
        found: list[T] = []
        for scanner in self._scanners(name):
            try:
                found += [] if scanner.ended else scanner.items(item, *separators)
            except TextError as error:
                self.issues.append(error.issue)
        return found

    def whole(self, name: str, item: Callable[[Scanner], T]) -> T | None:
        """Read a parameter that is a single item, None if it is not given."""
        text = self.one(name)
        if text is None:
            return None
        scanner = Scanner(name, text)
        try:
            found = item(scanner)
            if not scanner.ended:
                raise scanner.error("The text should end here.", "Put a text with signs in double quotes.")
        except TextError as error:
            self.issues.append(error.issue)
            return None
        return found

    def one(self, name: str) -> str | None:
        """Give the value of a parameter that may stand only once, None if it is not given."""
        values = self._values.get(name, ())
        if len(values) > 1:
            self.blame(name, f"The parameter {name!r} is given {len(values)} times.", "Give it once.")
        return values[0] if values else None

    def flag(self, name: str, *, default: bool) -> bool:
        """Read `true` or `false`."""
        text = self.one(name)
        if text is not None and text not in _FLAGS:
            self.blame(name, f"{text!r} is neither true nor false.", f"Write {name}=true or {name}=false.")
        return default if text is None else _FLAGS.get(text, default)

    def choice(self, name: str, allowed: Collection[T]) -> T | None:
        """Read one of some words, None if it is not given."""
        text = self.one(name)
        found = next((word for word in allowed if word == text), None)
        if text is not None and found is None:
            words = " or ".join(f"{name}={word}" for word in allowed)
            self.blame(name, f"{text!r} is not allowed here.", f"Write {words}.")
        return found

    def number(self, name: str, default: int | None, *, all_allowed: bool = True) -> int | None:
        """Read a count of rows; `all` means None where that is allowed."""
        text = self.one(name)
        if text is None:
            return default
        if text == "all" and all_allowed:
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > 10 or int(text) > LARGEST_PAGE:
            self.blame(name, f"{text!r} is no whole number from 0 to {LARGEST_PAGE:,}.", f"Write {name}=100.")
            return default
        return int(text)

    def totals(self) -> TotalledDoc | list[Axis] | TotalsRequest:
        """Read `totals`: true, false, shown, or the axes that have them, each for itself `rows` or `rows:shown`."""
        texts = self.read("totals", lambda scanner: (scanner.name(), read_over(scanner)), *SEPARATORS)
        if [over for _, over in texts] == ["all"]:
            (word, _), *_ = texts
            if word in _FLAGS or word == "shown":
                return _FLAGS.get(word, "shown")
        for text, _ in texts:
            if text not in _AXES:
                self.blame("totals", f"{text!r} is no axis.", "Write totals=rows,columns:shown, one of them, or true.")
        if any(over == "shown" for _, over in texts):
            named = {axis: [over for text, over in texts if text == axis] for axis in _AXES}
            return TotalsRequest(rows=totalled(named["rows"]), columns=totalled(named["columns"]))
        return [_AXES[text] for text, _ in texts if text in _AXES] or False

    def _scanners(self, name: str) -> Iterator[Scanner]:
        values = self._values.get(name, ())
        for position, text in enumerate(values, 1):
            yield Scanner(name if len(values) == 1 else f"{name} (value {position})", text)
