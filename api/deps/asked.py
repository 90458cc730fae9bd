"""What a request asks: the question in names, and how to answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Path, Request

from cube_server.errors import Issue, QueryError
from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from cube_server.query.text import parse_facts, parse_members, parse_query, read_body, with_cube

from ..wire.bodies import check_type, read_bytes
from ..wire.links import option_parameters
from ..wire.options import Layout, Options
from ..wire.parameters import (
    OPTIONS,
    Values,
    Wishes,
    read_flag,
    read_options,
    read_single,
    read_values,
    refuse_parameters,
    split_options,
)

Q = TypeVar("Q", QueryRequest, MembersRequest, FactsRequest)
CubeName = Annotated[str, Path(description="The cube's name.", examples=["sales"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[Q]):
    """A question over HTTP.

    Attributes:
        question: The question.
        options: How to answer.
        path: The path of the address, unescaped.
        repeated: The options that the address of the next page repeats.
        known: The tags of the answers that the client has.
    """

    question: Q
    options: Options
    path: str
    repeated: dict[str, str]
    known: frozenset[str]


def _by_get(
    parse: Callable[..., Q], options: tuple[str, ...], *, suffix: str = ""
) -> Callable[[CubeName, Request], Awaitable[Asked[Q]]]:
    """Make a reader of addresses; `suffix` is the format that a route without one answers in."""

    async def read(cube: CubeName, request: Request) -> Asked[Q]:
        chosen, values = split_options(read_values(request.scope["query_string"]), options)
        asked = read_options(chosen, _wishes(request, options, Layout.RECORDS, suffix))
        return _asked(request, chosen, asked, parse(cube, values, others=options))

    return read


def _by_post(shape: type[Q], options: tuple[str, ...]) -> Callable[[CubeName, Request], Awaitable[Asked[Q]]]:
    async def read(cube: CubeName, request: Request) -> Asked[Q]:
        values = read_values(request.scope["query_string"])
        refuse_parameters(values, options)
        layout = Layout.CELLSET if "layout" in options else Layout.RECORDS
        asked = read_options(values, _wishes(request, options, layout))
        check_type(request.headers.get("content-type", ""))
        body = await read_bytes(request.stream())
        return _asked(request, values, asked, with_cube(read_body(shape, body), cube))

    return read


def _wishes(request: Request, options: tuple[str, ...], layout: Layout, suffix: str = "") -> Wishes:
    """Read the headers; a route that has one format gives it to everybody."""
    return Wishes(
        suffix=request.path_params.get("suffix", suffix),
        accept=request.headers.get("accept", "") if "format" in options else "",
        languages=request.headers.get("accept-language", ""),
        layout=layout,
    )


def _asked(request: Request, chosen: Values, options: Options, question: Q) -> Asked[Q]:
    repeated = option_parameters(options, suffix=request.path_params.get("suffix", ""), language_asked="lang" in chosen)
    return Asked(
        question=question,
        options=options,
        path=request.scope["path"],
        repeated=repeated,
        known=tags_known(request),
    )


def tags_known(request: Request) -> frozenset[str]:
    """Read If-None-Match; a cache on the way may have dropped that our tags are weak ones."""
    header = request.headers.get("if-none-match", "")
    return frozenset(f"W/{tag.strip().removeprefix('W/')}" for tag in header.split(","))


def _parse_cell(cube: str, values: Values, others: tuple[str, ...]) -> QueryRequest:
    """Read a question for one number: a query with one measure and no axes."""
    refuse_parameters(values, CELL_PARAMETERS)
    question = parse_query(cube, {_QUERY_NAMES.get(name, name): given for name, given in values.items()}, others=others)
    if len(question.measures) > 1:
        issue = Issue("measure", f"A cell has one measure, not {len(question.measures)}.", "Ask for one cell each.")
        raise QueryError("The address has a mistake.", issues=[issue])
    return question


CELL_PARAMETERS = ("measure", "cut", "as_of", "scd")
CONNECTION_PARAMETERS = ("layout", "headers", "lang")
"""The options of a file that connects a spreadsheet to an address: those that change the columns."""

_QUERY_NAMES = {"measure": "measures"}
_WITHOUT_LAYOUT = tuple(name for name in OPTIONS if name != "layout")

query_by_get = _by_get(parse_query, OPTIONS)
query_by_post = _by_post(QueryRequest, OPTIONS)
facts_by_get = _by_get(parse_facts, _WITHOUT_LAYOUT)
facts_by_post = _by_post(FactsRequest, _WITHOUT_LAYOUT)
members_by_get = _by_get(parse_members, _WITHOUT_LAYOUT)
connection_by_get = _by_get(parse_query, CONNECTION_PARAMETERS, suffix="csv")
cell_by_get = _by_get(_parse_cell, ())
explain_by_get = _by_get(parse_query, ())
explain_by_post = _by_post(QueryRequest, ())


def flag_asked(request: Request, name: str) -> bool:
    """Read the one parameter of a route that is true or false."""
    values = read_values(request.scope["query_string"])
    refuse_parameters(values, (name,))
    return read_flag(name, read_single(name, values.get(name, ["false"])))


def text_asked(request: Request, name: str) -> str | None:
    """Read the one parameter of a route; None if it is not given."""
    values = read_values(request.scope["query_string"])
    refuse_parameters(values, (name,))
    return read_single(name, values[name]) if name in values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list.

    Attributes:
        limit: How many of it.
        offset: How many are left out first.
        filters: What narrows the list, by the name of its parameter.
    """

    limit: int
    offset: int
    filters: Mapping[str, str]


def page_asked(request: Request, *, most: int, filters: tuple[str, ...] = ()) -> Page:
    """Read limit and offset of a route that has no other parameter but filters; the limit is 50 if not given."""
    values = read_values(request.scope["query_string"])
    refuse_parameters(values, ("limit", "offset", *filters))
    found = {name: read_single(name, given) for name, given in values.items()}
    return Page(
        limit=_number("limit", found.pop("limit", "50"), most),
        offset=_number("offset", found.pop("offset", "0"), 10**9),
        filters=found,
    )


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= most):
        issue = Issue(name, f"{text!r} is no number from 0 to {most:,}.")
        raise QueryError("The address has a mistake.", issues=[issue])
    return int(text)


def language_asked(request: Request) -> str:
    """Read the language of a route that has no other option."""
    values = read_values(request.scope["query_string"])
    refuse_parameters(values, ("lang",))
    wishes = Wishes(languages=request.headers.get("accept-language", ""))
    return read_options(values, wishes).language
