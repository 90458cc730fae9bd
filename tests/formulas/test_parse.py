"""The grammar of formulas: precedence, spelling, and errors that point at the character."""

from __future__ import annotations

import pytest

from cube_server.formulas.parse import FormulaError, parse
from cube_server.formulas.tree import (
    Binary,
    Call,
    Member,
    Moved,
    Name,
    Node,
    Number,
    Path,
    Step,
    Unary,
    names,
)

A, B, C, D = map(Name, "abcd")


def op(operator: str, left: Node, right: Node) -> Binary:
    return Binary(operator, left, right)


TREES = {
    "a": A,
    "12": Number(12.0),
    "0.5": Number(0.5),
    ".5": Number(0.5),
    "1e-3": Number(0.001),
    "2.": Number(2.0),
    "a + b * c": op("+", A, op("*", B, C)),
    "a * b + c": op("+", op("*", A, B), C),
    "(a + b) * c": op("*", op("+", A, B), C),
    "a - b - c": op("-", op("-", A, B), C),
    "a / b / c": op("/", op("/", A, B), C),
    "a / b * c": op("*", op("/", A, B), C),
    "-a * b": op("*", Unary("-", A), B),
    "a - -b": op("-", A, Unary("-", B)),
    "--a": Unary("-", Unary("-", A)),
    "a > b + 1": op(">", A, op("+", B, Number(1.0))),
    "a <> b": op("!=", A, B),
    "a != b": op("!=", A, B),
    "a >= b": op(">=", A, B),
    "a = b": op("=", A, B),
    "a > b and c > d": op("and", op(">", A, B), op(">", C, D)),
    "a > 1 or b > 1 and c > 1": op(
        "or", op(">", A, Number(1.0)), op("and", op(">", B, Number(1.0)), op(">", C, Number(1.0)))
    ),
    "not a > b": Unary("not", op(">", A, B)),
    "not a > b and c > d": op("and", Unary("not", op(">", A, B)), op(">", C, D)),
    "not (a > b and c > d)": Unary("not", op("and", op(">", A, B), op(">", C, D))),
    "a > b AND NOT c > d": op("and", op(">", A, B), Unary("not", op(">", C, D))),
    "coalesce(a, 0)": Call("coalesce", (A, Number(0.0))),
    "COALESCE(a, b, 0)": Call("coalesce", (A, B, Number(0.0))),
    "if(a > b, c, -d)": Call("if", (op(">", A, B), C, Unary("-", D))),
    "round(a / b, 2)": Call("round", (op("/", A, B), Number(2.0))),
    "abs()": Call("abs", ()),
    "  a\n+\tb ": op("+", A, B),
    "orders + android + nothing": op("+", op("+", Name("orders"), Name("android")), Name("nothing")),
    "_a1": Name("_a1"),
    "(a, product.all)": Moved(A, (Path("product.all"),)),
    "a / (a, product.all)": op("/", A, Moved(A, (Path("product.all"),))),
    "(a + b, time.lag(1), ~store.area)": Moved(op("+", A, B), (Step("time.lag", 1.0), Path("~store.area"))),
    "(a, time.lag(-12))": Moved(A, (Step("time.lag", -12.0),)),
    '(a, time.quarter["2017", "Q3"])': Moved(A, (Member("time.quarter", ("2017", "Q3")),)),
    "(a, time.year[2017])": Moved(A, (Member("time.year", (2017,)),)),
    "(a, customer.age[null])": Moved(A, (Member("customer.age", (None,)),)),
    '(a, goods.name["say ""so"""])': Moved(A, (Member("goods.name", ('say "so"',)),)),
    "previous(a, time.month)": Call("previous", (A, Path("time.month"))),
}


@pytest.mark.parametrize("text", TREES)
def test_tree(text: str) -> None:
    assert parse(text) == TREES[text]


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("", 0, "ends too early"),
        ("a +", 3, "ends too early"),
        ("(a", 2, "ends too early"),
        ("if(a > b, c", 11, "ends too early"),
        ("a b", 2, "Unexpected word"),
        ("a ) b", 2, "Unexpected"),
        ("a + * b", 4, "Unexpected"),
        ("a < b < c", 6, "Unexpected"),
        ("1 2", 2, "Unexpected"),
        ("a and", 5, "ends too early"),
        ("a.", 1, "Unexpected"),
        ("(a, b)", 4, "Unexpected"),
        ('t.m["2017"', 10, "ends too early"),
        ("(a, t.lag(b))", 10, "Unexpected"),
        ("a['x']", 1, "Unexpected"),
        ("a; b", 1, "Unexpected"),
        ("a ** b", 3, "Unexpected"),
        ("매출", 0, "Unexpected"),
        ("__import__('os')", 11, "Unexpected"),
        ("a == b", 3, "Unexpected"),
    ],
)
def test_error_points_at_the_character(text: str, at: int, message: str) -> None:
    with pytest.raises(FormulaError, match=message) as caught:
        parse(text)
    assert caught.value.at == at
    assert f"at character {at + 1}: {text[:at]}►{text[at:]}" in str(caught.value)


@pytest.mark.parametrize("text", ["a" * 4001, "(" * 1900 + "a" + ")" * 1900, "-" * 3900 + "a"])
def test_a_formula_may_not_exhaust_the_server(text: str) -> None:
    """Too long is refused; deep nesting is refused or read, but never crashes."""
    try:
        parse(text)
    except FormulaError as error:
        assert "formula" in str(error)  # noqa: PT017 - reading it is as good as refusing it


def test_two_spellings_are_one_formula() -> None:
    assert parse("a/b") == parse(" a  /  (b) ")
    assert hash(parse("a/b")) == hash(parse(" a  /  (b) "))
    assert parse("a/b") != parse("b/a")


def test_names_in_order_of_appearance() -> None:
    assert names(parse("if(b > a, coalesce(c, a), -d)")) == ("b", "a", "c", "d")
