"""Names, functions and types of formulas; every mistake of a formula is found."""

from __future__ import annotations

import pytest

from cube_server.formulas.check import FormulaType, check, numbers, type_of
from cube_server.formulas.parse import parse

TYPES = numbers(("sales", "baskets", "quantity"))


def mistakes(text: str, *, condition: bool = False) -> list[str]:
    wanted = FormulaType.CONDITION if condition else FormulaType.NUMBER
    return sorted(str(mistake) for mistake in check(parse(text), text, TYPES, (wanted,)))


@pytest.mark.parametrize(
    "text",
    [
        "sales / baskets",
        "coalesce(sales, 0)",
        "round(sales / 3)",
        "round(sales, 2)",
        "abs(-sales)",
        "if(sales > 0, sales, 0)",
        "if(not sales > 0 or baskets = 1, 1, 0)",
        "if(if(sales > 0, baskets > 0, baskets < 0), 1, 0)",
    ],
)
def test_a_number(text: str) -> None:
    assert mistakes(text) == []
    assert type_of(parse(text), TYPES) is FormulaType.NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "sales > 1",
        "sales > 1 and baskets < 2",
        "not sales = 1",
        "if(sales > 0, baskets > 0, baskets < 0)",
        "coalesce(sales > 0, baskets > 0)",
        "round(sales) = 1",
    ],
)
def test_a_condition(text: str) -> None:
    assert mistakes(text, condition=True) == []
    assert type_of(parse(text), TYPES) is FormulaType.CONDITION


@pytest.mark.parametrize(
    ("text", "condition", "expected"),
    [
        ("sale / baskets", False, ["No measure 'sale'. Did you mean 'sales'? at character 1: ►sale / baskets"]),
        ("sales > 1", False, ["Here stands a condition where a number is needed at character 7"]),
        ("sales", True, ["Here stands a number where a condition is needed at character 1"]),
        ("sales and baskets > 1", True, ["Here stands a number where a condition is needed at character 1"]),
        ("(sales > 1) + 1", False, ["Here stands a condition where a number is needed at character 8"]),
        ("not sales", True, ["Here stands a number where a condition is needed at character 5"]),
        ("sales > (baskets > 1)", True, ["Here stands a condition where a number is needed at character 18"]),
        ("if(sales, 1, 0)", False, ["Here stands a number where a condition is needed at character 4"]),
        ("if(sales > 1, 1, 2 > 1)", False, ["Here stands a condition where a number is needed at character 20"]),
        ("coalesce(sales, 1 > 2)", False, ["Here stands a condition where a number is needed at character 19"]),
        ("abs(sales > 1)", False, ["Here stands a condition where a number is needed at character 11"]),
        ('"text"', False, ["Here stands a text where a number is needed at character 1"]),
        ('sales + "1"', False, ["Here stands a text where a number is needed at character 9"]),
        ("abs()", False, ["abs is written abs(x); this has 0 arguments at character 1"]),
        ("round(1, 2, 3)", False, ["round is written round(x, digits); this has 3 arguments at character 1"]),
        ("if(sales > 1, 1)", False, ["if is written if(condition, x, y); this has 2 arguments at character 1"]),
        ("coalesec(sales, 1)", False, ["No function 'coalesec'. Did you mean 'coalesce'? at character 1"]),
        ("exec(sales)", False, ["No function 'exec'. Valid: abs, coalesce, div, if, round, "]),
    ],
)
def test_a_mistake(text: str, condition: bool, expected: list[str]) -> None:
    found = mistakes(text, condition=condition)
    assert len(found) == len(expected)
    for mistake, start in zip(found, expected, strict=True):
        assert mistake.startswith(start)


def test_every_mistake_at_once() -> None:
    found = mistakes("sale / (baskts + 1) + if(quantity, 1, 0) + abs(1, 2)")
    assert [found_one.split(" at character")[0] for found_one in found] == [
        "Here stands a number where a condition is needed",
        "No measure 'baskts'. Did you mean 'baskets'?",
        "No measure 'sale'. Did you mean 'sales'?",
        "abs is written abs(x); this has 2 arguments",
    ]
