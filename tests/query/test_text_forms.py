"""The short forms, case by case."""

from __future__ import annotations

import pytest

from cube_server.errors import Issue, QueryError
from cube_server.query.request import CutRequest, MemberDoc, RangeRequest, UnknownKey
from cube_server.query.text import InvalidRequestError, parse_facts, parse_members, parse_query


def cuts(*values: str) -> list[CutRequest]:
    return parse_query("sales", {"cut": values}).cut


def members(text: str) -> list[MemberDoc]:
    (cut,) = cuts(f"d.l:{text}")
    return cut.members


def issue(**parameters: str | list[str]) -> Issue:
    """Read parameters that have exactly one mistake."""
    values = {name: [value] if isinstance(value, str) else value for name, value in parameters.items()}
    with pytest.raises(QueryError) as caught:
        parse_query("sales", values)
    (found,) = caught.value.issues
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GROCERY", ["GROCERY"]),
        ("GROCERY,MEAT", ["GROCERY", "MEAT"]),
        ("GROCERY|MEAT", ["GROCERY", "MEAT"]),
        (" GROCERY , MEAT ", ["GROCERY", "MEAT"]),
        ("CANDY - PACKAGED", ["CANDY - PACKAGED"]),
        ('GROCERY/"CANDY - PACKAGED"', [["GROCERY", "CANDY - PACKAGED"]]),
        ("2017/Q3", [["2017", "Q3"]]),
        ("Night (0-5)", ["Night (0-5)"]),
        ("12:30", ["12:30"]),
        ("null", [None]),
        ('"null"', ["null"]),
        ("NULL", ["NULL"]),
        ("unknown()", [UnknownKey(unknown=True)]),
        ('"unknown()"', ["unknown()"]),
        ('""', [""]),
        ('"say ""hi"""', ['say "hi"']),
        ('"a,b|c;d/e:f..g"', ["a,b|c;d/e:f..g"]),
        ('" a "', [" a "]),
        ("a.b", ["a.b"]),
        ('"!a"', ["!a"]),
        ("a!", ["a!"]),
        ("null/unknown()/x", [[None, UnknownKey(unknown=True), "x"]]),
        ("식료품", ["식료품"]),
    ],
)
def test_members(text: str, expected: list[MemberDoc]) -> None:
    assert members(text) == expected


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("a..b", "a", "b"),
        ("a..", "a", None),
        ("..b", None, "b"),
        ("..", None, None),
        ("2017/Q1 .. 2017/Q3", ["2017", "Q1"], ["2017", "Q3"]),
        ("2017-01-01..2017-01-31", "2017-01-01", "2017-01-31"),
        ("1.5..2.5", "1.5", "2.5"),
        ('"a.."..b', "a..", "b"),
        ("null..b", [None], "b"),
        ("a..null", "a", [None]),
    ],
)
def test_ranges(text: str, first: MemberDoc, last: MemberDoc) -> None:
    (cut,) = cuts(f"d.l:{text}")
    assert cut.ranges == [RangeRequest(first=first, last=last)]
    assert cut.members == []


def test_a_cut_names_members_and_ranges_and_excludes_all_of_them() -> None:
    (cut,) = cuts("~product.category:!BEEF,a..c,PORK")
    assert cut == CutRequest(
        level="product.category",
        alone=True,
        exclude=True,
        members=["BEEF", "PORK"],
        ranges=[RangeRequest(first="a", last="c")],
    )


@pytest.mark.parametrize("values", [["a.b:x;c.d:y"], ["a.b:x", "c.d:y"], [" a.b : x ; c.d : y "]])
def test_several_cuts(values: list[str]) -> None:
    assert cuts(*values) == [CutRequest(level="a.b", members=["x"]), CutRequest(level="c.d", members=["y"])]


def test_levels_orders_and_conditions_go_to_their_axis_items() -> None:
    request = parse_query(
        "sales",
        {
            "rows": ["product.department,~product.category"],
            "columns": ["time.weekly.week"],
            "order": ["product.department:-sales,baskets,time.weekly.week:member"],
            "having": ["sales>1000", "product.department:sales > 5 and lines < 2"],
            "subtotals": ["product.department"],
            "within": ["axis"],
        },
    )
    department, category = request.axes.rows
    (week,) = request.axes.columns
    assert (department.level, department.alone, department.subtotals) == ("product.department", False, True)
    assert department.order is not None
    assert (department.order.by, department.order.desc, department.order.within) == ("sales", True, "parent")
    assert department.having == "sales > 5 and lines < 2"
    assert (category.level, category.alone, category.having) == ("product.category", True, "sales>1000")
    assert category.order is not None
    assert (category.order.by, category.order.desc, category.order.within) == ("baskets", False, "axis")
    assert week.order is not None
    assert (week.order.by, week.having, week.subtotals) == ("member", None, False)


def test_the_other_parameters() -> None:
    request = parse_query(
        "sales",
        {
            "measures": ["sales|baskets", "lines"],
            "totals": ["rows,columns"],
            "nonempty": ["false"],
            "limit": ["10"],
            "offset": ["20"],
            "as_of": ["000003"],
            "scd": ["then"],
        },
    )
    assert request.measures == ["sales", "baskets", "lines"]
    assert request.totals == ["rows", "columns"]
    assert (request.nonempty, request.limit, request.offset, request.as_of) == (False, 10, 20, "000003")
    assert request.scd == "then"


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("false", False), ("", False)])
def test_totals_of_all_axes_or_none(text: str, expected: bool) -> None:
    assert parse_query("sales", {"totals": [text]}).totals is expected


def test_blank_lists_are_empty() -> None:
    assert parse_query("sales", {"rows": [""], "cut": [" "], "measures": [""]}) == parse_query("sales", {})


def test_members_parameters() -> None:
    request = parse_members("sales", {"level": ["time.month"], "parent": ["2017/Q3"], "search": ["1, 2"]})
    assert (request.level, request.parent, request.search) == ("time.month", ["2017", "Q3"], "1, 2")
    assert parse_members("sales", {"level": ["a.b"], "parent": ["null"]}).parent == [None]
    assert parse_members("sales", {"level": ["a.b"]}).parent is None


def test_facts_parameters() -> None:
    request = parse_facts("sales", {"columns": ["quantity,time.day"], "limit": ["all"]})
    assert (request.columns, request.limit) == (["quantity", "time.day"], None)
    assert parse_facts("sales", {}).limit == 1000


@pytest.mark.parametrize(
    ("parameters", "place", "message"),
    [
        ({"cut": "product.department"}, "cut, character 19", "A ':' and members must follow"),
        ({"cut": "d.l:"}, "cut, character 5", "A key is missing."),
        ({"cut": "d.l:a,,b"}, "cut, character 7", "A key is missing."),
        ({"cut": 'd.l:"a'}, "cut, character 5", "The quote is not closed."),
        ({"cut": 'd.l:a"b'}, "cut, character 6", "Expected"),
        ({"cut": "d.l:a,!b"}, "cut, character 7", "'!' excludes a whole cut"),
        ({"cut": ["a.b:x", "c.d"]}, "cut (value 2), character 4", "A ':' and members"),
        ({"cut": "a..b"}, "cut, character 5", "A ':' and members"),
        ({"cut": "a.b:x..y..z"}, "cut, character 9", "Expected"),
        ({"rows": "a.b,,c.d"}, "rows, character 5", "A name is missing."),
        ({"rows": "a.b;c.d"}, "rows, character 4", "Expected ',' or '|' here, not ';'."),
        ({"rows": "a.b", "order": "a.c:sales"}, "order, character 1", "The level 'a.c' stands on no axis."),
        ({"rows": "a.b", "order": "x,-y"}, "order, character 3", "The level 'a.b' has a second order."),
        ({"order": "sales"}, "order, character 1", "There is no level on rows."),
        ({"rows": "a.b", "having": "a.b:"}, "having, character 5", "A condition is missing."),
        ({"rows": "a.b", "within": "row"}, "within", "'row' is neither parent nor axis."),
        ({"totals": "both"}, "totals", "'both' is no axis."),
        ({"nonempty": "yes"}, "nonempty", "'yes' is neither true nor false."),
        ({"limit": "-1"}, "limit", "'-1' is no whole number from 0 to 1,000,000,000."),
        ({"limit": "1e3"}, "limit", "'1e3' is no whole number"),
        ({"offset": ""}, "offset", "'' is no whole number"),
        ({"limit": ["1", "2"]}, "limit", "The parameter 'limit' is given 2 times."),
        ({"row": "a.b"}, "row", "There is no parameter 'row'."),
    ],
)
def test_mistakes_name_parameter_and_character(
    parameters: dict[str, str | list[str]], place: str, message: str
) -> None:
    found = issue(**parameters)
    assert found.place == place
    assert found.message.startswith(message)


def test_hints_name_what_would_be_right() -> None:
    assert issue(row="a.b").hint == "Did you mean 'rows'?"
    assert issue(rows="product.category", order="product.categry:x").hint == "Did you mean 'product.category'?"


def test_all_mistakes_at_once() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("sales", {"cut": ["x"], "limit": ["y"], "nope": [""]})
    assert [issue.place for issue in caught.value.issues] == ["nope", "cut, character 2", "limit"]


def test_q_holds_the_whole_request_and_stands_alone() -> None:
    assert parse_query("sales", {"q": ['{"measures": ["sales"]}']}).measures == ["sales"]
    with pytest.raises(InvalidRequestError, match="not with rows"):
        parse_query("sales", {"q": ["{}"], "rows": ["a.b"]})
    with pytest.raises(InvalidRequestError, match="names the cube 'sales', the request 'contacts'"):
        parse_query("sales", {"q": ['{"cube": "contacts"}']})


@pytest.mark.parametrize(
    ("body", "place", "hint"),
    [
        ('{"axes": {"rows": [{"levle": "a.b"}]}}', "/axes/rows/0/levle", "Did you mean 'level'?"),
        ('{"mesures": []}', "/mesures", "Did you mean 'measures'?"),
        ('{"cut": [{"level": "a.b", "ranges": [{"form": 1}]}]}', "/cut/0/ranges/0/form", "Did you mean 'from'?"),
        ('{"cut": [{"level": "a.b", "member": [1]}]}', "/cut/0/member", "Did you mean 'members'?"),
        ('{"cut": [{"level": "a.b", "members": [{"unknown": false}]}]}', "/cut/0/members/0", "A member is"),
        ('{"limit": -1}', "/limit", ""),
        ('{"cut": [{}]}', "/cut/0/level", ""),
    ],
)
def test_mistakes_in_json_have_pointers(body: str, place: str, hint: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_query("sales", {"q": [body]})
    places = {issue.place: issue.hint for issue in caught.value.issues}
    assert place in places
    assert places[place].startswith(hint)


@pytest.mark.parametrize("body", ["", "{", "[]", "NaN", '"x"', "[" * 10_000, '{"as_of": "\\ud800"}'])
def test_what_is_no_json_object_is_refused(body: str) -> None:
    with pytest.raises(InvalidRequestError):
        parse_query("sales", {"q": [body]})
