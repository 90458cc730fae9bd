"""Ways to run the program: in this process, and as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cube_server.cli import program

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "cube_server")

Run = Callable[..., Result]
"""Runs the program in this process with these arguments."""


def environment(**more: str) -> dict[str, str]:
    """What a subprocess gets: no settings, no colours but those asked for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CUBE_", "FORCE_", "NO_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **more}


def process(
    *arguments: str | Path, env: Mapping[str, str] | None = None, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own, without a terminal."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment(**(env or {})), timeout=seconds, check=False
    )


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CUBE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run() -> Run:
    """Run the program in this process."""

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(program, [*map(str, arguments)], prog_name="cube-server")

    return invoke


@pytest.fixture
def ask(run: Run, toy_paths: tuple[Path, Path]) -> Run:
    """Run a command on the toy star."""
    model, warehouse = toy_paths

    def invoke(*arguments: str | Path) -> Result:
        return run(*arguments, "--model", model, "--warehouse", warehouse)

    return invoke
