"""Filling parameters in changes nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cube_server.reports.places import fill

members = st.lists(st.integers(0, 9) | st.sampled_from([{"parameter": "one"}, {"parameter": "other"}]), max_size=5)


@given(members, st.lists(st.integers(10, 19), max_size=3))
def test_members_stand_where_the_parameter_stood(given_members: list[Any], values: list[int]) -> None:
    query = {"cut": [{"level": "time.year", "members": given_members}], "limit": 5}
    filling = fill(query, {"one": values})
    (cut,) = filling.body["cut"]
    wanted = [each for member in given_members for each in (values if member == {"parameter": "one"} else [member])]
    assert cut["members"] == wanted
    assert filling.body["limit"] == 5
    assert query["cut"] == [{"level": "time.year", "members": given_members}]
    for at, member in enumerate(wanted):
        place = f"/cut/0/members/{at}"
        origin = int(filling.origin(place).rpartition("/")[2])
        from_one = given_members[origin] == {"parameter": "one"}
        assert from_one or given_members[origin] == member
        assert filling.parameter(f"{place}/0") == ("one" if from_one else None)


def test_what_has_no_shape_is_left_to_those_who_check_it() -> None:
    queries: list[dict[str, Any]] = [
        {},
        {"cut": 1},
        {"cut": [1, {"members": 2, "ranges": [3, {"from": 4}]}]},
        {"cut": [{"ranges": {}}]},
    ]
    for query in queries:
        assert fill(query, {"one": [1]}).body == query
