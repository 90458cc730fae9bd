"""A load that is killed at each step of writing, in each mode, and a disk that is full: what was served still is."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cube_server.errors import WarehouseError
from cube_server.warehouse.store import Warehouse
from tests.loaders import days
from tests.loaders.test_commit import assert_complete
from tests.loaders.test_increments import rows

ROOT = Path(__file__).parents[2]

# Waits for orders, then forks: everything is imported once. The child kills itself before the Nth step that changes the
# disk, as the operating system sees it; without N it tells how many steps there are.
SERVER = """
import json, os, signal, sys
from pathlib import Path
from tests.loaders import days
from loaders.retiring import retire_snapshots
from cube_server.warehouse.retention import Retention
from cube_server.warehouse.store import Warehouse

STEPS = ("fsync", "replace", "link", "unlink", "mkdir", "rename", "utime")

def run(order):
    source, root, mode, last = order["source"], Path(order["warehouse"]), order["mode"], order["step"]
    count = 0
    def counted(function):
        def step(*arguments, **named):
            nonlocal count
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)
        return step
    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))
    if mode == "retire":
        retire_snapshots(Warehouse(root), Retention(newest=1))
    elif mode == "replace":
        days.replace(source, root)
    else:
        days.increment(source, root, mode)
    return count

for line in sys.stdin:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(run(json.loads(line))).encode())
        os._exit(0)
    os.close(write)
    status = os.waitpid(child, 0)[1]
    print(json.dumps([os.WIFSIGNALED(status), os.read(read, 100).decode()]), flush=True)
    os.close(read)
"""

AFTER = {
    "full": {1, 3},
    "append": {1, 2, 3},
    "upsert": {1, 2, 3},
    "replace": {2, 3},
    "retire": {1, 2},
}
"""The sales that are there when each is done; 1 and 2 were before."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two snapshots, and a source for each mode."""
    folder = tmp_path_factory.mktemp("killed")
    products = {1: "food"}
    first = days.write(folder / "first", sales=[(1, 1, "2024-01-05", 100)], products=products, days=days.DAYS)
    days.increment(first, folder / "warehouse", "full")
    days.increment(days.write(folder / "second", sales=[(2, 1, "2024-02-05", 200)]), folder / "warehouse")
    new: list[days.Sale] = [(3, 9, "2024-01-05", 400)]
    days.write(folder / "full", sales=[(1, 1, "2024-01-05", 101), *new], products=products, days=days.DAYS)
    days.write(folder / "append", sales=new, products={2: "goods"})
    days.write(folder / "upsert", sales=[(1, 1, "2024-01-05", 102), *new])
    days.write(folder / "replace", sales=new)
    return folder


@pytest.mark.parametrize("mode", AFTER)
def test_a_load_killed_at_each_step_leaves_the_old_snapshot_or_the_new(
    mode: str, prepared: Path, tmp_path: Path
) -> None:
    before = rows(prepared / "warehouse")
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "1"},
    ) as server:

        def ordered(step: int) -> tuple[bool, str]:
            assert server.stdin is not None
            assert server.stdout is not None
            shutil.rmtree(tmp_path / "warehouse", ignore_errors=True)
            shutil.copytree(prepared / "warehouse", tmp_path / "warehouse")
            order = {
                "source": str(prepared / mode),
                "warehouse": str(tmp_path / "warehouse"),
                "mode": mode,
                "step": step,
            }
            server.stdin.write(json.dumps(order) + "\n")
            server.stdin.flush()
            killed, told = json.loads(server.stdout.readline())
            return killed, told

        _, told = ordered(0)
        after = rows(tmp_path / "warehouse")
        assert set(after) == AFTER[mode]
        steps = int(told)
        assert steps > (2 if mode == "retire" else 10)
        for step in range(1, steps + 1):
            killed, _ = ordered(step)
            assert killed
            warehouse = Warehouse(tmp_path / "warehouse")
            assert rows(warehouse.root) in (before, after)
            for id in warehouse.snapshots():
                assert_complete(warehouse.root, warehouse.snapshot(id))
        # What the last one left is no hindrance.
        days.increment(str(prepared / "upsert"), tmp_path / "warehouse", "upsert", again=True)
        assert list((tmp_path / "warehouse" / "staging").iterdir()) == []


def test_a_full_disk_is_told_and_the_old_snapshot_is_served(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared / "warehouse", tmp_path / "warehouse")
    before = rows(tmp_path / "warehouse")
    many: list[days.Sale] = [(id, 1, days.DAYS[id % 91], id * 7919 % 100_003) for id in range(100, 60_000)]
    source = days.write(tmp_path / "many", sales=many)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with pytest.raises(WarehouseError, match=r"Cannot write to the warehouse .*: File too large"):
            days.increment(source, tmp_path / "warehouse")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handled)
    assert rows(tmp_path / "warehouse") == before
    assert list((tmp_path / "warehouse" / "staging").iterdir()) == []
    assert days.increment(source, tmp_path / "warehouse").rows["sale"] == 59_902
