"""The notebook of the docs runs from top to bottom and shows what it says it shows.

`UPDATE_DOCS=1` writes what it shows now; read the difference.
"""

from __future__ import annotations

import ast
import io
import json
import os
from contextlib import redirect_stdout
from typing import Any

import pytest

from tests.sample import ROOT

NOTEBOOK = ROOT / "docs" / "client.ipynb"


def test_the_notebook_runs(panel_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBE_URL", panel_address)
    document = json.loads(NOTEBOOK.read_text())
    cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    shown = [outputs_of("".join(cell["source"]), names) for cell in cells]
    if os.environ.get("UPDATE_DOCS"):
        for cell, outputs in zip(cells, shown, strict=True):
            cell["outputs"] = outputs
        NOTEBOOK.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    assert [cell["outputs"] for cell in cells] == shown
    assert len(cells) > 8


def outputs_of(source: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a cell as a notebook does: what is printed, then the value of a last expression."""
    tree = ast.parse(source)
    *before, final = tree.body
    last = final if isinstance(final, ast.Expr) else None
    tree.body = tree.body if last is None else before
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        value = None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": lines(printed.getvalue())})
    if value is not None:
        outputs.append(
            {"data": data_of(value), "execution_count": None, "metadata": {}, "output_type": "execute_result"}
        )
    return outputs


def data_of(value: object) -> dict[str, list[str]]:
    data = {"text/plain": lines(repr(value))}
    if html := getattr(value, "_repr_html_", None):
        data["text/html"] = lines(html())
    return data


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
