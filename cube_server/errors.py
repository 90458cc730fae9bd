"""Everything that can go wrong, as one tree.

    CubeServerError
    ├── UserError                the asker can mend it: safe to show, has a stable code
    │   ├── ModelError           cubes.json is wrong (carries every issue found)
    │   ├── QueryError           a query names or combines things wrongly (carries every issue found)
    │   │   └── CapabilityError  the query is right, but the database behind the server cannot answer it
    │   ├── NotFoundError        no such cube, level or member
    │   ├── SourceError          the data to load does not fit the model
    │   ├── WarehouseError       the warehouse is missing, locked, or of another version
    │   ├── MetadataError        the database of keys and reports cannot be used
    │   ├── ConflictError        something else has the name, or somebody else was faster
    │   │   └── StaleError       what is to be changed has changed since it was read
    │   ├── SettingsError        a setting is wrong or missing
    │   ├── LimitError           the answer would be larger than a limit allows
    │   └── BusyError            time ran out or the server is full: ask again later
    │       └── AbandonedError   nobody waits for the answer any more
    └── InternalError            our fault: the asker sees an id, the log has the rest

HTTP status codes live in `api/errors.py` and exit codes in `cube_server/cli/exits.py`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Issue:
    """One mistake: where it is, what is wrong, and what would be right.

    Attributes:
        place: A JSON pointer into the model or the request, such as "/axes/rows/0/level".
        message: One sentence that names the thing and its fault.
        hint: The fix or the nearest valid names; empty if there is nothing to add.
    """

    place: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Show the issue on one line."""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.place or '/'}: {self.message}{hint}"


def nearest(name: str, valid: Iterable[str], *, limit: int = 3) -> str:
    """Name the valid names closest to a wrong one, as a hint.

    >>> nearest("product.categry", ["product.category", "time.month"])
    "Did you mean 'product.category'?"
    >>> nearest("x", ["sales", "quantity"])
    'Valid: sales, quantity.'
    """
    names = list(dict.fromkeys(valid))
    folded = {known.casefold(): known for known in names}
    close = get_close_matches(name.casefold(), folded, n=limit, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(repr(folded[match]) for match in close) + "?"
    if not names:
        return "There are none."
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"Valid: {shown}."


class CubeServerError(Exception):
    """Anything that this package raises on purpose."""

    code = "error"


class UserError(CubeServerError):
    """The asker can mend it. The message is safe to show; `code` is stable.

    Args:
        message: What is wrong, naming the thing and its place.
        hint: The fix.
        issues: The single mistakes, where there are several.
    """

    code = "user_error"

    def __init__(self, message: str, *, hint: str = "", issues: Iterable[Issue] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.issues = tuple(issues)

    def __str__(self) -> str:
        """Show the message, the hint, and every issue on a line of its own."""
        head = f"{self.message} {self.hint}".strip()
        return "\n".join([head, *(f"  {issue}" for issue in self.issues)])


class ModelError(UserError):
    """The model document is wrong; `issues` lists every mistake."""

    code = "invalid_model"


class QueryError(UserError):
    """The query is wrong; `issues` lists every mistake."""

    code = "invalid_query"


class CapabilityError(QueryError):
    """The query is right, but the database that the facts live in cannot answer it, and nothing else may."""

    code = "unsupported_by_database"


class NotFoundError(UserError):
    """Something is asked for by a name that does not exist."""

    code = "not_found"


class SourceError(UserError):
    """The data to load does not fit the model."""

    code = "invalid_source"


class WarehouseError(UserError):
    """The warehouse cannot be used: missing, locked, or of an unknown format."""

    code = "warehouse_unavailable"


class MetadataError(UserError):
    """The metadata database cannot be used: not there, not writable, or of an unknown version."""

    code = "metadata_unavailable"


class ConflictError(UserError):
    """What is asked for does not go with what is there already."""

    code = "conflict"


class StaleError(ConflictError):
    """What is to be changed has changed since it was read."""

    code = "stale"


class SettingsError(UserError):
    """A setting is missing or wrong."""

    code = "invalid_settings"


class LimitError(UserError):
    """The answer would be larger than a limit allows; it is refused whole, never cut."""

    code = "limit_exceeded"


class BusyError(UserError):
    """The answer took too long or the server is full: the same question may work later."""

    code = "busy"


class AbandonedError(BusyError):
    """Nobody waits for the answer any more, so that it is not worked out to its end."""


class MovedError(CubeServerError):
    """The data has changed since its members were read: the engine looks again and asks once more."""

    code = "moved"


class InternalError(CubeServerError):
    """A fault of this program: never the asker's mistake."""

    code = "internal_error"
