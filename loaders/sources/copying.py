"""Rows of PostgreSQL by its COPY: text that Arrow reads, many times faster than rows become values of Python.

COPY runs in the transaction of the load. It is one statement however long it takes, so that what is limited here is the
time without an answer, not that of the whole.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from threading import Timer
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv as arrow_csv

from cube_server.errors import SourceError

from .python_values import MOST_DIGITS, series_of

if TYPE_CHECKING:
    import psycopg

_BYTES = 1 << 23
"""About how much text is read at a time, so that memory does not grow with the table."""

_LONGEST_ROW = 1 << 24
"""A row with more bytes of text than this is no row of a table."""

_TO_CANCEL = 10.0
"""For how many seconds a server that does not answer is waited for once more, to stop."""

_TYPES: Mapping[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float64(),
    "float8": pa.float64(),
    "numeric": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "time": pa.string(),
    "text": pa.string(),
    "varchar": pa.string(),
    "bpchar": pa.string(),
    "name": pa.string(),
    "uuid": pa.string(),
}
"""By PostgreSQL's name of a type: what its text is read as. Enums are texts, too; other types are read as rows are."""

_TOLD = sa.text("select oid, typname, typtype = 'e' as is_enum from pg_type where oid in :oids").bindparams(
    sa.bindparam("oids", expanding=True)
)


@dataclass(frozen=True, slots=True)
class Copying:
    """A query whose rows COPY can give.

    Attributes:
        connection: To a PostgreSQL by psycopg, in the transaction of the load.
        query: The query.
        place: What messages call it.
        types: By column: PostgreSQL's name of its type.
    """

    connection: sa.Connection
    query: sa.Select[Any]
    place: str
    types: Mapping[str, str]

    def frames(self) -> Generator[pl.DataFrame, None, None]:
        """Give the rows, about eight megabytes of text at a time; of no rows one frame.

        Nothing else can be asked of the connection meanwhile; closed before the end, the transaction goes on.

        Raises:
            SourceError: A row is too long, or a value is none that can be read.
        """
        driver: Any = self.connection.connection.driver_connection
        given = False
        with self._set_up() as patience, driver.cursor() as cursor, ExitStack() as opened:
            with _within(patience, driver):
                copy = opened.enter_context(cursor.copy(_copy(self.query, self.connection, driver)))
            for text in _texts(copy, driver, patience):
                given = True
                yield self._frame(text)
        if not given:
            yield self._frame(bytearray())

    @contextmanager
    def _set_up(self) -> Iterator[float]:
        """Set how texts are written, and give for how many seconds to wait for some; all is as before at the end."""
        with self.connection.begin_nested() as step:
            (waits,) = self.connection.execute(
                sa.text("select setting::int from pg_settings where name = 'statement_timeout'")
            ).one()
            self.connection.execute(sa.text("set local statement_timeout = 0"))
            self.connection.execute(sa.text("set local datestyle = 'ISO, YMD'"))
            try:
                yield waits / 1000
            finally:
                # Also where the reader stops before the end, and COPY is broken off.
                step.rollback()

    def _frame(self, text: bytearray) -> pl.DataFrame:
        names = [str(number) for number in range(len(self.types))]
        types = [_TYPES[type_] for type_ in self.types.values()]
        if len(text) > _BYTES + _LONGEST_ROW:
            raise SourceError(
                f"Cannot read {self.place}: a row is longer than {_LONGEST_ROW >> 20} MiB.",
                hint="Take what you need of it in a query: source: {query: SELECT ...}.",
            )
        try:
            read = _read(text, dict(zip(names, types, strict=True)))
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise SourceError(f"Cannot read {self.place}: {reason}.") from None
        columns = [_series(column, type_) for column, type_ in zip(read, self.types.values(), strict=True)]
        return pl.DataFrame([column.alias(name) for column, name in zip(columns, self.types, strict=True)])


def copying(connection: sa.Connection, query: sa.Select[Any], place: str) -> Copying | None:
    """Tell how COPY reads a query; None if it cannot: no PostgreSQL by psycopg, or a type that is not known here."""
    if (connection.dialect.name, connection.dialect.driver) != ("postgresql", "psycopg"):
        return None
    described: Any = connection.execute(query.where(sa.text("1 = 0")).order_by(None)).cursor.description
    oids = {name: oid for name, oid, *_ in described}
    found = connection.execute(_TOLD, {"oids": sorted(set(oids.values()))})
    types = {oid: "text" if is_enum else name for oid, name, is_enum in found}
    known = {name: types.get(oid, "") for name, oid in oids.items()}
    return Copying(connection, query, place, known) if set(known.values()) <= set(_TYPES) else None


def _copy(query: sa.Select[Any], connection: sa.Connection, driver: psycopg.Connection) -> str:
    from psycopg import ClientCursor

    compiled = query.compile(dialect=connection.dialect)
    text = ClientCursor(driver).mogrify(str(compiled), compiled.params)
    return f"copy ({text}) to stdout (format csv, encoding 'utf8')"


def _texts(copy: psycopg.Copy, driver: psycopg.Connection, patience: float) -> Iterator[bytearray]:
    """Put rows together, until there are enough of them for Arrow."""
    rows, ended = iter(copy), False
    while not ended:
        text = bytearray()
        with _within(patience, driver):
            for row in rows:
                text += row
                if len(text) >= _BYTES:
                    break
            else:
                ended = True
        if text:
            yield text


@contextmanager
def _within(seconds: float, driver: psycopg.Connection) -> Iterator[None]:
    """Cancel what runs once it has taken too long, as the server itself does with other statements; 0 is for ever."""
    from psycopg.errors import QueryCanceled

    if not seconds:
        yield
        return
    timer = Timer(seconds, driver.cancel_safe, kwargs={"timeout": _TO_CANCEL})
    timer.daemon = True
    timer.start()
    try:
        yield
    except QueryCanceled:
        raise QueryCanceled("canceling statement due to statement timeout") from None
    finally:
        timer.cancel()


def _read(text: bytearray, types: Mapping[str, pa.DataType]) -> Sequence[pa.ChunkedArray]:
    if not text:
        return [pa.chunked_array([], type_) for type_ in types.values()]
    table = arrow_csv.read_csv(
        pa.py_buffer(text),
        read_options=arrow_csv.ReadOptions(column_names=list(types), block_size=len(text)),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict(types),
            # COPY writes a null as nothing, and a text of no characters with quotes.
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    return list(table.columns)


def _series(column: pa.ChunkedArray, type_: str) -> pl.Series:
    series = pl.Series(column)
    return _decimals(series) if type_ == "numeric" else series


def _decimals(texts: pl.Series) -> pl.Series:
    """Make decimals with as many digits behind the point as any has; if one is no such number, as from its values."""
    behind = texts.str.len_bytes().cast(pl.Int64) - texts.str.find(".", literal=True).cast(pl.Int64) - 1
    most = behind.max()
    scale = most if isinstance(most, int) else 0
    if scale <= MOST_DIGITS:
        found = texts.cast(pl.Decimal(MOST_DIGITS, scale), strict=False)
        if found.null_count() == texts.null_count():
            return found
    return series_of(texts.name, [None if text is None else Decimal(text) for text in texts])
