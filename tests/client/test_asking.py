"""Questions and answers. Expected numbers are those that tests/toy/README.md adds up by hand."""

from __future__ import annotations

import polars as pl
import pytest

from cube_server_client import Client, Cube, CubeServerError, InvalidQueryError, LimitError
from cube_server_client.errors import error_of


def test_one_number(sales: Cube) -> None:
    assert sales.query("amount").run().value == 65.94


def test_a_question_is_built_step_by_step_and_never_changed(sales: Cube) -> None:
    begun = sales.query(sales.measures.amount).rows(sales.dimensions.product.levels.department)
    sorted_ = begun.order("-amount").limit(1)
    assert begun.body == {"measures": ["amount"], "axes": {"rows": ["product.department"]}}
    answer = sorted_.run()
    assert (len(answer), answer.total, answer.is_page) == (1, 4, True)
    assert answer.records() == [{"product.department": "Food", "amount": 47.5}]


def test_totals_null_and_unknown_members(sales: Cube) -> None:
    answer = sales.query("amount").rows("product.department").totals(["rows"]).run()
    assert [members[0] and str(members[0]) for members in answer.rows] == [None, "Food", "Home", "(unknown)", "null"]
    assert [row[0] for row in answer["amount"]] == [65.94, 47.5, 20.94, 2.5, -5]


def test_cuts_by_keys_ranges_and_members_of_an_answer(sales: Cube) -> None:
    answer = sales.query("amount").rows("product.department").run()
    unknown = answer.rows[2][0]
    assert unknown is not None
    assert unknown.is_unknown
    assert sales.query("amount").cut("product.department", unknown).run().value == 2.5
    assert sales.query("amount").cut("product.department", None).run().value == -5
    assert sales.query("amount").cut("product.department", "Food", "Home").run().value == 68.44
    assert sales.query("amount").cut("product.department", "Food", exclude=True).run().value == 18.44
    one = sales.query("lines").between("time.day", "2023-01-01", "2023-12-31").run().value
    assert one == sales.query("lines").cut("time.year", 2023).run().value == 3


def test_measures_sets_and_attributes_of_the_question(sales: Cube) -> None:
    share = sales.query("amount").rows("product.department").define("share", "amount / (amount, product.all)").run()
    assert share["share"][0][0] == pytest.approx(47.5 / 65.94)
    buyers = (
        sales.query("amount").define_set("spenders", "customer.customer", "amount > 10").rows("customer.spenders").run()
    )
    assert {record["customer.spenders"] for record in buyers.records()} >= {"true", "false"}
    thirds = sales.query("amount").define_attribute("third", "customer.customer", "ntile(-amount, 3)")
    assert {"1", "2", "3"} <= {str(members[0]) for members in thirds.rows("customer.third").run().rows}


def test_next_questions(sales: Cube) -> None:
    answer = sales.query("amount").rows("product.department").run()
    drilled = answer.drill_down("product.department", "Food")
    assert drilled.levels("rows") == ["product.department", "product.category"]
    assert sum(row[0] or 0 for row in drilled.run()["amount"]) == pytest.approx(47.5)
    assert drilled.run().roll_up("product.category").body == answer.query.cut("product.department", "Food").body
    assert answer.roll_up("product.department").run().value == 65.94
    assert answer.slice("product.department", "Food").run().value == 47.5
    assert answer.pivot().levels("columns") == ["product.department"]
    deeper = sales.query("amount").rows("product.category").run()
    assert deeper.roll_up("product.category").levels("rows") == ["product.department"]
    with pytest.raises(ValueError, match=r"no level below product\.product"):
        sales.query("amount").rows("product.product").run().drill_down("product.product")


def test_pages_are_all_of_one_snapshot_and_make_the_whole(sales: Cube) -> None:
    question = sales.query("amount").rows("product.product").order("-amount")
    pages = list(question.pages(2))
    assert [row for page in pages for row in page.rows] == list(question.run().rows)
    assert {page.snapshot for page in pages} == {"000001"}


def test_arrow_polars_pandas_and_files(sales: Cube) -> None:
    question = sales.query("amount", "lines").rows("product.department").limit(1)
    frame = question.polars()
    assert frame.select("product.department", "amount", "lines").rows() == [("Food", 47.5, 9)]
    assert frame.schema["lines"] == pl.Int64
    assert question.arrow().to_pylist() == frame.to_dicts()
    assert question.pandas()["amount"].tolist() == [47.5]
    assert question.file("csv", delimiter=";").startswith(b"product.department;")


def test_facts_behind_a_question_and_what_it_means(sales: Cube) -> None:
    question = sales.query("amount").rows("product.department").cut("product.department", "Food")
    page = question.facts("amount", limit=None)
    assert (page.total, round(sum(row["amount"] or 0 for row in page.rows), 2)) == (9, 47.5)
    assert "product.department" in question.explain()


def test_errors_carry_what_the_server_says(sales: Cube) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        sales.query("amout").rows("product.departmen").run()
    error = caught.value
    assert (error.status, error.code, len(error.issues)) == (400, "invalid_query", 2)
    assert error.issues[0]["place"] == "/measures/0"
    assert "Did you mean 'amount'" in str(error)
    assert isinstance(error, CubeServerError)
    assert type(error_of(422, {"detail": "Too large.", "hint": "Page."})) is LimitError


def test_a_table_in_a_notebook(sales: Cube) -> None:
    answer = sales.query("amount").rows("product.department").columns("time.year").totals(["rows"]).run()
    table = answer._repr_html_()
    assert table.count("<tr>") == 1 + 1 + 5
    assert ">Food</th>" in table
    assert "<i>Total</i>" in table
    assert "5 of 5 rows · snapshot 000001" in table
    assert "<Answer amount: 5 of 5 rows" in repr(answer)


def test_names_in_tables_are_text(sales: Cube) -> None:
    asked = sales.query("amount").define("<b>", "amount")
    with pytest.raises(InvalidQueryError):
        asked.run()


def test_as_it_was_then(shop: Client) -> None:
    """Lines by area of tests/spec/cases/history.yaml; the facts behind are of the same reading."""
    question = shop.cube("moved").query("lines").cut("client.area", "North")
    assert (question.scd("then").run().value, question.scd("now").run().value, question.run().value) == (5, 7, 7)
    assert question.scd("then").run().meta["scd"]["client"] == "then"
    assert question.scd("then").facts().total == 5
