from __future__ import annotations

from pathlib import Path

from tests.toy.star import FOLDER, MODEL

from .conftest import Run, process


def test_the_report_counts_rows_and_keys_that_lead_nowhere(run: Run, tmp_path: Path) -> None:
    result = run("load", "--model", MODEL, "--from", FOLDER, "--warehouse", tmp_path / "warehouse")
    assert result.exit_code == 0
    words = [line.split() for line in result.stdout.splitlines()]
    assert ["fact_sales", "full", "17", "17", "0", "1"] in words
    # Products 98 and 99 have no row, one a line each; line 9 has no customer; lines 7 and 16 are not shipped.
    assert ["fact_sales.product_id", "product", "2", "2", "0"] in words
    assert ["fact_sales.customer_id", "customer", "0", "0", "1"] in words
    assert ["fact_sales.ship_key", "time", "0", "0", "2"] in words
    assert "Snapshot 000001 is loaded in " in result.stdout


def test_progress_without_a_terminal_is_plain_lines_on_stderr(tmp_path: Path) -> None:
    ended = process("load", "--model", MODEL, "--from", FOLDER, "--warehouse", tmp_path / "warehouse")
    assert ended.returncode == 0
    assert "read fact_sales: 17 rows (" in ended.stderr
    assert "\x1b" not in ended.stderr + ended.stdout
    assert "read fact_sales" not in ended.stdout


def test_a_source_that_is_missing_ends_with_5_and_leaves_no_snapshot(run: Run, tmp_path: Path) -> None:
    result = run("load", "--model", MODEL, "--from", tmp_path / "nowhere", "--warehouse", tmp_path / "warehouse")
    assert result.exit_code == 5
    assert result.stdout == ""
    assert "error[invalid_source]" in result.stderr
    assert not list(tmp_path.glob("warehouse/snapshots/*"))


def test_a_warehouse_that_is_missing_ends_with_6(run: Run, tmp_path: Path) -> None:
    result = run("query", "sales", "--model", MODEL, "--warehouse", tmp_path / "nowhere")
    assert result.exit_code == 6
    assert "cube-server load" in result.stderr
