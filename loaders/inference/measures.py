"""Measures: what may be added up, what may only be averaged, what is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cube_server.types import NUMBERS, Kind

from .ids import is_id
from .notes import Notes
from .rows import Document, RowColumn, Rows
from .vocabulary import AMOUNTS, LESSER_AMOUNTS, PLACES, QUANTITIES, RATES, STOCKS
from .wording import label, named, plural, singular, words


def is_rate(name: str) -> bool:
    """Tell whether a number's name says that it does not add up: a price, a rate, a unit's cost.

    >>> is_rate("UnitPrice"), is_rate("unit_cost"), is_rate("units_sold"), is_rate("sales_value")
    (True, True, False, False)
    """
    parts = words(name)
    of_unit = parts[:1] == ("unit",) and bool(set(parts[1:]) & AMOUNTS - {"sales", "sale"})
    return bool(set(parts) & RATES) or of_unit


def is_quantity(name: str) -> bool:
    """Tell whether a number's name says that it counts something."""
    return bool(set(words(name)) & QUANTITIES) and not is_rate(name)


def is_amount(name: str) -> bool:
    """Tell whether a number's name says that it is money that adds up."""
    return bool(set(words(name)) & AMOUNTS) and not is_rate(name)


def is_measure(column: RowColumn) -> bool:
    """Tell whether a column is a number to be measured, and no id and no coordinate."""
    return column.type.kind in NUMBERS and not is_id(column.name) and not set(words(column.name)) & PLACES


class MeasureDrafter:
    """Drafts the measures of one cube.

    Args:
        rows: The facts.
        place: Their table, for notes.
        notes: Takes what is uncertain.
    """

    def __init__(self, rows: Rows, place: str, notes: Notes) -> None:
        self._rows, self._place, self._notes = rows, place, notes
        self._found: Document = {}

    def documents(
        self, columns: Sequence[RowColumn], counted: Mapping[str, str], levels: Mapping[str, str], time: str | None
    ) -> Document:
        """Give the measures.

        Args:
            columns: The numbers of the facts.
            counted: By column: what its different values are called, such as orders.
            levels: By level: what its members are called, such as customers.
            time: The link to time.
        """
        sums = sorted((column for column in columns if not is_rate(column.name)), key=_importance)
        for column in sums:
            self._add_sum(column, time)
        self._found[self._name(("row", "count"))] = {"aggregate": "count", "label": "Rows", "format": "#,##0"}
        for column_name, many in counted.items():
            self._count(many, {"aggregate": "distinct", "column": column_name})
        for level, many in levels.items():
            self._count(many, {"aggregate": "distinct", "level": level})
        self._add_ratio(sums, counted)
        for column in (column for column in columns if is_rate(column.name)):
            self._add_average(column)
        return self._found

    def _add_sum(self, column: RowColumn, time: str | None) -> None:
        document: Document = {"aggregate": "sum", "column": column.name, "label": label(column.name)}
        parts = set(words(column.name)) | {"".join(words(column.name))}
        if parts & STOCKS and time:
            told = (
                "It looks like a stock, so that over time the last value counts; take semi_additive out if it adds up."
            )
            document["semi_additive"] = {"over": time, "take": "last_nonempty"}
            self._unsure(column, document, told)
        elif not (is_amount(column.name) or is_quantity(column.name)):
            self._unsure(column, document, "It is added up, but its name does not say that it may be.")
        document["format"] = "#,##0" if column.type.kind is Kind.INT else "#,##0.00"
        self._found[self._name(words(column.name))] = document

    def _add_average(self, column: RowColumn) -> None:
        document: Document = {
            "aggregate": "avg",
            "column": column.name,
            "label": f"Average {label(column.name).lower()}",
        }
        document["description"] = "By its name it does not add up: it is averaged over the facts, unweighted."
        self._notes.found(
            f"{self._place}.{column.name}", "It is averaged and not added up: its name says that it is a rate."
        )
        document["format"] = "#,##0.00"
        self._found[self._name(("avg", *words(column.name)))] = document

    def _add_ratio(self, sums: Sequence[RowColumn], counted: Mapping[str, str]) -> None:
        """Add what the first amount is on average: of an order if there are such, else of a row."""
        amount = next((column for column in sums if is_amount(column.name)), None)
        if amount is None:
            return
        first = next(iter(self._found))
        many, one = ("row_count", "row")
        if counted:
            called = next(iter(counted.values()))
            many, one = named((called,)), singular(called)
        if many in self._found:
            name = self._name((*words(amount.name), "per", *words(one)))
            self._found[name] = {"formula": f"{first} / {many}", "format": "#,##0.00", "label": label(name)}

    def _count(self, many: str, document: Document) -> None:
        self._found[self._name(words(many))] = {**document, "label": label(many), "format": "#,##0"}

    def _unsure(self, column: RowColumn, document: Document, told: str) -> None:
        document["description"] = told
        self._notes.unsure(f"{self._place}.{column.name}", told)

    def _name(self, parts: Sequence[str]) -> str:
        return named(parts or ("measure",), self._found)


def _importance(column: RowColumn) -> tuple[int, int]:
    """Put amounts first, then quantities; exact ones before others."""
    parts = words(column.name)
    kind = 0 if is_amount(column.name) else 1 if is_quantity(column.name) else 2
    return kind, bool(LESSER_AMOUNTS & set(parts))


def many_of(name: str) -> str:
    """Tell what the different values of an id are called.

    >>> many_of("order_number"), many_of("InvoiceNo"), many_of("basket_id")
    ('orders', 'invoices', 'baskets')
    """
    parts = words(name)
    kept = [part for part in parts if not is_id(part)] or list(parts)
    return "_".join((*kept[:-1], plural(singular(kept[-1]))))
