"""Codd's test of sparse cubes: empty cells take no memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.many_dimensions.sparse import COLUMNS_BYTES
from tests.sample import ROOT


def run(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "tests.many_dimensions.sparse", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="only Linux tells a process' memory here")
def test_a_cube_of_a_trillion_cells_takes_less_than_three_times_its_columns(tmp_path: Path) -> None:
    """What the process grows by until it has opened the cube and drilled by each dimension, working memory included.

    Wide tables come on top: answers of 63,504 cells take memory of their own, which the allocator keeps for the next.
    """
    run(tmp_path)
    held = json.loads(run(tmp_path, "ask"))["held"]
    assert 0 < held < 3 * COLUMNS_BYTES
