from __future__ import annotations

import pytest

from cube_server.formulas.parse import FormulaError
from cube_server.formulas.rows import ROW_FUNCTIONS, read_row
from cube_server.formulas.tree import Binary, Call, Name, Number
from cube_server.types import Kind

COLUMNS = {
    "n": Kind.INT,
    "x": Kind.FLOAT,
    "d": Kind.DECIMAL,
    "s": Kind.TEXT,
    "b": Kind.BOOL,
    "day": Kind.DATE,
    "at": Kind.TIMESTAMP,
    "shop.name": Kind.TEXT,
    "Order ID": Kind.INT,
    "shop.Full name": Kind.TEXT,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n * 2", Kind.INT),
        ("n * x", Kind.FLOAT),
        ("n + d", Kind.FLOAT),
        ("n / 2", Kind.FLOAT),
        ("div(n, 2)", Kind.INT),
        ("-n", Kind.INT),
        ("shop.name", Kind.TEXT),
        ('column("Order ID")', Kind.INT),
        ('column("shop", "Full name")', Kind.TEXT),
        ("s = shop.name and not b", Kind.BOOL),
        ("n < 1.5", Kind.BOOL),
        ('extract("year", day)', Kind.INT),
        ('extract("hour", at)', Kind.INT),
        ("tuple(n, s)", Kind.TEXT),
        ("coalesce(n, 0)", Kind.INT),
        ("coalesce(n, x)", Kind.FLOAT),
        ('if(b, s, "none")', Kind.TEXT),
        ("is_null(day)", Kind.BOOL),
    ],
)
def test_what_a_formula_gives(text: str, expected: Kind) -> None:
    assert read_row(text, COLUMNS)[1] is expected


def test_every_way_to_write_a_column_is_a_name() -> None:
    assert read_row("shop.name", COLUMNS)[0] == Name("shop.name")
    assert read_row('column("Order ID") + 1', COLUMNS)[0] == Binary("+", Name("Order ID"), Number(1.0))
    assert read_row('lower(column("shop", "Full name"))', COLUMNS)[0] == Call("lower", (Name("shop.Full name"),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m + 1", "No column 'm'"),
        ("lowr(s)", "No function 'lowr'. Did you mean 'lower'"),
        ("lower(n)", "lower takes text, not int"),
        ("n + s", "+ takes int or float or decimal, not text"),
        ("not n", "not takes bool, not int"),
        ("s = n", "text and int cannot be compared"),
        ("left(s)", "left is written left(text, n)"),
        ('extract("century", day)', "extract takes one of year, quarter"),
        ('extract("year", s)', "extract takes date or timestamp, not text"),
        ("column(n)", 'A column is written column("name")'),
        ("n +", "The formula ends too early"),
        ("(n, time.year)", "Here stands what only formulas of measures may have"),
    ],
)
def test_a_mistake_points_at_its_place(text: str, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        read_row(text, COLUMNS)
    assert message in str(caught.value)


def test_every_function_is_written_as_it_says() -> None:
    for name, function in ROW_FUNCTIONS.items():
        assert function.usage.startswith(f"{name}(")
        assert 1 <= function.least <= function.most
