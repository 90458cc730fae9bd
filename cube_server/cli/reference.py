"""The help texts in docs/cli.md. As a program it writes them there, or with --check compares them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PATH = Path("docs/cli.md")

_BLOCK = re.compile(r"(?<=^```text\n)\$ (cube-server[^\n]*--help)\n.*?(?=^```$)", re.MULTILINE | re.DOTALL)
_PLAIN = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
_COLOURING = ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH")


def written(document: str) -> str:
    """Give the document with every block that begins with `$ cube-server ... --help` filled in anew."""
    return _BLOCK.sub(lambda block: f"$ {block[1]}\n{_help(block[1])}\n", document)


def _help(command: str) -> str:
    """Run a command as somebody without a terminal would."""
    arguments = [sys.executable, "-m", "cube_server", *command.split()[1:]]
    environment = {name: value for name, value in os.environ.items() if name not in _COLOURING}
    ran = subprocess.run(arguments, capture_output=True, encoding="utf-8", env={**environment, **_PLAIN}, check=True)
    lines = [line.rstrip() for line in ran.stdout.splitlines()]
    return "\n".join(lines).strip("\n")


def main(arguments: list[str]) -> int:
    """Write the help texts, or check that the written ones are up to date; return the exit code."""
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
