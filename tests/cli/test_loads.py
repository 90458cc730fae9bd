"""`cube-server loads`: the record of loads, of failed ones too, and never a password."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cube_server.warehouse.store import Warehouse
from tests.toy.star import FOLDER, MODEL

from .conftest import Run

SECRET = "hunter2-s3cret"


@pytest.fixture
def warehouse(run: Run, tmp_path: Path) -> Path:
    """Loaded once, then tried from a folder and a database that do not exist."""
    root = tmp_path / "warehouse"
    for source in (FOLDER, tmp_path / "nowhere", f"postgresql://me:{SECRET}@127.0.0.1:1/shop?sslpassword={SECRET}x"):
        run("load", "--model", MODEL, "--from", source, "--warehouse", root)
    return root


def test_loads_are_listed_the_newest_first(run: Run, warehouse: Path) -> None:
    lines = run("loads", "--warehouse", warehouse).stdout.splitlines()[2:]
    words = [line.split() for line in lines if line]
    assert [line[0] for line in words] == ["3", "2", "1"]
    assert words[2][3:5] == ["loaded", "000001"]
    assert words[1][3:5] == ["failed", "(invalid_source)"]
    assert run("loads", "--limit", "1", "--warehouse", warehouse).stdout.count("\n") < len(lines) + 2


def test_all_of_one_load_is_told(run: Run, warehouse: Path) -> None:
    told = run("loads", "1", "--warehouse", warehouse).stdout
    words = [line.split() for line in told.splitlines()]
    assert ["fact_sales", "full", "17", "17", "0", "0", "0", "0", "0", "0", "1"] in words
    assert any(line[:2] == ["read", "fact_sales"] for line in words)
    assert "error[invalid_source]: There is no folder" in run("loads", "2", "--warehouse", warehouse).stdout
    assert run("loads", "9", "--warehouse", warehouse).exit_code == 4


def test_json_has_all_of_it_and_no_password(run: Run, warehouse: Path) -> None:
    text = run("loads", "--json", "--warehouse", warehouse).stdout
    refused, missing, first = json.loads(text)
    assert (first["outcome"], first["snapshot"], first["source"]) == ("loaded", "000001", str(FOLDER))
    sales = next(table for table in first["tables"] if table["name"] == "fact_sales")
    assert len(sales["contents"][0]["sha256"]) == 64
    assert (missing["outcome"], missing["error_code"]) == ("failed", "invalid_source")
    assert refused["source"] == "postgresql://me:***@127.0.0.1:1/shop"
    assert SECRET not in text
    assert SECRET.encode() not in (warehouse / "metadata.sqlite").read_bytes()


def test_a_load_that_cannot_be_recorded_is_done_and_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    metadata = f"sqlite:///{tmp_path / 'folder'}"
    root = tmp_path / "warehouse"
    result = run("load", "--model", MODEL, "--from", FOLDER, "--warehouse", root, "--metadata", metadata)
    assert result.exit_code == 0
    assert "The load is done, but not recorded: Cannot write the metadata database" in result.stderr
    assert Warehouse(root).latest_id() == "000001"


def test_pieces_by_the_command_line(run: Run, warehouse: Path) -> None:
    load = ("load", "--model", MODEL, "--from", FOLDER, "--warehouse", warehouse)
    result = run(*load, "--mode", "fact_sales=append", "--mode", "dim_product=upsert")
    assert result.exit_code == 0
    assert "fact_sales.csv is skipped: loaded as snapshot 000001." in result.stdout
    assert "'today' is no period" in run(*load, "--replace", "today").stderr
    assert "'add' is no mode. Valid: full, append" in run(*load, "--mode", "add").stderr
    assert "no table 'sale' to load" in run(*load, "--mode", "sale=append").stderr


def test_nothing_recorded_is_told(run: Run, tmp_path: Path) -> None:
    assert "No load is recorded." in run("loads", "--warehouse", tmp_path).stderr
    assert run("loads", "--json", "--warehouse", tmp_path).stdout == "[]\n"
