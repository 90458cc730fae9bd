"""Pages whose code blocks run: what stands below a block is what it gives.

- `python` blocks of a page run in order, in one namespace. What one prints stands in the `text` block after it.
- `console` blocks hold commands `$ curl ...`, each with the answer's body below it.
"""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout

from starlette.testclient import TestClient

ADDRESS = "http://127.0.0.1:8000"
"""Where `make run` serves: what the pages' curl commands ask."""

_PYTHON = re.compile(r"^```python\n(.*?)^```$(?:\n\n^```text\n.*?^```$)?", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A command goes on in lines that are indented or begin with a brace, as a JSON body does.
_COMMAND = re.compile(r"^\$ (.*(?:\n(?:  |\}).*)*)\n", re.MULTILINE)

Run = Callable[[str], str]


def rendered(text: str, run: Run, ask: Run) -> str:
    """Give a page with every output replaced by what its code gives now.

    Args:
        text: The page.
        run: Runs Python code and gives what it prints.
        ask: Runs a command and gives what it prints.
    """
    text = _PYTHON.sub(lambda block: _with_output(block[1], run), text)
    return _CONSOLE.sub(lambda block: f"```console\n{''.join(_answered(block[1], ask))}```", text)


def _with_output(code: str, run: Run) -> str:
    printed = run(code)
    output = f"\n\n```text\n{printed}```" if printed else ""
    return f"```python\n{code}```{output}"


def _answered(code: str, ask: Run) -> Iterator[str]:
    for command in _COMMAND.findall(code):
        yield f"$ {command}\n{ask(command)}"


def runner() -> Run:
    """Make a namespace for the Python blocks of one page."""
    names: dict[str, object] = {}

    def run(code: str) -> str:
        with redirect_stdout(io.StringIO()) as out:
            exec(code, names)
        return _ended(out.getvalue())

    return run


def asker(client: TestClient) -> Run:
    """Make a curl that asks an application in process."""

    def ask(command: str) -> str:
        program, *words = shlex.split(command)
        assert program == "curl", command
        url = next(word for word in words if word.startswith(ADDRESS))
        options = [word for word in words if word != url]
        body = options[options.index("-d") + 1] if "-d" in options else None
        headers = {"Content-Type": "application/json"} if body else None
        response = client.request("POST" if body else "GET", url.removeprefix(ADDRESS), content=body, headers=headers)
        return _ended(response.text.replace("\r\n", "\n"))

    return ask


def _ended(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
