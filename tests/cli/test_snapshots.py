"""`cube-server snapshots`: what there is, why it is kept, and retiring the rest."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cube_server.warehouse.store import Warehouse
from loaders.writing import open_writer
from tests.toy.star import FOLDER, MODEL, toy_warehouse

from .conftest import Run, process


@pytest.fixture(scope="module")
def thrice_loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("thrice")
    for _ in range(3):
        toy_warehouse(folder)
    return folder / "warehouse"


@pytest.fixture
def warehouse(thrice_loaded: Path, tmp_path: Path) -> Path:
    """A warehouse with three snapshots."""
    return Path(shutil.copytree(thrice_loaded, tmp_path / "warehouse"))


def test_they_are_listed_with_the_reason_and_retired(
    run: Run, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = run("snapshots", "list", "--warehouse", warehouse).stdout.split("\n")
    assert [line.split()[0] for line in listed[2:] if line] == ["000001", "000002", "000003"]
    assert "   all   " in listed[2]
    monkeypatch.setenv("CUBE_KEEP_NEWEST", "2")
    assert "   no: retire it   " in run("snapshots", "list", "--warehouse", warehouse).stdout
    told = run("snapshots", "retire", "--dry-run", "--warehouse", warehouse).stderr
    assert told.startswith("Would retire 000001; 2 kept.")
    assert len(Warehouse(warehouse).snapshots()) == 3
    assert run("snapshots", "retire", "--warehouse", warehouse).stderr.startswith("Retired 000001; 2 kept.")
    assert Warehouse(warehouse).snapshots() == ("000002", "000003")
    assert "Nothing to retire" in run("snapshots", "retire", "--warehouse", warehouse).stderr
    assert "Retired 000002; 1 kept" in run("snapshots", "retire", "--newest", "1", "--warehouse", warehouse).stderr


def test_a_load_retires_by_the_settings(run: Run, warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBE_KEEP_NEWEST", "1")
    result = run("load", "--model", MODEL, "--from", FOLDER, "--warehouse", warehouse)
    assert "Retired 000001, 000002, 000003; 1 kept." in result.stderr
    assert Warehouse(warehouse).snapshots() == ("000004",)


def test_without_a_policy_nothing_is_retired(run: Run, warehouse: Path) -> None:
    result = run("snapshots", "retire", "--warehouse", warehouse)
    assert result.exit_code == 2
    assert "CUBE_KEEP_NEWEST" in result.stderr


def test_a_second_load_waits_or_says_who_is_at_work(run: Run, warehouse: Path) -> None:
    load = ("load", "--model", MODEL, "--from", FOLDER, "--warehouse", warehouse)
    with open_writer(Warehouse(warehouse)):
        refused = run(*load, "--wait", "0.2")
        assert refused.exit_code == 6
        assert "after 0.2 s of waiting" in refused.stderr
    waiting = (
        "import fcntl, sys, time; held = open(sys.argv[1], 'a'); fcntl.flock(held, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", waiting, str(warehouse / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        threading.Timer(0.5, holder.communicate, [b"go\n"]).start()
        assert process(*load, "--wait", "30").returncode == 0
    assert len(Warehouse(warehouse).snapshots()) == 4
