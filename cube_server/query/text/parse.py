"""From the parameters of a GET address to a request."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from cube_server.model.dimensions import SCD
from cube_server.query.request import FactsRequest, MemberDoc, MembersRequest, QueryRequest
from cube_server.query.text.axes import read_axes
from cube_server.query.text.body import InvalidRequestError, read_body
from cube_server.query.text.elements import read_cut, read_level, read_member
from cube_server.query.text.parameters import Parameters, Values
from cube_server.query.text.scan import SEPARATORS, Scanner

Request = TypeVar("Request", QueryRequest, MembersRequest, FactsRequest)

_PAGE = ("limit", "offset", "as_of", "scd", "q")
_AXES = ("rows", "columns", "order", "within", "having", "totals", "subtotals", "nonempty")

QUERY_PARAMETERS = ("measures", "cut", *_AXES, *_PAGE)
MEMBERS_PARAMETERS = ("level", "parent", "search", "cut", *_PAGE)
FACTS_PARAMETERS = ("cut", "columns", *_PAGE)


def parse_query(cube: str, values: Values, *, others: Collection[str] = ()) -> QueryRequest:
    """Read a query.

    Args:
        cube: The cube asked.
        values: The values of every parameter, in the order given.
        others: Parameters that the caller reads itself, and has taken out; messages name them too.

    Raises:
        QueryError: The parameters do not follow the grammar; the error lists every mistake.

    >>> parse_query("sales", {"rows": ["product.department"], "order": ["-sales"]}).axes.rows[0].order
    OrderRequest(by='sales', desc=True, within='parent')
    """
    if "q" in values:
        return _parse_json(QueryRequest, cube, values)
    given = Parameters(values, QUERY_PARAMETERS, others)
    request = QueryRequest(
        cube=cube,
        measures=given.read("measures", Scanner.name, *SEPARATORS),
        cut=given.read("cut", read_cut, ";"),
        axes=read_axes(given),
        nonempty=given.flag("nonempty", default=True),
        totals=given.totals(),
        limit=given.number("limit", None),
        offset=given.number("offset", 0) or 0,
        as_of=given.one("as_of"),
        scd=given.choice("scd", SCD),
    )
    given.finish()
    return request


def parse_members(cube: str, values: Values, *, others: Collection[str] = ()) -> MembersRequest:
    """Read a question for members; arguments and errors as for `parse_query`."""
    if "q" in values:
        return _parse_json(MembersRequest, cube, values)
    given = Parameters(values, MEMBERS_PARAMETERS, others)
    level = given.whole("level", read_level)
    if level is None and "level" not in values:
        given.blame("level", "The level is missing.", "Name it: level=product.department.")
    request = MembersRequest(
        cube=cube,
        level=level.level if level else "",
        alone=bool(level and level.alone),
        parent=given.whole("parent", read_member),
        search=given.one("search") or "",
        cut=given.read("cut", read_cut, ";"),
        limit=given.number("limit", 200, all_allowed=False) or 0,
        offset=given.number("offset", 0) or 0,
        as_of=given.one("as_of"),
        scd=given.choice("scd", SCD),
    )
    given.finish()
    return request


def parse_facts(cube: str, values: Values, *, others: Collection[str] = ()) -> FactsRequest:
    """Read a question for facts; arguments and errors as for `parse_query`."""
    if "q" in values:
        return _parse_json(FactsRequest, cube, values)
    given = Parameters(values, FACTS_PARAMETERS, others)
    request = FactsRequest(
        cube=cube,
        cut=given.read("cut", read_cut, ";"),
        columns=given.read("columns", Scanner.name, *SEPARATORS),
        limit=given.number("limit", 1000),
        offset=given.number("offset", 0) or 0,
        as_of=given.one("as_of"),
        scd=given.choice("scd", SCD),
    )
    given.finish()
    return request


def read_members(given: Parameters, name: str) -> list[MemberDoc]:
    """Read a parameter that is a list of members, as in a cut; the mistakes are noted in `given`.

    >>> read_members(Parameters({"year": ["2016,2017/Q1"]}, ["year"]), "year")
    [['2016'], ['2017', 'Q1']]
    """
    members = given.read(name, read_member, *SEPARATORS)
    return [member if isinstance(member, list) else [member] for member in members]


def _parse_json(shape: type[Request], cube: str, values: Values) -> Request:
    """Read the parameter `q`: the body of a POST."""
    beside = sorted(set(values) - {"q"})
    if beside or len(values["q"]) != 1:
        raise InvalidRequestError(
            f"The parameter q stands alone, not with {', '.join(beside) or 'another q'}.",
            hint="Put everything into the JSON of q, or use the short forms.",
        )
    return with_cube(read_body(shape, values["q"][0]), cube)


def with_cube(request: Request, cube: str) -> Request:
    """Give a request the cube that the address names; InvalidRequestError if it names another itself."""
    if request.cube not in ("", cube):
        raise InvalidRequestError(
            f"The address names the cube {cube!r}, the request {request.cube!r}.",
            hint="Leave `cube` out of the request.",
        )
    return request.model_copy(update={"cube": cube})
