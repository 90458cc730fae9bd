"""From requests to the short forms. What these cannot say is written as JSON in the parameter `q`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal

from cube_server.query.request import (
    AxisItemRequest,
    CutRequest,
    FactsRequest,
    KeyDoc,
    MemberDoc,
    MembersRequest,
    OrderRequest,
    Part,
    QueryRequest,
    RangeRequest,
    TotalledDoc,
    TotalsRequest,
    UnknownKey,
)
from cube_server.query.text.elements import ALONE, EXCLUDE, NULL, RANGE, SHOWN, UNKNOWN
from cube_server.types import UNKNOWN as UNKNOWN_PART
from cube_server.types import KeyPart

_PAGE_FIELDS = frozenset({"cube", "limit", "offset", "as_of", "scd"})
_QUERY_FIELDS = _PAGE_FIELDS | {"measures", "cut", "axes", "nonempty", "totals"}
_MEMBERS_FIELDS = _PAGE_FIELDS | {"level", "alone", "parent", "search", "cut"}
_FACTS_FIELDS = _PAGE_FIELDS | {"cut", "columns"}
_CUT_FIELDS = frozenset({"level", "alone", "members", "ranges", "exclude"})
_AXIS_FIELDS = frozenset({"level", "alone", "order", "having", "subtotals"})

OTHERS_WORD, SHOWN_WORD = "others()", "shown()"
"""What is written in headings in the place of a member."""

_KEY_SIGNS = (*',|/;"', RANGE)
_NAME_SIGNS = (*',|:;"',)


class NoShortFormError(ValueError):
    """The short forms cannot say this; only JSON can."""


def format_key(key: KeyDoc | KeyPart) -> str:
    """Write a key so that it reads back as the same one.

    >>> format_key("CANDY - PACKAGED"), format_key(None), format_key("null"), format_key("a/b")
    ('CANDY - PACKAGED', 'null', '"null"', '"a/b"')
    """
    if key is None:
        return NULL
    if isinstance(key, UnknownKey) or key is UNKNOWN_PART:
        return UNKNOWN
    if not isinstance(key, str):
        return _quoted_if_needed(_plain(key), _KEY_SIGNS)
    special = key in (NULL, UNKNOWN, OTHERS_WORD, SHOWN_WORD) or key.startswith((EXCLUDE, ".")) or key.endswith(".")
    return _quoted(key) if special else _quoted_if_needed(key, _KEY_SIGNS)


def format_path(path: Iterable[KeyDoc | KeyPart]) -> str:
    """Write a member's key path, of at least one key.

    >>> format_path((2017, "Q3"))
    '2017/Q3'
    """
    keys = [format_key(key) for key in path]
    if not keys:
        raise NoShortFormError
    return "/".join(keys)


def format_member(level: str, path: Iterable[KeyDoc | KeyPart]) -> str:
    """Write the cut to one member.

    Args:
        level: The level's name, such as `LevelRef.name` gives.
        path: The member's keys.

    >>> format_member("product.category", ("GROCERY", "CANDY, PACKAGED"))
    'product.category:GROCERY/"CANDY, PACKAGED"'
    """
    return f"{level}:{format_path(path)}"


def format_cut(cut: CutRequest) -> str:
    """Write a cut; NoShortFormError if it names nothing, stands on an axis, or leaves members out of facts with many.

    >>> format_cut(CutRequest(level="product.department", members=["FUEL", "COUPON"], exclude=True))
    'product.department:!FUEL,COUPON'
    """
    _refuse_more(cut, _CUT_FIELDS)
    items = [*map(_format_member, cut.members), *map(_format_range, cut.ranges)]
    if not items or cut.axis or cut.exclude == "members":
        raise NoShortFormError
    sign = EXCLUDE if cut.exclude else ""
    return f"{_format_level(cut.level, alone=cut.alone)}:{sign}{','.join(items)}"


def format_query(request: QueryRequest) -> dict[str, str]:
    """Write a query as parameters that `parse_query` reads back, keys as text.

    >>> format_query(QueryRequest(measures=["sales"], axes={"rows": ["product.department"]}, limit=5))
    {'measures': 'sales', 'rows': 'product.department', 'limit': '5'}
    """
    try:
        _refuse_more(request, _QUERY_FIELDS)
        return _given(
            measures=_format_names(request.measures),
            cut=";".join(map(format_cut, request.cut)),
            **_format_axes(request.axes.rows, request.axes.columns),
            totals=_format_totals(request.totals),
            nonempty="" if request.nonempty else "false",
            **_format_page(request, default_limit=None),
        )
    except NoShortFormError:
        return _as_json(request)


def format_members(request: MembersRequest) -> dict[str, str]:
    """Write a question for members as parameters that `parse_members` reads back."""
    try:
        _refuse_more(request, _MEMBERS_FIELDS)
        return _given(
            level=_format_level(request.level, alone=request.alone),
            parent="" if request.parent is None else _format_member(request.parent),
            search=request.search,
            cut=";".join(map(format_cut, request.cut)),
            **_format_page(request, default_limit=200),
        )
    except NoShortFormError:
        return _as_json(request)


def format_facts(request: FactsRequest) -> dict[str, str]:
    """Write a question for facts as parameters that `parse_facts` reads back."""
    try:
        _refuse_more(request, _FACTS_FIELDS)
        return _given(
            cut=";".join(map(format_cut, request.cut)),
            columns=_format_names(request.columns),
            **_format_page(request, default_limit=1000),
        )
    except NoShortFormError:
        return _as_json(request)


def _refuse_more(part: Part, said: frozenset[str]) -> None:
    """Raise NoShortFormError where a field is used that the short forms do not say, so that none is ever left out."""
    for name, field in type(part).model_fields.items():
        if name not in said and getattr(part, name) != field.default:
            raise NoShortFormError


def _given(**parameters: str) -> dict[str, str]:
    return {name: text for name, text in parameters.items() if text}


def _as_json(request: Part) -> dict[str, str]:
    return {"q": request.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"cube"})}


def _format_page(request: QueryRequest | MembersRequest | FactsRequest, *, default_limit: int | None) -> dict[str, str]:
    if request.as_of == "":
        raise NoShortFormError
    limit = "all" if request.limit is None else str(request.limit)
    return {
        "limit": "" if request.limit == default_limit else limit,
        "offset": str(request.offset or ""),
        "as_of": request.as_of or "",
        "scd": request.scd or "",
    }


def _format_axes(rows: Sequence[AxisItemRequest], columns: Sequence[AxisItemRequest]) -> dict[str, str]:
    for item in (*rows, *columns):
        _refuse_more(item, _AXIS_FIELDS)
    items = {_format_level(item.level, alone=item.alone): item for item in (*rows, *columns)}
    asked = {level: item.order for level, item in items.items() if item.order is not None}
    having = {level: item.having for level, item in items.items() if item.having is not None}
    over_axis = any(order.within == "axis" for order in asked.values())
    if len(items) < len(rows) + len(columns) or (over_axis and not _is_last_only(rows, asked)):
        raise NoShortFormError
    return {
        "rows": ",".join(_format_level(item.level, alone=item.alone) for item in rows),
        "columns": ",".join(_format_level(item.level, alone=item.alone) for item in columns),
        "order": ",".join(f"{level}:{_format_order(order)}" for level, order in asked.items()),
        "within": "axis" if over_axis else "",
        "having": ";".join(f"{level}:{_format_having(text)}" for level, text in having.items()),
        "subtotals": ",".join(
            part for level, item in items.items() for part in _format_totalled(level, item.subtotals)
        ),
    }


def _is_last_only(rows: Sequence[AxisItemRequest], asked: dict[str, OrderRequest]) -> bool:
    """Whether the last row level alone is sorted over the whole axis."""
    last = rows[-1].order if rows else None
    sorted_so = [order for order in asked.values() if order.within == "axis"]
    return len(sorted_so) == 1 and sorted_so[0] is last


def _format_level(name: str, *, alone: bool) -> str:
    if name.startswith(ALONE) and alone:
        return ALONE + _quoted(name)
    if name.startswith(ALONE):
        rest = name.removeprefix(ALONE)
        return ALONE + _format_name(rest)
    return (ALONE if alone else "") + _format_name(name)


def _format_names(names: Iterable[str]) -> str:
    return ",".join(map(_format_name, names))


def _format_name(name: str) -> str:
    if name.startswith((ALONE, "-")):
        return _quoted(name)
    return _quoted_if_needed(name, _NAME_SIGNS)


def _format_order(order: OrderRequest) -> str:
    return ("-" if order.desc else "") + _format_name(order.by)


def _format_having(condition: str) -> str:
    if not condition or ";" in condition or condition != condition.strip():
        raise NoShortFormError
    return condition


def _format_totals(totals: TotalledDoc | list[Literal["rows", "columns"]] | TotalsRequest) -> str:
    if isinstance(totals, bool):
        return "true" if totals else ""
    if isinstance(totals, str):
        return totals
    if isinstance(totals, list):
        if not totals or set(totals) - {"rows", "columns"}:
            raise NoShortFormError
        return ",".join(totals)
    parts = [*_format_totalled("rows", totals.rows), *_format_totalled("columns", totals.columns)]
    if not any(part.endswith(SHOWN) for part in parts):
        raise NoShortFormError
    return ",".join(parts)


def _format_totalled(name: str, over: TotalledDoc) -> list[str]:
    """Write what is totalled: its name for the total of all, and so marked for the total of the shown."""
    if isinstance(over, bool):
        return [name] * over
    if over == "shown":
        return [name + SHOWN]
    if over == ["all", "shown"]:
        return [name, name + SHOWN]
    raise NoShortFormError


def _format_member(member: MemberDoc) -> str:
    return format_path(member if isinstance(member, list) else [member])


def _format_range(part: RangeRequest) -> str:
    ends = ["" if end is None else _format_member(end) for end in (part.first, part.last)]
    return RANGE.join(ends)


def _plain(key: object) -> str:
    """Write a key that is no text as `DataType.read` takes it."""
    if isinstance(key, bool):
        return str(key).lower()
    return key.isoformat() if isinstance(key, dt.date) else str(key)


def _quoted_if_needed(text: str, signs: Iterable[str]) -> str:
    needed = not text or text != text.strip() or any(sign in text for sign in signs)
    return _quoted(text) if needed else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
