"""What a source is to the pipeline."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self, runtime_checkable

from cube_server.errors import nearest
from cube_server.model.sources import AS_IT_IS, Reading
from cube_server.model.tables import Table
from cube_server.types import DataType, Scalar

from ..mistakes import Mistakes
from ..origins import Part

ROWS_PER_PART = 1 << 20
"""About how many rows a part has at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a table shows.

    Attributes:
        columns: Their names.
        reading: How it is likely read: a CSV file's encoding, and what stands between its fields.
        untyped: The columns that a model has no type for, each with what it is: `an array`.
    """

    columns: tuple[str, ...]
    reading: Reading = AS_IT_IS
    untyped: Mapping[str, str] = field(default_factory=dict)


class Source(Protocol):
    """Gives the rows of the model's tables, as the source types them."""

    @property
    def name(self) -> str:
        """What the manifest says of the source; never a password."""

    def tables(self) -> Collection[str] | None:
        """Name the tables that there are, as a model's `source` would; None where they cannot be listed."""

    def columns(self, source: str) -> Mapping[str, DataType | None]:
        """Give the columns of a table with the types that the source declares; None where it declares none we have.

        Raises:
            SourceError: There is no such table.
        """

    def look(self, source: str) -> Look:
        """Tell how a table is likely read, and its columns' names; nothing is checked.

        Raises:
            SourceError: There is no such table, or it cannot be read.
        """

    def parts(self, table: Table, mistakes: Mistakes, since: Scalar | None = None) -> Iterator[Part]:
        """Give a table's rows in runs, each with the model's columns and no others.

        What is missing goes to `mistakes` and gives no part.

        Args:
            table: The table.
            mistakes: Takes what is wrong.
            since: The greatest value of the table's watermark that is loaded: only rows beyond it are wanted, and those
                at it where the table has a key to know them by. None for all. Files have no watermarks and give all.

        Raises:
            SourceError: The source itself cannot be read.
        """


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source.

    Attributes:
        name: As the user knows it: `sale/2017-03-01.csv`.
        sha256: The hash of its bytes, in hexadecimal.
    """

    name: str
    sha256: str


@runtime_checkable
class Files(Protocol):
    """A source of files, which can be told apart by their content before they are read."""

    def files(self, table: Table) -> tuple[SourceFile, ...]:
        """List the files of a table in the order of reading; none if it is missing or faulty as a whole.

        Raises:
            SourceError: A file cannot be read.
        """

    def without(self, names: frozenset[str]) -> Self:
        """Give the same source without some files."""


@runtime_checkable
class Sized(Protocol):
    """A source that knows how large its tables are before they are read."""

    def rows(self, table: Table) -> int | None:
        """Tell about how many rows a table has; None if that is not known."""


@runtime_checkable
class Declaring(Protocol):
    """A source that knows which columns refer to rows of other tables."""

    def references(self, source: str) -> Mapping[str, tuple[str, str]]:
        """Give, by column of a table, the table and the column that it is declared to refer to.

        Raises:
            SourceError: There is no such table.
        """


def add_untyped_columns(place: str, table: Table, untyped: Mapping[str, str], mistakes: Mistakes, hint: str) -> bool:
    """Add a mistake for each of the model's columns that a model has no type for; tell whether there is any.

    Args:
        place: What holds the columns.
        table: The table.
        untyped: What such columns are, by name; see `Look`.
        mistakes: Takes them.
        hint: What to do about it.
    """
    wrong = [column.name for column in table.columns if column.name in untyped]
    for name in wrong:
        mistakes.add(place, f"Column {name!r} is {untyped[name]}, which a model has no type for.", hint)
    return bool(wrong)


def add_missing_columns(place: str, table: Table, present: Collection[str], mistakes: Mistakes) -> bool:
    """Add a mistake for each of the model's columns that a file or SQL table lacks; tell whether any does."""
    missing = [column.name for column in table.columns if column.name not in present]
    for name in missing:
        mistakes.add(place, f"There is no column {name!r}.", nearest(name, present))
    return bool(missing)
