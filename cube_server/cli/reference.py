"""The help texts in docs/cli.md. As a program it writes them there, or with --check compares them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path

PATH = Path("docs/cli.md")

_BLOCK = re.compile(r"(?<=^```text\n)\$ (cube-server[^\n]*--help)\n.*?(?=^```$)", re.MULTILINE | re.DOTALL)
_PLAIN = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
_SHOW = "--show"
_COLOURING = ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH")


def written(document: str) -> str:
    """Give the document with every block that begins with `$ cube-server ... --help` filled in anew."""
    helps = _helps([block[1] for block in _BLOCK.finditer(document)])
    return _BLOCK.sub(lambda block: f"$ {block[1]}\n{helps[block[1]]}\n", document)


def _helps(commands: Sequence[str]) -> dict[str, str]:
    """Give what each command shows to somebody without a terminal; one process shows all, as starting takes longest."""
    asked = [sys.executable, "-m", "cube_server.cli.reference", _SHOW, *commands]
    environment = {name: value for name, value in os.environ.items() if name not in _COLOURING}
    ran = subprocess.run(asked, capture_output=True, encoding="utf-8", env={**environment, **_PLAIN}, check=True)
    return dict(json.loads(ran.stdout))


def _shown(command: str) -> str:
    from cube_server.cli import PROGRAM, program

    with redirect_stdout(io.StringIO()) as out, suppress(SystemExit):
        program(command.split()[1:], prog_name=PROGRAM)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    return "\n".join(lines).strip("\n")


def main(arguments: list[str]) -> int:
    """Write the help texts, or check that the written ones are up to date; return the exit code."""
    if arguments[:1] == [_SHOW]:
        json.dump({command: _shown(command) for command in arguments[1:]}, sys.stdout)
        return 0
    found = PATH.read_text(encoding="utf-8")
    wanted = written(found)
    if "--check" not in arguments:
        PATH.write_text(wanted, encoding="utf-8")
        return 0
    if found == wanted:
        return 0
    sys.stderr.write(f"{PATH} is stale: run `python -m cube_server.cli.reference` and commit it.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
