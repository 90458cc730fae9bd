"""What is found of a database's tables that a model does not expect, or that who reads its numbers should know."""

from __future__ import annotations

from dataclasses import dataclass

from cube_server.backends.sql.members import Reference
from cube_server.errors import Issue, UserError
from cube_server.model.tables import Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found.

    Attributes:
        place: A JSON pointer into the model.
        table: The table as the database names it; of a place of its own where there are two.
        columns: The columns that it is about; none where it is the table.
        found: What is there: a sentence without its point.
        expected: What should be; empty for what is no mistake.
        fix: What to do; empty if there is nothing to do.
        rows: How many rows it is about; None where that says nothing.
        is_mistake: Whether numbers would be wrong, or questions fail.
    """

    place: str
    table: str
    columns: tuple[str, ...] = ()
    found: str
    expected: str = ""
    fix: str = ""
    rows: int | None = None
    is_mistake: bool = False

    def issue(self) -> Issue:
        """Give it as an issue of an error."""
        return Issue(self.place, self.told(), self.fix)

    def told(self) -> str:
        """Write what was found, and what was expected, as a sentence."""
        return f"{self.found}; expected {self.expected}." if self.expected else f"{self.found}."


def counted(number: int, noun: str) -> str:
    """Write a number of things.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def unreadable(place: str, table: Table, error: UserError) -> Finding:
    """Say that a table cannot be read, in the words of who tried to."""
    found = error.message.rstrip(".")
    return Finding(place=place, table=table.source, found=found, fix=error.hint, is_mistake=True)


def repeated_key(table: Table, keys: int, rows: int, example: object) -> Finding:
    """Say that keys stand in several rows."""
    names = tuple(column.name for column in table.key)
    told = ", ".join(names)
    return Finding(
        place=f"/tables/{table.name}/key",
        table=table.source,
        columns=names,
        found=f"{counted(keys, 'key')} ({told}) in several rows, {rows:,} in all, such as {example!r}",
        expected="each key once, for facts would count twice",
        fix="Remove the copies, add the column that tells them apart to the key, or make a view of one row a key.",
        rows=rows,
        is_mistake=True,
    )


def unknown_keys(place: str, wanted: Reference, rows: int, keys: int, example: object) -> Finding:
    """Say that rows have keys which a dimension's table lacks: facts of unknown members, which is no mistake."""
    name, members = wanted.column.name, wanted.dimension.table
    return Finding(
        place=place,
        table=wanted.table.source,
        columns=(name,),
        found=f"{counted(rows, 'row')} with {counted(keys, 'key')} ({name}) that {members.name} lacks, "
        f"such as {example!r}: unknown",
        fix=f"Add the rows to {members.source}, if they are not meant to be unknown.",
        rows=rows,
    )


def no_keys(place: str, wanted: Reference, rows: int) -> Finding:
    """Say that rows link to no member."""
    name = wanted.column.name
    found = f"{counted(rows, 'row')} without {name}: null"
    return Finding(place=place, table=wanted.table.source, columns=(name,), found=found, rows=rows)


def empty_key(table: Table, nulls: int) -> Finding:
    """Say that rows have no key."""
    names = tuple(column.name for column in table.key)
    return Finding(
        place=f"/tables/{table.name}/key",
        table=table.source,
        columns=names,
        found=f"{counted(nulls, 'row')} without a key ({', '.join(names)})",
        expected="a key in each row",
        fix="Fill it, or make a view without these rows.",
        rows=nulls,
        is_mistake=True,
    )


def rounded_away(table: Table, column: Column, stored: str, number: int) -> Finding:
    """Say that numbers have more digits than the model has."""
    return Finding(
        place=f"/tables/{table.name}/columns/{column.name}",
        table=table.source,
        columns=(column.name,),
        found=f"{counted(number, 'value')} of {column.name} ({stored}) with more digits behind the point "
        f"than {column.type}",
        expected="no digits that would be rounded away",
        fix="Give the column a type of more digits in the model, or round it in a view.",
        rows=number,
        is_mistake=True,
    )
