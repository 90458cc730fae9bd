"""Links that are bridges: one fact has many members, through a table, through other facts, or by two dates."""

from __future__ import annotations

from collections.abc import Mapping

from cube_server.errors import nearest
from cube_server.model.dimensions import Dimension, Link, Through, ThroughDates, ThroughFacts, ThroughTable
from cube_server.model.document import LinkDoc, ThroughDoc
from cube_server.model.mistakes import Mistakes, spoken, text
from cube_server.model.tables import Column, Table, Text
from cube_server.types import Kind


class ThroughBuilder:
    """Builds the bridged links of a cube, noting every mistake.

    Args:
        tables: The tables of the model.
        table: The cube's facts.
        links: The cube's direct links, by role.
        mistakes: Where mistakes are noted.
    """

    def __init__(
        self, tables: Mapping[str, Table], table: Table, links: Mapping[str, Link], mistakes: Mistakes
    ) -> None:
        self._tables = tables
        self._table = table
        self._links = dict(links)
        self._mistakes = mistakes

    def link(self, place: str, role: str, part: LinkDoc, through: ThroughDoc, dimension: Dimension) -> Link | None:
        """Build a bridged link; None where it has a mistake."""
        given = [field for field in ("table", "facts", "dates") if getattr(through, field) is not None]
        if len(given) != 1:
            self._blame(f"{place}/through", f"Link {role!r} goes through one of table, facts and dates, not {given}.")
            return None
        if part.level is not None:
            self._blame(f"{place}/level", "A link that goes through others leads to the lowest level.", "Leave it out.")
        label = link_label(role, part, dimension)
        if given == ["dates"]:
            dates = self._dates(place, part, through, dimension)
            column = dates.carrier.column if dates else None
            return _bridged(role, dimension, column, label, dates)
        column = self._column(place, part)
        found = self._by_column(place, through, dimension, column) if column else None
        return _bridged(role, dimension, column, label, found)

    def _by_column(self, place: str, through: ThroughDoc, dimension: Dimension, column: Column) -> Through | None:
        carrier = next((link for link in self._links.values() if link.column == column), None)
        if through.facts is not None:
            return self._facts(place, through, dimension, carrier)
        return self._by_table(place, through, dimension, column, carrier)

    def _by_table(
        self, place: str, through: ThroughDoc, dimension: Dimension, column: Column, carrier: Link | None
    ) -> ThroughTable | None:
        name = through.table or ""
        table = self._tables.get(name)
        if table is None:
            self._blame(f"{place}/through/table", f"No table {name!r}.", nearest(name, self._tables))
            return None
        source = self._end(f"{place}/through/from", through.from_, table, column, f"{self._table.name}.{column.name}")
        target = self._end(f"{place}/through/to", through.to, table, dimension.key, f"the key of {dimension.name!r}")
        if source is None or target is None:
            return None
        return ThroughTable(table=table, source=source, target=target, carrier=carrier)

    def _facts(
        self, place: str, through: ThroughDoc, dimension: Dimension, carrier: Link | None
    ) -> ThroughFacts | None:
        spot = f"{place}/through/facts"
        link = self._direct(spot, through.facts or "")
        if link is not None and link.dimension != dimension:
            problem = f"{link.name!r} leads to {link.dimension.name!r}, not to {dimension.name!r}."
            self._blame(spot, problem, f'Give the link "dimension": "{link.dimension.name}".')
            return None
        return ThroughFacts(link=link, carrier=carrier) if link else None

    def _dates(self, place: str, part: LinkDoc, through: ThroughDoc, dimension: Dimension) -> ThroughDates | None:
        if part.column is not None:
            self._blame(f"{place}/column", "A link by dates has no column of its own.", "Leave it out.")
        link = self._direct(f"{place}/through/dates", through.dates or "")
        day = (
            next((level for level in link.dimension.levels if level.key.type.kind is Kind.DATE), None) if link else None
        )
        if link is not None and day is None:
            self._blame(f"{place}/through/dates", f"{link.dimension.name!r} has no level whose keys are dates.")
        ends = [
            self._date(f"{place}/through/{field}", name, dimension.table)
            for field, name in (("from", through.from_), ("to", through.to))
        ]
        if link is None or day is None or ends[0] is None or ends[1] is None:
            return None
        return ThroughDates(carrier=link, day=day, first=ends[0], last=ends[1], shift=through.shift)

    def _direct(self, place: str, name: str) -> Link | None:
        link = self._links.get(name)
        if link is None:
            self._blame(place, f"The cube has no direct link {name!r}.", nearest(name, self._links))
        elif link.level is not None:
            self._blame(place, f"Link {name!r} leads to {link.level.name!r}, which lies above the lowest level.")
            return None
        return link

    def _column(self, place: str, part: LinkDoc) -> Column | None:
        if part.column is None:
            self._blame(f"{place}/column", "The link names no column.", "Name the one that leads to its members.")
            return None
        columns = {column.name: column for column in self._table.columns}
        return self._mistakes.column(f"{place}/column", part.column, columns, self._table.name)

    def _end(self, place: str, name: str | None, table: Table, other: Column, spoken_of: str) -> Column | None:
        """Find a column of a bridge table that holds the same keys as another column."""
        columns = {column.name: column for column in table.columns}
        column = self._mistakes.column(place, name or other.name, columns, table.name)
        if column is not None and column.type != other.type:
            self._blame(place, f"{table.name}.{column.name} is {column.type}, but {spoken_of} is {other.type}.")
            return None
        return column

    def _date(self, place: str, name: str | None, table: Table) -> Column | None:
        columns = {column.name: column for column in table.columns}
        if name is None:
            dates = ", ".join(column.name for column in table.columns if column.type.kind is Kind.DATE)
            self._blame(
                place, "A link by dates names the dimension's columns of first and last days.", f"Dates: {dates}"
            )
            return None
        column = self._mistakes.column(place, name, columns, table.name)
        if column is not None and column.type.kind is not Kind.DATE:
            self._blame(place, f"{table.name}.{column.name} is {column.type}, not a date.")
            return None
        return column

    def _blame(self, place: str, problem: str, hint: str = "") -> None:
        self._mistakes.blame(place, problem, hint)


def _bridged(
    role: str, dimension: Dimension, column: Column | None, label: Text, through: Through | None
) -> Link | None:
    if column is None or through is None:
        return None
    return Link(name=role, dimension=dimension, column=column, label=label, through=through)


def link_label(role: str, part: LinkDoc, dimension: Dimension) -> Text:
    """Give what people read: the link's own label, else the dimension's, or the role's name where it differs."""
    if part.label:
        return text(part.label)
    return dimension.label if role == (part.dimension or role) else text(None, spoken(role))
