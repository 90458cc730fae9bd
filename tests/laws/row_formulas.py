"""Random formulas over the columns of a row, of each type.

Functions that are only nearly alike in two libraries (exp, ln, sin ...) are left to `tests/sql/test_derivations.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from cube_server.types import Kind

INT, FLOAT, TEXT, BOOL, DATE, TIMESTAMP = Kind.INT, Kind.FLOAT, Kind.TEXT, Kind.BOOL, Kind.DATE, Kind.TIMESTAMP

_Template = tuple[str, *tuple[Kind, ...]]
"""A formula with a gap for each operand, and the operands' types."""

_NUMBERS: tuple[_Template, ...] = tuple(
    (f"extract({part!r}, {{}})".replace("'", '"'), kind)
    for kind, parts in (
        (DATE, ("year", "quarter", "month", "week", "day", "weekday")),
        (TIMESTAMP, ("month", "week", "hour", "minute", "second")),
    )
    for part in parts
)
_OWN: Mapping[Kind, tuple[_Template, ...]] = {
    INT: (
        ("({} + {})", INT, INT),
        ("({} - {})", INT, INT),
        ("({} * {})", INT, INT),
        ("-({})", INT),
        ("abs({})", INT),
        ("sign({})", FLOAT),
        ("div({}, {})", INT, INT),
        ("mod({}, {})", INT, INT),
        ("div({}, {})", FLOAT, INT),
        ("length({})", TEXT),
        ("position({}, {})", TEXT, TEXT),
        *_NUMBERS,
    ),
    FLOAT: (
        ("({} + {})", FLOAT, INT),
        ("({} - {})", FLOAT, FLOAT),
        ("({} * {})", FLOAT, INT),
        ("({} / {})", INT, INT),
        ("({} / {})", FLOAT, FLOAT),
        ("abs({})", FLOAT),
        ("round({}, 1)", FLOAT),
        ("round({})", FLOAT),
        ("trunc({})", FLOAT),
        ("floor({})", FLOAT),
        ("ceil({})", FLOAT),
        ("mod({}, {})", FLOAT, INT),
        ("sqrt({})", FLOAT),
        ("to_number(text({}))", INT),
    ),
    TEXT: (
        ("lower({})", TEXT),
        ("upper({})", TEXT),
        ("trim({})", TEXT),
        ("left({}, {})", TEXT, INT),
        ("right({}, {})", TEXT, INT),
        ("substr({}, {})", TEXT, INT),
        ("substr({}, {}, {})", TEXT, INT, INT),
        ("replace({}, {}, {})", TEXT, TEXT, TEXT),
        ("concat({}, {})", TEXT, TEXT),
        ("text({})", INT),
        ("text({})", DATE),
        ("text({})", BOOL),
        ("tuple({}, {})", TEXT, INT),
        ("tuple({}, {})", DATE, BOOL),
    ),
    BOOL: (
        *((f"({{}} {sign} {{}})", kind, kind) for sign in ("=", "!=") for kind in (INT, TEXT, BOOL, TIMESTAMP)),
        *((f"({{}} {sign} {{}})", kind, kind) for sign in ("<", ">=") for kind in (TEXT, DATE, TIMESTAMP)),
        ("({} > {})", FLOAT, INT),
        ("({} and {})", BOOL, BOOL),
        ("({} or {})", BOOL, BOOL),
        ("(not {})", BOOL),
        *(("is_null({})", kind) for kind in (INT, TEXT, BOOL, DATE, FLOAT)),
        ("one_of({}, {}, {})", INT, INT, INT),
        ("one_of({}, {}, {})", TEXT, TEXT, TEXT),
        ("starts_with({}, {})", TEXT, TEXT),
    ),
    DATE: (("date({})", TIMESTAMP), ("make_date(1990 + mod(abs({}), 50), {}, {})", INT, INT, INT)),
    TIMESTAMP: (),
}
_TEMPLATES: Mapping[Kind, tuple[_Template, ...]] = {
    kind: (*own, ("coalesce({}, {})", kind, kind), ("nullif({}, {})", kind, kind), ("if({}, {}, {})", BOOL, kind, kind))
    for kind, own in _OWN.items()
}
_LITERALS: Mapping[Kind, tuple[str, ...]] = {
    INT: ("0", "1", "2", "7", "-1"),
    FLOAT: ("0.5", "-2.25"),
    TEXT: ('"b"', '""', '"it\'s"', '"-"'),
    BOOL: ("(1 = 1)",),
    DATE: ("make_date(2024, 2, 29)",),
}


@st.composite
def formulas(draw: st.DrawFn, kind: Kind, columns: Mapping[str, Kind], depth: int = 3) -> str:
    """Draw a formula.

    Args:
        draw: Draws.
        kind: What it gives.
        columns: What it may name: at least one column of each type. Decimals are named where floats may stand.
        depth: How deep it may be.
    """
    kinds = {kind, Kind.DECIMAL} if kind is FLOAT else {kind}
    leaves = [name for name, other in columns.items() if other in kinds]
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from((*leaves, *leaves, *_LITERALS.get(kind, ()))))
    text, *operands = draw(st.sampled_from(_TEMPLATES[kind]))
    return text.format(*(draw(formulas(operand, columns, depth - 1)) for operand in operands))


@st.composite
def of_column(draw: st.DrawFn, type_: str, columns: Mapping[str, Kind]) -> str:
    """Draw a formula whose values a column of a type holds: such as `decimal(2)`."""
    if type_ == "decimal(2)":
        inner = draw(formulas(FLOAT, columns, 2))
        decimals = [name for name, kind in columns.items() if kind is Kind.DECIMAL]
        one, other = draw(st.sampled_from(decimals)), draw(st.sampled_from(decimals))
        count = draw(formulas(INT, columns, 1))
        return draw(st.sampled_from((f"round({inner}, 2)", f"{one} * {count}", f"{one} - coalesce({other}, 0.5)", one)))
    if type_ == "int" and draw(st.booleans()):
        return f"round({draw(formulas(FLOAT, columns, 2))})"
    return draw(formulas(Kind(type_), columns))
