"""How a table's rows are made of those of its source: columns cleaned, cast and computed, rows filtered and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cube_server.formulas.tree import Node
from cube_server.model.texts import Text
from cube_server.types import DataType, Scalar


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: Its name.
        type: What its values are.
        label: What people read in place of the name.
    """

    name: str
    type: DataType
    label: Text = field(default=Text(), compare=False)


class TotalKind(StrEnum):
    """How several rows become one value."""

    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"


class Others(StrEnum):
    """What becomes of a value that a mapping does not name."""

    KEEP = "keep"
    NULL = "null"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """How a column is made of one of the source. The steps are taken in the order of the attributes.

    Attributes:
        source: The source's column.
        trim: Whether white space at both ends is taken off.
        case: "upper", "lower" or "".
        split: The text between parts, and the number of the part from 1; None for the whole.
        texts: Texts by those that stand for them in the source.
        others: What becomes of a text that is not among them.
        formats: Of dates and timestamps, in the order in which they are tried.
        decimal: The sign before the digits behind the point; "" if only the usual forms of numbers are read.
        thousands: The sign between groups of three digits, or "".
        zones: From and to which time zone timestamps are converted; from "" if they carry one.
    """

    source: str
    trim: bool = False
    case: str = ""
    split: tuple[str, int] | None = None
    texts: Mapping[str, str | None] = field(default_factory=dict)
    others: Others = Others.KEEP
    formats: tuple[str, ...] = ()
    decimal: str = ""
    thousands: str = ""
    zones: tuple[str, str] | None = None

    @property
    def is_of_text(self) -> bool:
        """Whether any of the steps needs values as texts."""
        return bool(
            self.trim or self.case or self.split or self.texts or self.formats or self.decimal or self.thousands
        )


@dataclass(frozen=True, slots=True)
class Limit:
    """How many rows may break a rule.

    Attributes:
        rows: So many; None if it is a part of the rows read.
        part: So large a part.
    """

    rows: int | None = 0
    part: float = 0.0

    def allows(self, broken: int, read: int) -> bool:
        """Tell whether so many breaches among so many rows are within the limit."""
        return broken <= (self.part * read if self.rows is None else self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the model's own that rows have to keep.

    Attributes:
        name: Its name.
        condition: What is not false; None for a rule about keys.
        column: The column whose values are keys of another table; None for a condition.
        table: That table's name.
        text: The condition as typed.
    """

    name: str
    condition: Node | None = None
    column: Column | None = None
    table: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Which of several rows is kept that are equal in some columns.

    Attributes:
        of: Those columns.
        keeps_last: Whether the last of them is kept, else the first.
        by: What orders them before the order of the source does.
    """

    of: tuple[Column, ...]
    keeps_last: bool
    by: tuple[Column, ...]


class CountKind(StrEnum):
    """What is counted of a table's rows."""

    ROWS = "rows"
    REPEATED = "repeated"
    DISTINCT = "distinct"
    SEVERAL = "several"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Something that the report of a load counts of a table's rows.

    Attributes:
        name: What the report calls it.
        kind: What it is.
        formula: What is looked at; None for rows.
        of: For SEVERAL: whose values are counted, if they come with more than one value of the formula.
        where: The condition of the rows looked at; None for all.
    """

    name: str
    kind: CountKind
    formula: Node | None = None
    of: Node | None = None
    where: Node | None = None


TYPE, KEY, UNIQUE, FIELDS = "type", "key", "unique", "fields"
"""The rules that every table has: values convert to their columns' types; its key is not null; and not repeated; each
row of a CSV file has as many fields as its header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a table's rows are made.

    Attributes:
        cleanings: By column: how it is made of one of the source; what is not here is taken as it is.
        computed: By column: the formula over other columns that it is, in an order in which they can be worked out.
        defaults: By column: what stands where there would be null.
        where: The condition of the rows to keep; None for all.
        hook: A function in Python that changes rows, `module:function`; "" for none.
        rules: The rules that rows have to keep beside those of every table.
        limits: By rule: how many rows may break it. For those not here none may.
        duplicates: Which of several rows of one key is kept; None if none may repeat a key.
        report: What is counted.
    """

    cleanings: Mapping[str, Cleaning] = field(default_factory=dict)
    computed: Mapping[str, Node] = field(default_factory=dict)
    defaults: Mapping[str, Scalar] = field(default_factory=dict)
    where: Node | None = None
    hook: str = ""
    rules: tuple[Rule, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict)
    duplicates: Duplicates | None = None
    report: tuple[Count, ...] = ()

    def source_of(self, column: str) -> str | None:
        """Name the source's column that a column is made of; None if it is computed."""
        if column in self.computed:
            return None
        cleaning = self.cleanings.get(column)
        return cleaning.source if cleaning else column


PLAIN = Making()
"""Columns as they are, all rows."""
