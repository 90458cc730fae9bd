"""`/facts` and `/fact`: the rows of facts in a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from cube_server.errors import nearest
from cube_server.query.request import CutRequest

from .asking import Asker
from .cuts import Cut, cut_requests, known_rows
from .elements import Cube
from .errors import mistake, object_not_found
from .grammar import OrderText
from .ordering import sort_records
from .paging import Page
from .tables import Records, rows_of
from .texts import told

KEY = "__fact_key__"
"""What the fact's key is called in JSON."""

_SCANNED = 200_000
"""How many keys are looked through at a time."""

_SORTED = 20_000
"""Up to how many facts are sorted by their key where no order is asked for; more come as they are stored, by time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactsQuestion:
    """What `/facts` is asked.

    Attributes:
        cuts: The cell.
        fields: The refs of attributes, measures and details to give.
        orders: What to sort by.
        page: Which facts.
    """

    cuts: tuple[Cut, ...]
    fields: tuple[str, ...]
    orders: tuple[OrderText, ...]
    page: Page


def fact_fields(cube: Cube) -> dict[str, str]:
    """Give all that facts have one of, by ref: the column of this model's answers that tells it.

    A fact has many members of a dimension whose link is a bridge, so that its attributes are not among these.
    """
    direct = (dimension for dimension in cube.dimensions.values() if dimension.link.through is None)
    return {attribute.ref: attribute.column for dimension in direct for attribute in dimension.attributes()} | {
        ref: cube.values[ref] for ref in (*cube.doc.measures, *cube.doc.details)
    }


def _many(cube: Cube) -> list[pl.Expr]:
    """Give nothing for what a fact has many of: CubesViewer looks for every level of every dimension in each fact."""
    bridged = (dimension for dimension in cube.dimensions.values() if dimension.link.through is not None)
    return [pl.lit(None).alias(attribute.ref) for dimension in bridged for attribute in dimension.attributes()]


def read_fields(cube: Cube, names: Iterable[str]) -> tuple[str, ...]:
    """Check the refs that are asked for; none means all."""
    known = fact_fields(cube)
    found = tuple(dict.fromkeys(names))
    for name in found:
        if name not in known:
            raise mistake(f"Cube '{cube.name}' has no attribute '{name}'", hint=nearest(name, known))
    return found or tuple(known)


def facts(asker: Asker, asked: FactsQuestion, limit: int | None) -> Records:
    """Answer, with no more than `limit` facts."""
    cube, page, known = asker.cube, asked.page, fact_fields(asker.cube)
    for order in asked.orders:
        if order.name not in known and order.name != KEY:
            raise mistake(f"Cube '{cube.name}' has no attribute '{order.name}'", hint=nearest(order.name, known))
    shown = {ref: known[ref] for ref in asked.fields}
    sorted_by = {order.name: known[order.name] for order in asked.orders if order.name in known}
    cuts = [*cut_requests(asked.cuts), *known_rows(_used(cube, asked, {**shown, **sorted_by}))]
    frame, total = _ask(asker, shown, cuts, page.size(limit), page.offset) if not asked.orders else (None, 0)
    if frame is None or (total <= _SORTED and len(cube.fact_keys) == 1):
        whole, total = _ask(asker, {**sorted_by, **shown}, cuts, None, 0)
        frame = sort_records(whole, asked.orders or [OrderText(name=KEY)]).slice(page.offset, page.size(limit))
    names = [name for name in (KEY, *shown) if name in frame.columns]
    frame = frame.select(names)
    if set(asked.fields) == set(known):
        frame = frame.with_columns(_many(cube))
        names = frame.columns
    return Records(
        frame=frame,
        fields={name: _header(cube, name) for name in names},
        is_cut=page.is_cut(total, limit),
    )


def fact(asker: Asker, key: str) -> dict[str, Any]:
    """Give one fact by its key; of a key of several columns the values are joined by commas."""
    cube = asker.cube
    offset = _place(asker, key)
    if offset is None:
        raise object_not_found("fact", key, f"No fact with id '{key}'")
    frame, _ = _ask(asker, fact_fields(cube), [], 1, offset)
    return rows_of(frame.with_columns(_many(cube)))[0]


def _used(cube: Cube, asked: FactsQuestion, shown: Mapping[str, str]) -> list[Any]:
    """Find the dimensions that an answer needs: those cut, and those whose attributes are shown."""
    cut = {part.dimension.name for part in asked.cuts}
    return [
        dimension
        for dimension in cube.dimensions.values()
        if dimension.name in cut or any(attribute.ref in shown for attribute in dimension.attributes())
    ]


def _ask(
    asker: Asker, shown: Mapping[str, str], cuts: list[CutRequest], limit: int | None, offset: int
) -> tuple[pl.DataFrame, int]:
    """Ask for facts, with columns by ref and the key before them; give how many there are in all, too."""
    keys = list(asker.cube.fact_keys)
    columns = dict.fromkeys([*keys, *(column.removesuffix(".caption") for column in shown.values())])
    page = asker.facts(list(columns), cuts, limit=limit, offset=offset)
    values = [pl.col(column).alias(ref) for ref, column in shown.items()]
    key = _key(keys).alias(KEY)
    return page.frame.select(*([key] if keys else []), *values), page.total


def _key(columns: list[str]) -> pl.Expr:
    if len(columns) == 1:
        return pl.col(columns[0])
    return pl.concat_str([pl.col(column).cast(pl.String) for column in columns], separator=",")


def _place(asker: Asker, key: str) -> int | None:
    """Find the place of a fact, looking through the keys piece by piece."""
    offset, total = 0, 1 if asker.cube.fact_keys else 0
    while offset < total:
        frame, total = _ask(asker, {}, [], _SCANNED, offset)
        found = frame.select(pl.col(KEY).cast(pl.String) == key)[KEY].arg_true()
        if len(found):
            return offset + int(found[0])
        offset += _SCANNED
    return None


def _header(cube: Cube, ref: str) -> str:
    if ref == KEY:
        return cube.doc.key or KEY
    attributes = cube.attributes()
    if ref in attributes:
        return attributes[ref].header
    part = cube.doc.measures.get(ref) or cube.doc.details[ref]
    return told(part.label, cube.language) or ref
