"""The program as a whole: help, version, what it imports."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from api.settings import program_version

from .conftest import ROOT, Run, environment, process

COMMANDS = (
    "demo",
    "infer",
    "load",
    "serve",
    "query",
    "explain",
    "validate",
    "loads",
    "import-cubes",
    "snapshots",
    "keys",
    "reports",
    "rollups",
)
HEAVY = ("polars", "pyarrow", "numpy", "sqlalchemy", "pydantic", "fastapi", "uvicorn", "api", "loaders")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Examples" in result.stdout
    assert f"  cube-server {command} " in result.stdout


def test_help_names_the_commands_in_the_order_of_their_use(run: Run) -> None:
    shown = run("--help").stdout
    places = [shown.index(f"│ {command} ") for command in COMMANDS]
    assert places == sorted(places)


def test_help_on_a_terminal_has_colours() -> None:
    shown = process("query", "--help", env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    assert "\x1b[1;36m-measures" in shown


def test_help_waits_for_no_heavy_import() -> None:
    code = f"import sys, cube_server.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, env=environment(), check=True).stdout
    assert shown.strip() == "[]"


@pytest.mark.skipif(program_version() == "0+unknown", reason="run from sources that are not installed")
def test_version_is_the_projects(run: Run) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert run("--version").stdout == f"cube-server {project['version']}\n"


def test_an_option_that_does_not_exist_is_told_on_stderr() -> None:
    ended = process("query", "sales", "--measure", "sales")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "--measures" in ended.stderr


def test_an_answer_is_shown_in_any_encoding(toy_paths: tuple[Path, Path]) -> None:
    model, warehouse = toy_paths
    where = ("--model", model, "--warehouse", warehouse)
    ended = process(
        "query",
        "sales",
        "--totals",
        "rows",
        "--rows",
        "time.year",
        "--lang",
        "ko",
        *where,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert ended.returncode == 0
    assert "65.94" in ended.stdout
    assert ascii("합계").strip("'") in ended.stdout
