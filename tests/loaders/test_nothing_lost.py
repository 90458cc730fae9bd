"""Whatever is broken in a CSV file: each row is loaded, rejected, filtered, or left out for another of its key."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cube_server.model.read import parse_model
from cube_server.warehouse.rejects import read_rejects
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load

from .test_transformations import account, document

_RULES = [
    {"name": "type", "threshold": "100%"},
    {"name": "fields", "threshold": "100%"},
    {"name": "key", "threshold": "100%"},
    {"name": "unique", "threshold": "100%"},
    {"name": "small", "condition": "price < 5", "threshold": "100%"},
    {"name": "known", "column": "item", "in": "item", "threshold": "100%"},
]
_COLUMNS = {
    "line": "int",
    "id": {"type": "int", "trim": True, "decimal": "."},
    "item": {"type": "text", "trim": True, "case": "lower"},
    "price": "decimal(2)",
}
Row = tuple[str, str, str, tuple[str, ...]]
_ROWS: st.SearchStrategy[list[Row]] = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", " 4 ", "5.0", "", "x", "1.5"]),
        st.sampled_from(["a", " B", "z", "", "skip", "a\nb", 'q"']),
        st.sampled_from(["1", "2.5", "9", "1.234", "-", ""]),
        st.sampled_from([(), (), (), ("one field more",)]),
    ),
    max_size=25,
)


@pytest.mark.parametrize("deduplicates", [False, True])
@settings(max_examples=25, deadline=None)
@given(rows=_ROWS, size=st.integers(1, 9))
def test_every_row_is_accounted_for(deduplicates: bool, rows: list[Row], size: int) -> None:
    sale = {"key": ["id"], "columns": _COLUMNS, "rules": _RULES, "where": 'not one_of(coalesce(item, ""), "skip")'}
    if deduplicates:
        sale["duplicates"] = {"keep": "last", "by": ["price"]}
    text = io.StringIO()
    lines = ((n, *row, *more) for n, (*row, more) in enumerate(rows))
    csv.writer(text).writerows([("line", "id", "item", "price"), *lines])
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        for limit in ("loaders.reading.ROWS_PER_RUN", "loaders.spool.ROWS_IN_MEMORY"):
            patch.setattr(limit, size)
        folder = Path(name)
        (folder / "sale.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
        (folder / "item.csv").write_text("id\na\nb\n", encoding="utf-8")
        report = load(parse_model(json.dumps(document(sale))), str(folder), folder / "warehouse")
        kept = account(report)
        stored = Warehouse(folder / "warehouse").latest().table("sale").read(["line"])["line"].to_list()
        rejected = {row - 1 for row in read_rejects(folder / "warehouse", report.snapshot)["row"]}
    skipped = {number for number, (_, item, _, more) in enumerate(rows) if item == "skip" and not more}
    assert kept.read == len(rows)
    assert kept.read == kept.loaded + kept.rejected + kept.deduplicated + sum(kept.filtered.values())
    assert (len(stored), len(rejected), kept.filtered.get("where", 0)) == (kept.loaded, kept.rejected, len(skipped))
    assert rejected.isdisjoint(stored)
    assert skipped.isdisjoint(stored)
    assert len({*stored, *rejected, *skipped}) + kept.deduplicated == len(rows)
    wrong = {n for n, row in enumerate(rows) if n not in skipped and _is_wrong(*row)}
    assert wrong <= rejected
    (told,) = (table for table in report.tables if table.name == "sale")
    assert (told.rows_read, told.rows_loaded, told.rows_filtered) == (len(rows), len(stored), len(skipped))
    assert told.is_balanced
    assert deduplicates or {*stored, *rejected, *skipped} == set(range(len(rows)))


def _is_wrong(id: str, item: str, price: str, more: tuple[str, ...]) -> bool:
    return bool(more) or id in ("", "x", "1.5") or item not in ("a", " B", "") or price in ("9", "1.234", "-")
