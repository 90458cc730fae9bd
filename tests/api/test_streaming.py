"""Long answers are written in memory that does not grow with them, and begin before they are made."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import polars as pl
import pytest

from api.formats.arrow import write_arrow
from api.formats.csv import write_csv
from api.formats.json import write_cells, write_records
from api.formats.table import cells_table
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.query.request import QueryRequest
from cube_server.result.cellset import CellSet
from tests.toy.star import toy_warehouse

ROWS = 400_000
MOST = 16
"""The mebibytes that writing may take, whatever is written; the flat table of ROWS is larger."""


@pytest.mark.parametrize("kind", ["csv", "arrow", "records", "cells"])
def test_memory_does_not_grow_with_the_answer(kind: str, tmp_path: Path) -> None:
    """In a process of its own, whose memory at its most is that of this answer."""
    command = [sys.executable, "-m", "tests.api.test_streaming", kind, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    grown, written, table = (int(part) / (1 << 20) for part in told)
    assert grown < MOST < min(written, table)


def test_the_first_bytes_come_before_the_rest_is_made(tmp_path: Path) -> None:
    chunks = write_csv(cells_table(_long(tmp_path), Budget(Limits())))
    made = time.perf_counter()
    next(chunks)
    first = time.perf_counter()
    for _ in chunks:
        pass
    assert first - made < time.perf_counter() - first


def _long(folder: Path) -> CellSet:
    """Make a cell set of ROWS row tuples, as if the toy had so many."""
    engine = Engine.open(*toy_warehouse(folder))
    rows = [{"level": "product.product"}, {"level": "customer.customer"}]
    request = QueryRequest.model_validate({"cube": "sales", "measures": ["lines"], "axes": {"rows": rows}})
    cells = engine.query(request)
    at = pl.int_range(ROWS, eager=True) % len(cells.rows)
    found = pl.DataFrame({"row": pl.int_range(ROWS, dtype=pl.UInt32, eager=True)}).with_columns(
        column=pl.lit(0, pl.UInt32), lines=pl.int_range(ROWS)
    )
    axis = replace(cells.rows, tuples=cells.rows.tuples[at], over=cells.rows.over[at], total=ROWS)
    return replace(cells, rows=axis, cells=found)


def _chunks(kind: str, cells: CellSet) -> Iterator[bytes]:
    table = cells_table(cells, Budget(Limits()))
    match kind:
        case "csv":
            return write_csv(table)
        case "arrow":
            return write_arrow(table)
        case "records":
            return write_records(table.records())
        case _:
            return write_cells(cells, "en", {"meta": {}}, offset=0)


def _measure(kind: str, folder: Path) -> None:
    """Write how much memory grew at its most, how much was written, and how large the table is, all in bytes."""
    cells = _long(folder)
    axis = replace(cells.rows, tuples=cells.rows.tuples[:100], over=cells.rows.over[:100], total=100)
    # What is loaded and begun at the first use is no part of an answer.
    list(_chunks(kind, replace(cells, rows=axis, cells=cells.cells[:100])))
    before = getrusage(RUSAGE_SELF).ru_maxrss
    written = sum(map(len, _chunks(kind, cells)))
    grown = (getrusage(RUSAGE_SELF).ru_maxrss - before) << 10
    table = cells_table(cells, Budget(Limits())).whole().estimated_size()
    sys.stdout.write(f"{grown} {written} {int(table)}\n")


if __name__ == "__main__":
    _measure(sys.argv[1], Path(sys.argv[2]))
