"""The dimensions of a draft: over tables of the source, over columns of facts, and of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from .dates import calendar_dimension, calendar_table, day_column, day_dimension
from .ids import bare, is_id
from .joins import Reference
from .levels import LevelDrafter
from .notes import Notes
from .profiles import TableProfile
from .roles import Roles
from .rows import Document, RowColumn, Rows, plain
from .tables import Tables
from .trees import find_tree
from .vocabulary import IDS
from .wording import label, named, subject, words

_SHARED = 0.9
"""The share of a column's values that a dimension made of other facts has to have, for facts to share it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A dimension that facts can link to.

    Attributes:
        name: Its name.
        source: The table that it stands on, or the column's words.
        key: The column of its key there.
        keys: The keys that there are.
    """

    name: str
    source: str
    key: str
    keys: pl.Series


class Members:
    """Gathers dimensions.

    Args:
        profiles: The tables of the source.
        roles: What refers to what.
        tables: Takes the tables that dimensions stand on.
        notes: Takes what is uncertain.
    """

    def __init__(self, profiles: Sequence[TableProfile], roles: Roles, tables: Tables, notes: Notes) -> None:
        self._profiles = {profile.source: profile for profile in profiles}
        self._roles, self._tables, self._notes = roles, tables, notes
        self._of_tables: dict[str, Member] = {}
        self._of_columns: dict[tuple[str, ...], Member] = {}
        self._dates: list[str] = []
        self._calendar = ""
        self.documents: dict[str, Document] = {}

    def of_table(self, target: str) -> Member:
        """Give the dimension over a table, by the key that most columns refer to."""
        if target not in self._of_tables:
            profile = self._profiles[target]
            keys = Counter(link.key for link in self._roles.links if link.target == target)
            key = keys.most_common(1)[0][0]
            day = day_column(profile)
            about = bare(key) if is_id(key) and len(words(key)) > 1 else subject(target)
            name = "time" if day and "time" not in self.documents else named(about, self.documents)
            self.documents[name] = {}
            rows = plain(profile) if day else self._snowflake(plain(profile))
            table = self._tables.add(rows, [key])
            if day:
                self.documents[name] = day_dimension(profile, table, day)
            else:
                self.documents[name] = self._document(name, about, table, rows, key, target)
            self._of_tables[target] = Member(name=name, source=target, key=key, keys=rows.frame[key])
        return self._of_tables[target]

    def is_time(self, name: str) -> bool:
        """Tell whether a dimension is one of time."""
        return self.documents[name].get("role") == "time"

    def of_column(
        self, rows: Rows, table: str, root: RowColumn, columns: Sequence[RowColumn], beside: Reference | None = None
    ) -> Member:
        """Give a dimension made of the columns of facts, or one that other facts made of such a column.

        Args:
            rows: The facts.
            table: Their table in the draft.
            root: The column with the key.
            columns: Those that describe it.
            beside: A table that describes some of the members.
        """
        about = tuple(word for word in words(root.name) if word not in IDS) or words(root.name)
        there = self._of_columns.get(about)
        if there and self._covers(there, rows.frame[root.name]):
            return there
        name = named(about, self.documents)
        self.documents[name] = {}
        members = self._distinct(rows, root, columns)
        if beside:
            members, _ = members.beside(beside, root.name, self._profiles[beside.target])
        made = self._tables.members(name, table, members, root.name)
        place = f"{rows.source}.{root.name}"
        self.documents[name] = self._document(name, about, made, members, root.name, rows.source)
        self.documents[name]["description"] = f"Made of the column {root.name!r} of {rows.source}."
        self._notes.found(place, f"No table describes it: the dimension {name!r} is made of the facts' own columns.")
        self._of_columns[about] = Member(name=name, source=rows.source, key=root.name, keys=members.frame[root.name])
        return self._of_columns[about]

    def calendar(self, dates: Sequence[str]) -> str:
        """Give the dimension of a calendar, which then spans these columns, `table.column`, as well."""
        self._dates += [date for date in dates if date not in self._dates]
        if not self._calendar:
            self._calendar = "time" if "time" not in self.documents else named(("calendar",), self.documents)
            self.documents[self._calendar] = {"role": "time"}
        return self._calendar

    def finish(self) -> None:
        """Add what is known last: which columns of dates the calendar spans."""
        if self._calendar:
            table = named(("calendar",), self._tables.documents)
            self._tables.documents[table] = calendar_table(self._dates)
            self.documents[self._calendar] = calendar_dimension(table)

    def _covers(self, member: Member, values: pl.Series) -> bool:
        distinct = values.drop_nulls().unique()
        if member.keys.dtype != values.dtype:
            return False
        return float(distinct.is_in(member.keys.implode()).mean() or 0.0) >= _SHARED  # type: ignore[arg-type]

    def _snowflake(self, rows: Rows) -> Rows:
        """Put the tables that a dimension's table refers to beside it, and those that they refer to."""
        waiting = [(link, link.column) for link in self._roles.links if link.table == rows.source]
        seen = {rows.source}
        while waiting:
            link, column = waiting.pop(0)
            if link.target in seen or link.is_day or link.is_partial or day_column(self._profiles[link.target]):
                continue
            seen.add(link.target)
            rows, names = rows.beside(link, column, self._profiles[link.target])
            below = [other for other in self._roles.links if other.table == link.target]
            waiting += [(other, names[other.column]) for other in below if other.column in names]
        return rows

    def _distinct(self, rows: Rows, root: RowColumn, columns: Sequence[RowColumn]) -> Rows:
        kept = [RowColumn(name=column.name, type=column.type, origin=rows.source) for column in (root, *columns)]
        frame = rows.frame.select(column.name for column in kept).drop_nulls(root.name).unique(maintain_order=True)
        return Rows(source=rows.source, frame=frame, columns=tuple(kept), is_whole=rows.is_whole)

    def _document(self, name: str, about: tuple[str, ...], table: str, rows: Rows, key: str, place: str) -> Document:
        own = self._profiles[rows.source]
        declared = [column for column, there in own.declared.items() if there == (own.source, key)]
        tree = find_tree(rows, key, declared, place, self._notes)
        columns = [column for column in rows.columns if tree is None or column.name != tree.parent]
        drafter = LevelDrafter(
            name=name, about=about, place=place, frame=rows.frame, key=key, columns=columns, notes=self._notes
        )
        made = drafter.document()
        if tree is not None:
            made["hierarchies"] = {"tree": tree.hierarchy(name), **made["hierarchies"]}
        return {"table": table, "label": label("_".join(about)), **made}
