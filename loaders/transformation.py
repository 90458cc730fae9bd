"""What the model says of a table's rows, done a run at a time: columns made, rows filtered, rules checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import polars as pl
from polars.exceptions import PolarsError

from cube_server.errors import Issue, SourceError
from cube_server.model.making import KEY, PLAIN, TYPE, Cleaning, Rule
from cube_server.model.tables import Column
from cube_server.types import Scalar

from .accounts import Account
from .cleansing import cleaned, read_series, strange
from .conversion import convert_series, unconverted
from .hooks import ROW, Hook, called
from .origins import TypedTable
from .rejects import Breach, Rejects
from .row_formulas import expression


class Transformer:
    """Makes a table's rows of those that are given for it.

    Args:
        rejects: Takes the rows that break a rule.
        account: Counts what becomes of the rows.
        keys: By rule: the keys that a column's values have to be among.
        hook: The table's function in Python, if it has one.
    """

    def __init__(
        self, rejects: Rejects, account: Account, keys: Mapping[str, pl.Series], hook: Hook | None = None
    ) -> None:
        self._rejects, self._account, self._keys, self._hook = rejects, account, keys, hook

    def runs(self, given: Iterable[TypedTable]) -> Iterator[TypedTable]:
        """Make runs of rows.

        Raises:
            SourceError: A formula cannot be worked out, or a hook fails.
        """
        for run in given:
            try:
                yield self._made(run)
            except PolarsError as error:
                reason = str(error).splitlines()[0]
                raise SourceError(f"Table {run.table.name!r} cannot be made: {reason}.") from error

    def _made(self, run: TypedTable) -> TypedTable:
        typed, breaches = _typed(run)
        rows = self._settled(typed, breaches, _kept(typed, breaches))
        if self._hook is not None:
            rows = self._hooked(rows, self._hook)
        return self._settled(rows, [*self._broken(rows), *_null_keys(rows)])

    def _settled(self, run: TypedTable, breaches: list[Breach], kept: pl.Series | None = None) -> TypedTable:
        """Take breaches of rows that are kept; give the rows that are left."""
        breaches = [breach for breach in breaches if len(breach.rows)]
        if not breaches and kept is None:
            return run
        broken = _mask(run, breaches)
        if kept is not None:
            self._account.filtered["where"] += int((~kept).sum())
            broken = broken & kept
        for breach in breaches:
            among = broken.gather(breach.rows)
            told = replace(breach, rows=breach.rows.filter(among), values=breach.values.filter(among))
            self._rejects.add(run, told)
        for rule in dict.fromkeys(breach.rule for breach in breaches):
            # A row that breaks a rule in several columns breaks it once.
            by_rule = _mask(run, [breach for breach in breaches if breach.rule == rule])
            self._account.broken[rule] += int((by_rule & broken).sum())
        self._account.rejected += int(broken.sum())
        left = ~broken if kept is None else kept & ~broken
        return run if left.all() else filtered(run, left)

    def _hooked(self, run: TypedTable, hook: Hook) -> TypedTable:
        made, rejects = called(hook, run.table, run.frame.with_row_index(ROW).cast({ROW: pl.Int64}))
        for (rule, column), part in rejects.group_by("rule", "column", maintain_order=True):
            self._account.broken[str(rule)] += part[ROW].n_unique()
            self._rejects.add(run, _of_hook(run, str(rule), str(column or ""), part))
        rejected = rejects[ROW].n_unique()
        less = run.frame.height - made.height - rejected
        self._account.rejected += rejected
        self._account.filtered[run.table.making.hook] += max(less, 0)
        self._account.repeated += max(-less, 0)
        rows = replace(run, frame=made.drop(ROW), numbers=run.numbers.gather(made[ROW]))
        return self._settled(*_typed(replace(rows, table=replace(run.table, making=PLAIN))))

    def _broken(self, run: TypedTable) -> Iterator[Breach]:
        """Find the rows that break the model's own rules."""
        for rule in run.table.making.rules:
            if rule.condition is not None:
                kept = run.frame.select(expression(rule.condition, run.frame.schema).alias("kept"))["kept"]
                yield _of_condition(run, rule, (~kept).fill_null(value=False).arg_true())
            elif rule.column is not None:
                values = run.frame[rule.column.name]
                wrong = (~values.is_in(self._keys[rule.name].implode())).fill_null(value=False)
                yield _of_keys(run, rule, rule.column, wrong.arg_true())


def filtered(run: TypedTable, left: pl.Series) -> TypedTable:
    """Give the rows for which `left` is true."""
    return replace(run, frame=run.frame.filter(left), numbers=run.numbers.filter(left))


def _typed(run: TypedTable) -> tuple[TypedTable, list[Breach]]:
    """Make the columns of a run, and find the values that do not convert."""
    making, breaches, made = run.table.making, list[Breach](), dict[str, pl.Series]()
    types = {column.name: column for column in run.table.columns}
    for name, column in types.items():
        if name not in making.computed:
            made[name], breach = _of_source(run, column, making.cleanings.get(name), making.defaults.get(name))
            breaches += breach
    frame = pl.DataFrame(made)
    for name, formula in making.computed.items():
        value = frame.with_columns(expression(formula, frame.schema).alias(name))[name]
        found = convert_series(value, types[name].type)
        breaches += _wrong(run, types[name], value, found.is_null() & value.is_not_null())
        frame = frame.with_columns(_or_default(found, making.defaults.get(name)).alias(name))
    return replace(run, frame=frame.select(*types)), breaches


def _of_source(
    run: TypedTable, column: Column, cleaning: Cleaning | None, default: Scalar | None
) -> tuple[pl.Series, list[Breach]]:
    if cleaning is None:
        given = run.frame[column.name]
        found = convert_series(given, column.type)
        if found.null_count() == given.null_count():
            # Null converts to null alone.
            return _or_default(found, default).alias(column.name), []
        wrong = found.is_null() & given.is_not_null()
    else:
        given = run.frame[cleaning.source]
        text = cleaned(given, cleaning)
        found = read_series(text, column.type, cleaning)
        wrong = (found.is_null() & text.is_not_null()) | strange(text, cleaning)
    return _or_default(found, default).alias(column.name), _wrong(run, column, given, wrong)


def _or_default(found: pl.Series, default: Scalar | None) -> pl.Series:
    return found if default is None else found.fill_null(pl.Series([default], dtype=found.dtype)[0])


def _wrong(run: TypedTable, column: Column, given: pl.Series, wrong: pl.Series) -> list[Breach]:
    rows = wrong.arg_true()
    if not len(rows):
        return []

    def told(row: int) -> Issue:
        return unconverted(f"{run.place(row)}, column {column.name}", given[row], column.type)

    return [Breach(rule=TYPE, column=column.name, rows=rows, values=_texts(given.gather(rows)), told=told)]


def _kept(run: TypedTable, breaches: list[Breach]) -> pl.Series | None:
    """Tell which rows the model's condition keeps. Where a wrong value leaves it open, the row is not just left out."""
    if run.table.making.where is None:
        return None
    condition = expression(run.table.making.where, run.frame.schema).alias("kept")
    kept = run.frame.with_columns(condition)["kept"]
    return kept.fill_null(value=False) | (kept.is_null() & _mask(run, breaches))


def _mask(run: TypedTable, breaches: list[Breach]) -> pl.Series:
    """Mark the rows that break any rule."""
    mask = pl.repeat(False, run.frame.height, eager=True)
    for breach in breaches:
        mask = mask.scatter(breach.rows, True)
    return mask


def _null_keys(run: TypedTable) -> Iterator[Breach]:
    for column in run.table.key:
        rows = run.frame[column.name].is_null().arg_true()
        message = f"The key column {column.name} is null."
        yield _breach(run, KEY, column.name, rows, message)


def _of_condition(run: TypedTable, rule: Rule, rows: pl.Series) -> Breach:
    return _breach(run, rule.name, "", rows, f"The row breaks the rule {rule.name!r}: {rule.text}.")


def _of_keys(run: TypedTable, rule: Rule, column: Column, rows: pl.Series) -> Breach:
    return _breach(run, rule.name, column.name, rows, f"{column.name} is no key of {rule.table!r} ({rule.name}).")


def _of_hook(run: TypedTable, rule: str, column: str, part: pl.DataFrame) -> Breach:
    told = f"The row breaks the rule {rule!r} of {run.table.making.hook}."
    return replace(_breach(run, rule, column, part[ROW], told), values=part["value"])


def _breach(run: TypedTable, rule: str, column: str, rows: pl.Series, message: str) -> Breach:
    names = [column] if column else run.frame.columns
    shown = run.frame.select(names)[rows]
    values = _texts(shown[column]) if column else _rows_as_text(shown)
    return Breach(rule=rule, column=column, rows=rows, values=values, told=lambda row: Issue(run.place(row), message))


def _rows_as_text(rows: pl.DataFrame) -> pl.Series:
    return rows.select(pl.struct(pl.all().cast(pl.String)).struct.json_encode().alias("value"))["value"]


def _texts(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Object:
        return pl.Series(values.name, [None if value is None else str(value) for value in values], dtype=pl.String)
    return values.cast(pl.String)
