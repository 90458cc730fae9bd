"""One cube of a draft: the facts with what belongs to them, their links, their measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from cube_server.types import DataType, Kind

from .flat import look_inside
from .joins import Reference, is_day_number
from .keys import smallest_key
from .measures import MeasureDrafter, is_amount, is_measure, is_quantity, many_of
from .members import Members
from .notes import Notes
from .profiles import TableProfile
from .roles import Roles
from .rows import Document, RowColumn, plain
from .tables import Tables
from .vocabulary import IDS, TIMES
from .wording import label, named, plural, words

_DATE = DataType(Kind.DATE)
_YEARS = (1600, 2400)
"""Dates outside of these years are placeholders or errors of typing."""

_FEW = 20
"""A dimension of fewer members than this is not worth a count of its members."""


class FactDrafter:
    """Drafts one cube.

    Args:
        fact: The table of facts.
        profiles: All tables, by their source.
        roles: What refers to what.
        tables: Takes the tables of the draft.
        members: Takes the dimensions.
        notes: Takes what is uncertain.
    """

    def __init__(
        self,
        fact: TableProfile,
        profiles: Mapping[str, TableProfile],
        roles: Roles,
        tables: Tables,
        members: Members,
        notes: Notes,
    ) -> None:
        self._fact, self._profiles, self._roles = fact, profiles, roles
        self._tables, self._members, self._notes = tables, members, notes
        self._links: dict[str, Document] = {}
        self._linked: set[str] = set()
        self._rows = plain(fact)
        self._references = [link for link in roles.links if link.table == fact.source]
        self._partial = {(link.target, link.key) for link in roles.links if link.is_partial}

    def document(self) -> Document:
        """Give the cube, all but its label."""
        self._take_headers()
        direct = sorted(map(self._by_key, filter(self._is_direct, self._references)), key=self._is_looked_up)
        days = self._add_days({link.column for link in self._references if not self._is_partial(link)})
        day = next((made for made, _ in days), None) or self._day_of(direct)
        self._add_amount()
        key = [column for column in smallest_key(self._fact) if self._rows.has(column)]
        table = self._tables.add(self._rows, key)
        for made, role in days:
            self._link(self._members.calendar([f"{table}.{made}"]), made, role)
        for link in direct:
            self._link(self._members.of_table(link.target).name, link.column, link.column)
        inside = self._look_inside(table, day)
        return {"table": table, "links": self._in_order(), "measures": self._measures(*inside)}

    def _take_headers(self) -> None:
        """Put beside lines what they are the lines of, with what that refers to."""
        for header in (header for header in self._roles.headers if header.table == self._fact.source):
            self._rows, names = self._rows.beside(header, header.column, self._profiles[header.target])
            self._notes.found(
                f"{header.table}.{header.column}", f"The columns of {header.target} are put beside these rows."
            )
            known = {link.column for link in self._references}
            for link in self._roles.links:
                if (
                    link.table == header.target
                    and names.get(link.column, link.column) not in known
                    and link.column in names
                ):
                    self._references.append(replace(link, column=names[link.column]))

    def _is_partial(self, link: Reference) -> bool:
        """Tell whether a table has only some of the members, for these facts or for others."""
        return (link.target, link.key) in self._partial

    def _is_direct(self, link: Reference) -> bool:
        return not self._is_partial(link)

    def _by_key(self, link: Reference) -> Reference:
        """Look the dimension's key up where a column refers to its rows by another one: there is one key to link to."""
        member = self._members.of_table(link.target)
        if link.key == member.key:
            return link
        self._rows, name = self._rows.looked_up(link, self._profiles[link.target], member.key)
        self._linked.add(link.column)
        return replace(link, column=name, key=member.key)

    def _is_looked_up(self, link: Reference) -> bool:
        return all(link.column != column.name for column in self._fact.columns)

    def _add_days(self, linked: set[str]) -> list[tuple[str, str]]:
        """Find the dates that no table of days has; give each column of dates with what it is called."""
        found = []
        for column in self._rows.columns:
            if column.name in linked or not self._is_moment(column):
                continue
            self._linked.add(column.name)
            made = column.name
            if column.type.kind is not Kind.DATE:
                made = named((*words(column.name), "day"), {name.lower() for name in self._rows.frame.columns})
                self._rows = self._rows.computed(made, _DATE, self._day_formula(column), self._days(column))
            self._linked.add(made)
            found.append((made, column.name))
        return found

    def _is_moment(self, column: RowColumn) -> bool:
        values = self._rows.frame[column.name]
        is_number = column.type.kind is Kind.INT and bool(set(words(column.name)) & TIMES) and is_day_number(values)
        if not is_number and column.type.kind not in (Kind.DATE, Kind.TIMESTAMP):
            return False
        years = self._days(column).dt.year()
        is_sane = bool(years.drop_nulls().is_between(*_YEARS).all())
        if not is_sane:
            told = f"Its dates lie between the years {years.min()!r} and {years.max()!r}: no calendar spans them."
            self._notes.unsure(f"{self._fact.source}.{column.name}", told)
        return is_sane

    def _days(self, column: RowColumn) -> pl.Series:
        values = self._rows.frame[column.name]
        if column.type.kind is Kind.INT:
            return values.cast(pl.String).str.to_date("%Y%m%d", strict=False)
        return values.cast(pl.Date)

    def _day_formula(self, column: RowColumn) -> str:
        told = self._rows.formula(column.name)
        if column.type.kind is Kind.INT:
            return f"make_date(div({told}, 10000), mod(div({told}, 100), 100), mod({told}, 100))"
        return f"date({told})"

    def _day_of(self, links: list[Reference]) -> str | None:
        """Name a column that tells the day of a fact by a link."""
        times = (link for link in links if self._members.is_time(self._members.of_table(link.target).name))
        return next((link.column for link in times), None)

    def _add_amount(self) -> None:
        """Add what a quantity at a price comes to, where no column has it."""
        measured = [column for column in self._rows.columns if is_measure(column)]
        if any(is_amount(column.name) for column in measured):
            return
        quantity = next((column for column in measured if is_quantity(column.name)), None)
        price = next((column for column in measured if "price" in words(column.name)), None)
        if quantity is None or price is None:
            return
        formula = f"{self._rows.formula(quantity.name)} * {self._rows.formula(price.name)}"
        values = self._rows.frame[quantity.name] * self._rows.frame[price.name].cast(pl.Float64)
        self._rows = self._rows.computed("amount", price.type, formula, values)
        told = f"No column has an amount: it is taken to be {quantity.name} times {price.name}."
        self._notes.unsure(f"{self._fact.source}.amount", told)

    def _link(self, dimension: str, column: str, called: str) -> None:
        self._linked.add(column)
        role = dimension
        if dimension in self._links or (self._members.is_time(dimension) and self._has_time()):
            parts = [word for word in words(called) if word not in IDS] or list(words(called))
            role = named(parts or (dimension,), {*self._links, *self._members.documents})
        link: Document = {"column": column}
        if role != dimension:
            link |= {"dimension": dimension, "label": label(role)}
        self._links[role] = link

    def _has_time(self) -> bool:
        return any(self._members.is_time(link.get("dimension", role)) for role, link in self._links.items())

    def _in_order(self) -> dict[str, Document]:
        """Put time last, as people read it across."""
        return dict(
            sorted(self._links.items(), key=lambda item: self._members.is_time(item[1].get("dimension", item[0])))
        )

    def _look_inside(self, table: str, day: str | None) -> tuple[list[RowColumn], dict[str, str]]:
        partial = {link.column: link for link in self._references if self._is_partial(link)}
        free = [column for column in self._rows.columns if column.name not in self._linked]
        inside = look_inside(self._rows, free, day, self._fact.source, self._notes)
        for root, columns in inside.dimensions:
            member = self._members.of_column(self._rows, table, root, columns, partial.get(root.name))
            self._link(member.name, root.name, root.name)
        return list(inside.numbers), {column.name: many_of(column.name) for column in inside.documents}

    def _measures(self, numbers: list[RowColumn], counted: dict[str, str]) -> Document:
        time = next(
            (role for role, link in self._in_order().items() if self._members.is_time(link.get("dimension", role))),
            None,
        )
        levels = {}
        for role, link in self._links.items():
            dimension = link.get("dimension", role)
            many = self._rows.frame[link["column"]].n_unique()
            if not self._members.is_time(dimension) and role == dimension and many > _FEW:
                levels[f"{role}.{role}"] = "_".join((*words(role)[:-1], plural(words(role)[-1])))
        drafter = MeasureDrafter(self._rows, self._fact.source, self._notes)
        return drafter.documents(numbers, counted, levels, time)
