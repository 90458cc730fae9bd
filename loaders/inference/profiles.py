"""The tables of a source, looked at: types, distinct values, nulls."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from cube_server.errors import SourceError
from cube_server.model.sources import AS_IT_IS, Reading
from cube_server.model.tables import Column, Table
from cube_server.progress import Progress, counted
from cube_server.types import DataType, Kind

from ..conversion import convert_series, polars_type
from ..mistakes import Mistakes
from ..sources.base import Declaring, Look, Source
from .ids import is_id
from .notes import Notes
from .text_types import Written, read_texts

_TEXT = DataType(Kind.TEXT)
_MOST_COLUMNS = 300
_SCALES: Final = (0, 1, 2, 3, 4)
"""The digits behind the point that a float may have and still be an exact number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """A column of a source.

    Attributes:
        name: As the source has it.
        values: Those that were looked at, in the model's type.
        written: Its type, and how texts have to be read.
        distinct: How many different values there are, null left out.
    """

    name: str
    values: pl.Series
    written: Written
    distinct: int

    @property
    def type(self) -> DataType:
        """Its type in the model."""
        return self.written.type


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """A table of a source.

    Attributes:
        source: What a model's `source` calls it.
        columns: Those that a model can have.
        rows: How many rows were looked at.
        is_whole: Whether these are all.
        reading: How it is read.
        is_repeated: Whether whole rows are repeated, and each was looked at once.
        declared: By column: the table and the column that a database says it refers to.
    """

    source: str
    columns: tuple[ColumnProfile, ...]
    rows: int
    is_whole: bool
    is_repeated: bool = False
    reading: Reading = AS_IT_IS
    declared: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def frame(self) -> pl.DataFrame:
        """The rows, in the model's types."""
        return pl.DataFrame([column.values for column in self.columns])


def profile_tables(
    source: Source, names: Collection[str], sample: int, notes: Notes, progress: Progress
) -> Iterator[TableProfile]:
    """Look at tables of a source.

    Args:
        source: The source.
        names: The tables.
        sample: How many rows of a table to look at.
        notes: Takes what cannot be read.
        progress: Told of each table.
    """
    progress.start("look at tables", total=len(names), unit="tables")
    for name in names:
        try:
            profile = _profile(source, name, sample, notes)
        except SourceError as error:
            notes.left_out(name, error.message)
            profile = None
        if profile:
            yield profile
        progress.advance()
    progress.finish(counted(len(names), "table"))


def _profile(source: Source, name: str, sample: int, notes: Notes) -> TableProfile | None:
    mistakes = Mistakes()
    look = source.look(name)
    columns = tuple(Column(column, _TEXT) for column in _readable(name, look, notes))
    read: list[pl.DataFrame] = []
    rows = 0
    for part in source.parts(_wanted(name, columns, look), mistakes):
        if part.misfit is not None:
            mistakes.add_alike(part.frame.height, range(part.frame.height), part.misfit)
            continue
        read.append(part.frame)
        rows += part.frame.height
        if rows > sample:
            break
    mistakes.refuse()
    if rows == 0:
        notes.left_out(name, "The table has no rows.")
        return None
    frame = pl.concat(read, how="vertical_relaxed").head(sample)
    if rows > sample:
        notes.unsure(name, f"Only the first {sample:,} rows were looked at: see --sample.")
    found = [_column(name, frame[column], notes) for column in frame.columns]
    kept = tuple(column for column in found if column)
    if not kept:
        return None
    profile = TableProfile(
        source=name,
        columns=kept,
        rows=frame.height,
        is_whole=rows <= sample,
        reading=look.reading,
        declared=source.references(name) if isinstance(source, Declaring) else {},
    )
    return _once(profile, notes) if profile.is_whole else profile


def _readable(name: str, look: Look, notes: Notes) -> list[str]:
    """List the columns of a table that can be read, the first of very many."""
    if len(look.columns) > _MOST_COLUMNS:
        notes.left_out(name, f"Of {len(look.columns):,} columns only the first {_MOST_COLUMNS} were looked at.")
    names = dict.fromkeys(column for column in look.columns if look.columns.count(column) == 1 and column)
    for repeated in sorted({column for column in look.columns if column not in names}):
        notes.left_out(name, f"The header names the column {repeated!r} more than once, or not at all.")
    for column, kind in look.untyped.items():
        notes.left_out(f"{name}.{column}", f"The column cannot be loaded: a model has no type for {kind}.")
    return [column for column in names if column not in look.untyped][:_MOST_COLUMNS]


def _wanted(name: str, columns: tuple[Column, ...], look: Look) -> Table:
    return Table(name=name, source=name, key=(), columns=columns, reading=look.reading)


def _once(table: TableProfile, notes: Notes) -> TableProfile:
    """Take each row once where whole rows are repeated, if an id identifies them then."""
    ids = [column for column in table.columns if is_id(column.name) and 1 < column.distinct < table.rows]
    if not ids:
        return table
    frame = table.frame.unique(maintain_order=True)
    if frame.height not in {column.distinct for column in ids if not column.values.null_count()}:
        return table
    notes.unsure(table.source, f"{table.rows - frame.height:,} rows repeat others in full: each is loaded once.")
    columns = tuple(replace(column, values=frame[column.name]) for column in table.columns)
    return replace(table, columns=columns, rows=frame.height, is_repeated=True)


def _column(table: str, series: pl.Series, notes: Notes) -> ColumnProfile | None:
    place = f"{table}.{series.name}"
    if series.null_count() == len(series):
        notes.left_out(place, "The column is empty.")
        return None
    written, values = _typed(series)
    if written is None:
        has_zone = isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is not None
        why = (
            "it has a time zone; convert it to local time first"
            if has_zone
            else f"a model has no type for {series.dtype}"
        )
        notes.left_out(place, f"The column cannot be loaded: {why}.")
        return None
    if written.others:
        notes.unsure(place, f"Dates are read as {written.format}; they fit {' and '.join(written.others)} as well.")
    return ColumnProfile(name=series.name, values=values, written=written, distinct=values.drop_nulls().n_unique())


def _typed(series: pl.Series) -> tuple[Written | None, pl.Series]:
    if series.dtype == pl.Object:
        shown = [None if value is None else str(value) for value in series.to_list()]
        series = pl.Series(series.name, shown, dtype=pl.String)
    if series.dtype.base_type() in (pl.String, pl.Categorical, pl.Enum):
        texts = series.cast(pl.String)
        written = read_texts(texts)
        return written, convert_series(written.values(texts), written.type)
    for type_ in _candidates(series.dtype):
        values = convert_series(series, type_)
        if values.null_count() == series.null_count():
            return Written(type=type_), values
    return None, series


def _candidates(dtype: pl.DataType) -> Iterator[DataType]:
    """Give the types that values of a dtype may be of, the narrowest first."""
    if dtype.is_float():
        yield DataType(Kind.INT)
        yield from (DataType(Kind.DECIMAL, scale) for scale in _SCALES[1:])
        yield DataType(Kind.FLOAT)
    elif isinstance(dtype, pl.Decimal):
        yield DataType(Kind.DECIMAL, dtype.scale)
        yield DataType(Kind.FLOAT)
    elif isinstance(dtype, pl.Time):
        yield DataType(Kind.TEXT)
    elif isinstance(dtype, pl.Datetime):
        yield DataType(Kind.DATE)
        yield DataType(Kind.TIMESTAMP)
    else:
        yield from (
            DataType(kind) for kind in Kind if kind is not Kind.DECIMAL and polars_type(DataType(kind)) == dtype
        )
        if dtype.is_integer():
            yield DataType(Kind.INT)
