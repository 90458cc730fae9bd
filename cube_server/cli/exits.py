"""What the program's exit codes mean: the one table of them."""

from __future__ import annotations

from dataclasses import dataclass

from cube_server.errors import (
    BusyError,
    ConflictError,
    CubeServerError,
    InternalError,
    LimitError,
    MetadataError,
    ModelError,
    NotFoundError,
    QueryError,
    SettingsError,
    SourceError,
    WarehouseError,
)


@dataclass(frozen=True, slots=True)
class Exit:
    """One way for a command to end.

    Attributes:
        code: What the shell sees.
        meaning: For people.
        errors: The errors that end a command so.
    """

    code: int
    meaning: str
    errors: tuple[type[CubeServerError], ...] = ()


FAULT = Exit(1, "a fault of this program", (InternalError,))
INTERRUPTED = Exit(130, "interrupted by Ctrl-C, which is also how a server is stopped")
BROKEN_PIPE = Exit(141, "whoever read the output has closed it")

EXITS = (
    Exit(0, "done"),
    FAULT,
    Exit(2, "wrong arguments, options or settings", (SettingsError,)),
    Exit(3, "the model is invalid, or does not fit the data", (ModelError,)),
    Exit(4, "the query is invalid, or names something that does not exist", (QueryError, NotFoundError)),
    Exit(5, "the source cannot be loaded", (SourceError,)),
    Exit(6, "the warehouse or server is missing, locked or of another version", (WarehouseError,)),
    Exit(7, "the answer is over a limit, or took too long", (LimitError, BusyError)),
    Exit(8, "the metadata database cannot be used", (MetadataError,)),
    Exit(9, "the name is taken, or somebody else has changed it meanwhile", (ConflictError,)),
    INTERRUPTED,
    BROKEN_PIPE,
)


def exit_code(error: CubeServerError) -> int:
    """Tell how an error ends a command.

    >>> exit_code(SourceError("no such folder"))
    5
    """
    return next((exit.code for exit in EXITS if isinstance(error, exit.errors)), FAULT.code)
