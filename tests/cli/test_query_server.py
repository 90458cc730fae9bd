"""`cube-server query --server`: the same answers as from the warehouse."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from .conftest import Run
from .serving import Server, serving

ASKED = ("sales", "--rows", "product.department", "--measures", "amount,lines", "--totals", "rows")


@pytest.fixture(scope="module")
def server(toy_paths: tuple[Path, Path]) -> Iterator[Server]:
    model, warehouse = toy_paths
    with serving("serve", "--model", model, "--warehouse", warehouse, "--port", "0") as running:
        yield running


@pytest.mark.parametrize("format", ["csv", "json"])
def test_data_is_byte_for_byte_that_of_the_warehouse(ask: Run, run: Run, server: Server, format: str) -> None:
    here = ask("query", *ASKED, "--format", format)
    there = run("query", *ASKED, "--format", format, "--server", server.url)
    assert (there.exit_code, there.stdout) == (0, here.stdout)


@pytest.mark.parametrize("format", ["arrow", "parquet"])
def test_frames_are_the_same(ask: Run, run: Run, server: Server, format: str, tmp_path: Path) -> None:
    found = []
    for name, command in (("here", ask), ("there", run)):
        file = tmp_path / name
        options = ("--server", server.url) if name == "there" else ()
        assert command("query", *ASKED, "--format", format, "--output", file, *options).exit_code == 0
        read = pl.read_parquet if format == "parquet" else pl.read_ipc_stream
        found.append(read(io.BytesIO(file.read_bytes())))
    assert found[0].equals(found[1])
    assert found[0]["amount"].to_list() == [65.94, 47.5, 20.94, 2.5, -5]


def test_tables_show_the_same(ask: Run, run: Run, server: Server) -> None:
    options = ("query", *ASKED, "--columns", "time.year")
    here, there = ask(*options).stdout, run(*options, "--server", server.url).stdout
    assert here.rpartition("·")[0] == there.rpartition("·")[0]


def test_members_are_named_below_those_that_are_not_shown(run: Run, server: Server) -> None:
    found = run("query", "sales", "--rows", "product.category", "--limit", "1", "--server", server.url).stdout
    assert "Food / " in found
    assert "1 of " in found
    assert "more: --limit all shows them" in found


def test_what_the_server_says_is_said(run: Run, server: Server) -> None:
    found = run("query", "sales", "--measures", "amout", "--server", server.url)
    assert found.exit_code == 4
    assert "error[invalid_query]: The query has 1 mistake." in found.stderr
    assert "Did you mean 'amount'" in found.stderr


def test_a_server_that_is_not_there(run: Run) -> None:
    found = run("query", "sales", "--server", "http://127.0.0.1:1")
    assert "No answer from http://127.0.0.1:1" in found.stderr
    assert found.exit_code == 6


@pytest.mark.parametrize("language", ["en", "ko"])
def test_others_and_totals_of_the_shown_are_told_as_from_the_warehouse(
    ask: Run, run: Run, server: Server, language: str
) -> None:
    asked = """{"measures": ["amount", "lines"], "totals": ["all", "shown"], "axes": {
        "rows": [{"level": "product.department", "top": {"n": 1, "by": "amount", "others": true}}],
        "columns": ["time.year"]}}"""
    options = ("query", "sales", "--q", asked, "--lang", language)
    here, there = ask(*options).stdout, run(*options, "--server", server.url).stdout
    assert here.rpartition("·")[0] == there.rpartition("·")[0]
    assert ("(others)" if language == "en" else "(그 외)") in there
