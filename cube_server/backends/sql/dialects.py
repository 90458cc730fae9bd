"""What differs between databases, as values: types, exactness, and what an engine lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cube_server.types import DataType, Kind

Column = sa.ColumnElement[Any]
Selection = sa.Select[*tuple[Any, ...]]

_TYPES: dict[Kind, Callable[[], sa.types.TypeEngine[Any]]] = {
    Kind.INT: sa.BigInteger,
    Kind.FLOAT: sa.Double,
    Kind.TEXT: sa.String,
    Kind.BOOL: sa.Boolean,
    Kind.DATE: sa.Date,
    Kind.TIMESTAMP: sa.DateTime,
}

DIGITS = 38
"""How many digits a decimal is taken to have: the most that all engines agree on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A kind of database.

    Attributes:
        name: As SQLAlchemy calls it.
        title: As people do.
        has_decimals: Whether it adds decimals up exactly. Without, they are stored as floats and are added up as
            integers in units of their last digit.
        has_arrays: Whether a parameter may be a list, which makes a table; else it is a text in JSON.
        variance: Computes the variance of a sample of doubles, null for fewer than two.
        deviation: The same for the standard deviation.
        moment: A text that two transactions have in common only if they see the same data; None if there is none.
    """

    name: str
    title: str
    has_decimals: bool = True
    has_arrays: bool = True
    variance: Callable[[Column], Column] = sa.func.var_samp
    deviation: Callable[[Column], Column] = sa.func.stddev_samp
    moment: Column | None = None

    def type(self, type_: DataType) -> sa.types.TypeEngine[Any]:
        """Give the SQL type of a column."""
        if type_.kind is Kind.DECIMAL:
            return sa.Numeric(DIGITS, type_.scale) if self.has_decimals else sa.Double()
        return _TYPES[type_.kind]()


DUCKDB = Dialect(name="duckdb", title="DuckDB")
POSTGRESQL = Dialect(name="postgresql", title="PostgreSQL", moment=sa.cast(sa.func.pg_current_snapshot(), sa.String))
SQLITE = Dialect(name="sqlite", title="SQLite", has_decimals=False, has_arrays=False)
