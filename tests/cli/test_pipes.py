"""What happens when whoever reads the output goes away."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .conftest import COMMAND, environment


@pytest.mark.parametrize("format", ["table", "csv"])
def test_a_closed_pipe_ends_quietly(toy_paths: tuple[Path, Path], format: str) -> None:
    model, warehouse = toy_paths
    arguments = ["query", "sales", "--rows", "product.product", "--format", format]
    where = ["--model", str(model), "--warehouse", str(warehouse)]
    with subprocess.Popen(
        [*COMMAND, *arguments, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.wait(timeout=60) == 141
        assert running.stderr.read() == b""
