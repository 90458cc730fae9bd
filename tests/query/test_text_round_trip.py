"""Law: what is written in the short forms reads back as the same request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cube_server.query.request import (
    AxesRequest,
    AxisItemRequest,
    CutRequest,
    FactsRequest,
    KeyDoc,
    MembersRequest,
    OrderRequest,
    QueryRequest,
    RangeRequest,
    TotalledDoc,
    TotalsRequest,
    UnknownKey,
)
from cube_server.query.text import (
    format_cut,
    format_facts,
    format_key,
    format_members,
    format_query,
    parse_facts,
    parse_members,
    parse_query,
)

SIGNS = ["|", ":", ";", ",", "/", '"', "!", ".", "..", " ", "~", "-", "null", "unknown()", "a", "\n", "&", "=", "%"]

texts = st.one_of(
    st.sampled_from(["", "null", "unknown()", "!x", "a..b", ".a", "a.", " a ", '"', "CANDY - PACKAGED", "35-49K"]),
    st.lists(st.sampled_from(SIGNS), max_size=6).map("".join),
    st.text(max_size=8),
)
keys: st.SearchStrategy[KeyDoc] = st.one_of(texts, st.none(), st.just(UnknownKey(unknown=True)))
paths = st.lists(keys, min_size=2, max_size=3)
members = keys | paths
ends = texts | st.just(UnknownKey(unknown=True)) | st.just([None]) | paths
names = texts.filter(lambda name: not name.startswith("~"))
ranges = st.builds(RangeRequest, first=st.none() | ends, last=st.none() | ends)
cuts = st.builds(
    CutRequest,
    level=names,
    alone=st.booleans(),
    members=st.lists(members, max_size=3),
    ranges=st.lists(ranges, max_size=2),
    exclude=st.booleans(),
)
formulas = st.sampled_from(
    ['(sales, time.quarter["2017", "Q3"])', "sales / baskets", "growth(sales)", "-sales", "(-sales)"]
)
totalled: st.SearchStrategy[TotalledDoc] = st.booleans() | st.sampled_from(["shown", ["all", "shown"], ["shown"], []])
orders = st.builds(OrderRequest, by=names | formulas, desc=st.booleans(), within=st.sampled_from(["parent", "axis"]))
axis_items = st.builds(
    AxisItemRequest,
    level=names,
    alone=st.booleans(),
    order=st.none() | orders,
    having=st.none() | st.just("sales > 1000") | texts,
    subtotals=totalled,
)
axes = st.builds(AxesRequest, rows=st.lists(axis_items, max_size=2), columns=st.lists(axis_items, max_size=2))
pages = {
    "offset": st.integers(0, 1_000_000),
    "as_of": st.none() | texts,
    "scd": st.sampled_from((None, "now", "then")),
    "cube": st.just("sales"),
}
counts = st.integers(0, 1_000_000_000)
queries = st.builds(
    QueryRequest,
    measures=st.lists(names, max_size=3),
    cut=st.lists(cuts, max_size=2),
    axes=axes,
    nonempty=st.booleans(),
    totals=totalled
    | st.lists(st.sampled_from(["rows", "columns"]), min_size=1, max_size=2)
    | st.builds(TotalsRequest, rows=totalled, columns=totalled),
    limit=st.none() | counts,
    **pages,
)


def values(parameters: dict[str, str]) -> dict[str, list[str]]:
    return {name: [text] for name, text in parameters.items()}


@given(keys)
def test_keys(key: KeyDoc) -> None:
    (cut,) = parse_query("sales", {"cut": [f"d.l:{format_key(key)}"]}).cut
    assert cut.members == [key]


@given(cuts.filter(lambda cut: cut.members or cut.ranges))
def test_cuts(cut: CutRequest) -> None:
    assert parse_query("sales", {"cut": [format_cut(cut)]}).cut == [cut]


@given(queries)
def test_queries(request: QueryRequest) -> None:
    assert parse_query("sales", values(format_query(request))) == request


@given(
    st.builds(
        MembersRequest,
        level=names,
        alone=st.booleans(),
        parent=st.none() | ends,
        search=texts,
        cut=st.lists(cuts, max_size=2),
        limit=counts,
        **pages,
    )
)
def test_members(request: MembersRequest) -> None:
    assert parse_members("sales", values(format_members(request))) == request


@given(
    st.builds(
        FactsRequest,
        cut=st.lists(cuts, max_size=2),
        columns=st.lists(names, max_size=3),
        limit=st.none() | counts,
        **pages,
    )
)
def test_facts(request: FactsRequest) -> None:
    assert parse_facts("sales", values(format_facts(request))) == request


def test_ordinary_questions_stay_readable() -> None:
    request = parse_query(
        "sales",
        {
            "measures": ["sales"],
            "rows": ["product.department,product.category"],
            "cut": ['time.quarter:2017/Q3;product.category:GROCERY/"A, B"'],
            "order": ["-sales"],
            "having": ["sales > 1000"],
            "limit": ["10"],
        },
    )
    assert format_query(request) == {
        "measures": "sales",
        "cut": 'time.quarter:2017/Q3;product.category:GROCERY/"A, B"',
        "rows": "product.department,product.category",
        "order": "product.category:-sales",
        "having": "product.category:sales > 1000",
        "limit": "10",
    }


def test_orders_by_formulas_and_totals_of_the_shown_stay_readable() -> None:
    parameters = {
        "rows": "product.department,product.category",
        "columns": "time.quarter",
        "order": 'product.department:-sales / baskets,product.category:-"(sales, time.quarter[2017, ""Q3""])"',
        "subtotals": "product.department,product.department:shown",
        "totals": "rows,rows:shown,columns:shown",
    }
    request = parse_query("sales", values(parameters))
    assert request.axes.rows[0].order == OrderRequest(by="sales / baskets", desc=True)
    assert request.axes.rows[1].order == OrderRequest(by='(sales, time.quarter[2017, "Q3"])', desc=True)
    assert request.axes.rows[0].subtotals == ["all", "shown"]
    assert request.totals == TotalsRequest(rows=["all", "shown"], columns="shown")
    assert format_query(request) == parameters


def test_totals_of_the_shown_on_both_axes() -> None:
    assert parse_query("sales", {"totals": ["shown"]}).totals == "shown"


def test_keys_of_other_types_are_written_as_their_type_reads_them() -> None:
    cut = CutRequest(level="time.quarter", members=[[2017, "Q3"], [True, 1.5]])
    assert format_cut(cut) == "time.quarter:2017/Q3,true/1.5"
