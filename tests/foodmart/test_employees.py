"""FoodMart's employees, a tree by supervisor, against SQL over its closure table: every employee below each one."""

from __future__ import annotations

import duckdb
import pytest

from cube_server.engine import Engine
from cube_server.query.request import FactsRequest, MembersRequest
from tests.comparison import assert_same_rows
from tests.foodmart.asking import ask

MEASURES = ["paid", "payments", "employees"]
LEVELS = [f"employee.employee_{depth}" for depth in range(1, 9)]
SUMS = "sum(salary_paid), count(*), count(distinct s.employee_id)"


@pytest.fixture(scope="module")
def pay(published: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The oracle with each employee's depth, the president's being 1, and how many report to them."""
    published.sql("""
        create or replace temp view standing as
        select employee_id, full_name, e.supervisor_id, count(*) as depth,
          (select count(*) from employee below where below.supervisor_id = e.employee_id) as reports
        from employee e join employee_closure c using (employee_id) group by all""")
    return published


def members(engine: Engine, **body: object) -> list[tuple[object, ...]]:
    """List members: key, caption and how many children."""
    page = engine.members(MembersRequest.model_validate({"cube": "pay", "limit": 5_000, **body}))
    last = f"key_{len(page.ref.levels) - 1}"
    assert page.total == page.frame.height
    return page.frame.select(last, "caption", "children").rows()


def test_everybody_with_all_below(foodmart: Engine, pay: duckdb.DuckDBPyConnection) -> None:
    """A supervisor's pay is that of all below, and their own; what is their own stands beside their reports."""
    for depth, level in enumerate(LEVELS, 1):
        found = ask(foodmart, "pay", [level], MEASURES, axes={"rows": [level]})
        expected = pay.sql(f"""
            select m.employee_id, {SUMS} from standing m join employee_closure c on c.supervisor_id = m.employee_id
            join salary s on s.employee_id = c.employee_id where m.depth = {depth} group by all
            union all
            select m.employee_id, {SUMS} from standing m join salary s using (employee_id)
            where m.depth = {depth} - 1 and m.reports > 0 group by all""").fetchall()
        assert_same_rows(sorted(found), sorted(expected))


def test_the_levels_are_seven_deep(foodmart: Engine) -> None:
    """Nobody stands at the eighth level that the model allows."""
    assert ask(foodmart, "pay", [], ["paid"], axes={"rows": LEVELS[-1:]}, nonempty=True) == []


def test_parents_come_before_their_children(foodmart: Engine, pay: duckdb.DuckDBPyConnection) -> None:
    """One question gives the tree in pre-order; children, with what is a supervisor's own, add up to their parent."""
    rows = [*({"level": level, "subtotals": True} for level in LEVELS[:2]), LEVELS[2]]
    found = ask(foodmart, "pay", [*LEVELS[:3], "employee.depth"], ["paid"], axes={"rows": rows})
    expected = pay.sql("""
        with own as (select employee_id, sum(salary_paid) as paid from salary group by all),
          below as (select supervisor_id as id, sum(paid) as paid from employee_closure join own using (employee_id)
                    group by all),
          tree as (
            select 1 as top, null as second, null as third, 1 as depth, paid from below where id = 1
            union all select 1, employee_id, null, 2, paid from standing join below on id = employee_id where depth = 2
            union all select 1, 1, null, 2, paid from own where employee_id = 1
            union all select 1, supervisor_id, employee_id, 3, paid from standing join below on id = employee_id
              where depth = 3
            union all select 1, employee_id, employee_id, 3, paid from standing join own using (employee_id)
              where depth = 2 and reports > 0)
        from tree
        order by top, second nulls first, third is not null, third is distinct from second, third""").fetchall()
    assert_same_rows(found, expected)
    for second in {row[1] for row in found if row[3] == 3}:
        (whole,) = (row[4] for row in found if row[1] == second and row[3] == 2)
        assert sum(row[4] for row in found if row[1] == second and row[3] == 3) == pytest.approx(whole)


def test_everybody_alone(foodmart: Engine, pay: duckdb.DuckDBPyConnection) -> None:
    """The level of the employees themselves knows nothing of the tree."""
    keys = ["employee.employee", "employee.employee.caption"]
    found = ask(foodmart, "pay", keys, MEASURES, axes={"rows": keys[:1]})
    expected = pay.sql(f"""
        select employee_id, full_name, {SUMS} from salary s join employee using (employee_id) group by all
        order by 1""").fetchall()
    assert_same_rows(found, expected)


def test_departments_of_one_subtree(foodmart: Engine, pay: duckdb.DuckDBPyConnection) -> None:
    """A cut to a supervisor is a cut to all below; by the name of the path or by the key alone."""
    expected = pay.sql(f"""
        select department_id, {SUMS} from employee_closure c join salary s using (employee_id)
        where c.supervisor_id = 7 group by all order by 1""").fetchall()
    (depth, path) = pay.sql("""
        select count(*), list(c.supervisor_id order by distance desc) from employee_closure c
        where employee_id = 7""").fetchall()[0]
    for member in (path, 7):
        cut = [{"level": LEVELS[depth - 1], "members": [member]}]
        found = ask(
            foodmart, "pay", ["department.department"], MEASURES, axes={"rows": ["department.department"]}, cut=cut
        )  # fmt: skip
        assert_same_rows(found, expected)
    page = foodmart.facts(FactsRequest.model_validate({"cube": "pay", "cut": cut, "limit": 1}))
    assert page.total == sum(row[2] for row in expected)


def test_the_share_of_the_supervisor(foodmart: Engine, pay: duckdb.DuckDBPyConnection) -> None:
    found = ask(
        foodmart, "pay", [LEVELS[3]], ["share"],
        **{"with": {"measures": {"share": {"formula": "share(paid, employee.parent)"}}}}, axes={"rows": [LEVELS[3]]},
    )  # fmt: skip
    expected = pay.sql("""
        with below as (select c.supervisor_id as id, sum(salary_paid) as paid from employee_closure c
                       join salary using (employee_id) group by all),
          own as (select employee_id as id, sum(salary_paid) as paid from salary group by all)
        select m.employee_id, mine.paid / above.paid from standing m join below mine on mine.id = m.employee_id
        join below above on above.id = m.supervisor_id where depth = 4
        union all
        select m.employee_id, mine.paid / above.paid from standing m join own mine on mine.id = m.employee_id
        join below above on above.id = m.employee_id where depth = 3 and reports > 0""").fetchall()
    assert_same_rows(sorted(found), sorted(expected))


def test_with_and_without_reports(foodmart: Engine, pay: duckdb.DuckDBPyConnection) -> None:
    measures = {"own": {"formula": "(paid, employee.own)"}, "reports": {"formula": "paid - own"}}
    found = ask(
        foodmart, "pay", [LEVELS[2]], ["paid", *measures],
        **{"with": {"measures": measures}}, axes={"rows": [LEVELS[2]]}, cut=[{"level": LEVELS[1], "members": [2]}],
    )  # fmt: skip
    expected = pay.sql("""
        select m.employee_id, sum(salary_paid), sum(salary_paid) filter (s.employee_id = m.employee_id) as own,
          sum(salary_paid) - own
        from standing m join employee_closure c on c.supervisor_id = m.employee_id
        join salary s on s.employee_id = c.employee_id where m.supervisor_id = 2 group by all
        union all select 2, sum(salary_paid), sum(salary_paid), 0 from salary where employee_id = 2
        order by all""").fetchall()
    assert_same_rows(found, expected)


def test_members_and_their_children(foodmart: Engine, pay: duckdb.DuckDBPyConnection) -> None:
    """Who has reports has one child more: the data member. Who has none has no children."""
    found = members(foodmart, level=LEVELS[1], parent=1)
    expected = pay.sql("""
        select employee_id, full_name, if(reports > 0, reports + 1, 0) from standing where depth = 2
        union all select 1, 'Sheri Nowmer', 0 order by 1""").fetchall()
    assert found == expected
    searched = members(foodmart, level=LEVELS[2], search="spence")
    in_sql = pay.sql("""
        select employee_id, full_name, if(depth = 3 and reports > 0, reports + 1, 0) from standing
        where (depth = 3 or depth = 2 and reports > 0) and full_name ilike '%spence%' order by 1""").fetchall()
    assert sorted(searched) == in_sql
    assert members(foodmart, level=LEVELS[7]) == []
