"""What a user sees of a mistake, and of a fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from cube_server.cli.failures import error_text, reported
from cube_server.errors import Issue, QueryError

from .conftest import Run, process


def test_a_mistake_is_told_with_its_hint_and_a_line_an_issue() -> None:
    issues = [Issue("/axes/rows/0", "No level 'x'.", "Valid: y."), Issue("", "Nothing is asked.")]
    error = QueryError("The query has 2 mistakes.", hint="Look it up.", issues=issues)
    assert error_text(error).plain.splitlines() == [
        "error[invalid_query]: The query has 2 mistakes.",
        "hint: Look it up.",
        "  /axes/rows/0: No level 'x'. Valid: y.",
        "  /: Nothing is asked.",
    ]


def test_every_mistake_of_a_query_is_told_at_once_and_stdout_stays_clean(ask: Run) -> None:
    result = ask("query", "sales", "--rows", "product.categry,[bold]", "--measures", "amont")
    assert result.exit_code == 4
    assert result.stdout == ""
    assert "'product.categry'" in result.stderr
    assert "'[bold]'" in result.stderr
    assert "Cube 'sales' has no measure 'amont'. Did you mean 'amount'" in result.stderr


def test_mistakes_stand_on_one_line_each_without_a_terminal(tmp_path: Path) -> None:
    model = tmp_path / "cubes.json"
    model.write_text('{"format": 1, "name": "x", "tabels": {}, "dimensions": {}, "cubes": {}}')
    ended = process("validate", model)
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert "\x1b" not in ended.stderr
    head, *issues = ended.stderr.splitlines()
    assert head.startswith(f"error[invalid_model]: {model} has ")
    assert any(line.startswith("  /tabels: Unknown field 'tabels'. Did you mean 'tables'") for line in issues)
    assert all(line.startswith("  /") for line in issues)


def test_no_color_wins_over_a_forced_terminal(tmp_path: Path) -> None:
    arguments = ("validate", tmp_path / "none.json")
    coloured = process(*arguments, env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stderr
    plain = process(*arguments, env={"FORCE_COLOR": "1", "TERM": "xterm-256color", "NO_COLOR": "1"}).stderr
    assert "\x1b[1;31merror" in coloured
    assert not re.search(r"\x1b\[[\d;]*3\d", plain)


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_is_told_by_an_id_whose_trace_is_kept(debug: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, reported(debug=debug):
        raise ZeroDivisionError("of ours")
    assert ended.value.exit_code == 1
    shown = capsys.readouterr().err
    id = re.search(r"error\[internal_error\]: .* Its id is (\w+)\.", shown)
    trace = re.search(r"The trace is in (\S+);", shown)
    assert id is not None
    assert trace is not None
    file = Path(trace[1])
    assert id[1] in file.name
    assert "ZeroDivisionError: of ours" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert ("Traceback" in shown) is debug
    file.unlink()


def test_ctrl_c_is_left_to_whoever_runs_the_program() -> None:
    with pytest.raises(KeyboardInterrupt), reported(debug=False):
        raise KeyboardInterrupt
