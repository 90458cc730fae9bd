"""The pages on formulas and analysis leave no function and no law out; `tests/meta/test_docs.py` runs their code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cube_server.formulas.functions import FUNCTIONS

DOCS = Path(__file__).resolve().parents[2] / "docs"
LAWS = Path(__file__).resolve().parents[1] / "laws"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_its_row_and_an_example(name: str) -> None:
    text = (DOCS / "formulas.md").read_text(encoding="utf-8")
    row = re.compile(rf"^\| .*`{name}\(.*\|.+\|.+\|$", re.MULTILINE)
    code = "".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    assert row.search(text), f"{name} has no row with a formula and what null does"
    assert f"{name}(" in code, f"{name} has no example"


def test_the_table_of_laws_names_every_law() -> None:
    """A law is a test over drawn stars: what hypothesis is given."""
    text = (DOCS / "analysis.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+)`", text.partition("\n## Laws\n")[2])
    sources = [file.read_text(encoding="utf-8") for file in sorted(LAWS.glob("test_*.py"))]
    laws = [
        law for source in sources for law in re.findall(r"^@given\((?:.|\n)*?^def (test_\w+)", source, re.MULTILINE)
    ]
    assert sorted(named) == sorted(laws)
