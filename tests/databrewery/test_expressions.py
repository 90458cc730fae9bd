from __future__ import annotations

import re

import pytest

from cube_server.formulas.tree import Name, Node
from cube_server.formulas.write import write
from cube_server.types import Kind
from loaders.databrewery.expressions import Untranslatable, parse_expression, translated

KINDS = {"a": Kind.INT, "b": Kind.INT, "x": Kind.FLOAT, "s": Kind.TEXT, "item.price": Kind.INT}


def operand(name: Name) -> tuple[Node, Kind]:
    """Give a name as it is."""
    return name, KINDS[name.name]


@pytest.mark.parametrize(
    ("text", "dialect", "expected", "kind"),
    [
        ("a * 2", "sqlite", "a * 2", Kind.INT),
        ("a / b", "sqlite", "div(a, b)", Kind.INT),
        ("a / b", "postgresql", "div(a, b)", Kind.INT),
        ("a / b", "mysql", "a / b", Kind.FLOAT),
        ("a / x", "sqlite", "a / x", Kind.FLOAT),
        ("a / b / x", "sqlite", "div(a, b) / x", Kind.FLOAT),
        ("(a + b) / 2 * x", "sqlite", "div(a + b, 2) * x", Kind.FLOAT),
        ("a % 3 == 1", "sqlite", "mod(a, 3) = 1", Kind.BOOL),
        ("2 ^ a", "sqlite", "power(2, a)", Kind.FLOAT),
        ("-a + +b", "sqlite", "-a + b", Kind.INT),
        ("not (a <> b or s = 'x')", "sqlite", 'not (a != b or s = "x")', Kind.BOOL),
        ("pow(a, 2) + log(x)", "sqlite", "power(a, 2) + log10(x)", Kind.FLOAT),
        ("log(x)", "mysql", "ln(x)", Kind.FLOAT),
        ("remainder(a, b)", "sqlite", "mod(a, b)", Kind.INT),
        ("UPPER(s)", "sqlite", "upper(s)", Kind.TEXT),
        ("item.price * 2", "sqlite", "item.price * 2", Kind.INT),
    ],
)
def test_what_an_expression_means(text: str, dialect: str, expected: str, kind: Kind) -> None:
    node, found = translated(parse_expression(text), dialect, operand)
    assert (write(node), found) == (expected, kind)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a +", "cannot be read at character 4"),
        ("a $ b", "cannot be read at character 3: a ►$ b"),
        ("lpad(s, 3)", "'lpad' has no equal"),
        ("uper(s)", "Did you mean 'upper'"),
        ("a + s", "+ takes int or float or decimal, not text"),
    ],
)
def test_what_has_no_equal(text: str, message: str) -> None:
    with pytest.raises(Untranslatable, match=re.escape(message)):
        translated(parse_expression(text), "sqlite", operand)
