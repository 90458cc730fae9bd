"""Facts go through a load run by run: the same rows come out whatever the runs are, and what spans runs is seen."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cube_server.errors import SourceError
from cube_server.warehouse.store import Warehouse
from loaders.origins import Origin, Part, Places, TypedTable
from loaders.pipeline import load
from loaders.repeats import KEPT, NUMBER, Repeats
from tests.loaders import shop


@pytest.fixture
def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run be two rows long, and set all but one of them aside in files."""
    monkeypatch.setattr("loaders.reading.ROWS_PER_RUN", 2)
    monkeypatch.setattr("loaders.spool.ROWS_IN_MEMORY", 2)
    monkeypatch.setattr("loaders.repeats.ROWS_AT_ONCE", 2)


@pytest.mark.usefixtures("short_runs")
def test_a_key_that_a_later_run_repeats(tmp_path: Path) -> None:
    tables = shop.frames()
    tables["sale"] = tables["sale"].with_columns(sale_id=pl.Series([1, 2, 3, 4, 1, 2]))
    with pytest.raises(SourceError) as caught:
        load(shop.model(), shop.write_csv(tables, tmp_path / "source"), tmp_path / "warehouse")
    told = str(caught.value)
    assert "2 mistakes." in told
    assert "sale.csv, row 5 (line 6): The key sale_id='1' is also that of sale.csv, row 1 (line 2)." in told
    assert "sale.csv, row 6 (line 7): The key sale_id='2' is also that of sale.csv, row 2 (line 3)." in told
    assert list((tmp_path / "warehouse" / "staging").iterdir()) == []
    assert list((tmp_path / "warehouse" / "data").glob("*/*")) == []


@pytest.mark.usefixtures("short_runs")
def test_keys_that_only_facts_have_are_numbered_run_by_run(tmp_path: Path) -> None:
    tables = shop.frames()
    tables["sale"] = tables["sale"].with_columns(product_id=pl.Series([99, 10, 10, 98, 98, 97]))
    report = load(shop.model(), shop.write_parquet(tables, tmp_path / "source"), tmp_path / "warehouse")
    snapshot = Warehouse(tmp_path / "warehouse").latest()
    numbered = {key: number for key, (number, _) in shop.statuses(snapshot, "product", "product_id").items()}
    assert numbered == {10: 0, 20: 1, 30: 2, 99: 3, 98: 4, 97: 5}
    sold = snapshot.table("sale").read(["sale_id", "product_id@product"])
    assert dict(sold.rows()) == {1: 3, 2: 0, 3: 0, 4: 4, 5: 4, 6: 5}
    count = next(link.count for link in report.links if link.dimension == "product")
    assert (count.unknown_keys, count.unknown_rows, count.null_rows) == (3, 4, 0)


KEYS = st.lists(st.tuples(st.integers(0, 5) | st.none(), st.sampled_from("ab")), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(KEYS, st.integers(1, 7))
@pytest.mark.usefixtures("short_runs")
def test_repeats_are_found_whatever_the_runs(tmp_path: Path, keys: list[tuple[int | None, str]], size: int) -> None:
    repeats = Repeats(["n", "t"], tmp_path)
    frame = pl.DataFrame(keys, schema={"n": pl.Int64, "t": pl.String}, orient="row")
    places = Places()
    for start in range(0, frame.height, size):
        part = frame.slice(start, size)
        numbers = places.numbers(Part(part, Origin(name="keys")))
        repeats.add(TypedTable(shop.model().tables[0], part, numbers, places))
    found = [row for each in repeats.found() for row in each.select(NUMBER, KEPT).rows()]
    repeats.clear()
    expected = [(row, keys.index(key)) for row, key in enumerate(keys) if key in keys[:row]]
    assert sorted(found) == expected
    assert list(tmp_path.iterdir()) == []
