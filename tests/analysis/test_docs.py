"""The pages on formulas and analysis: their code gives what stands below it, and they leave no function out.

`UPDATE_DOCS=1 pytest tests/analysis/test_docs.py` writes what the code gives now into the pages; read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cube_server.formulas.functions import FUNCTIONS
from tests.meta.pages import asker, rendered, runner

DOCS = Path(__file__).resolve().parents[2] / "docs"
LAWS = Path(__file__).resolve().parents[1] / "laws"


@pytest.fixture
def workspace(panel_paths: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder as `make run` leaves it: the model and the loaded warehouse."""
    model, warehouse = panel_paths
    (tmp_path / "cubes.json").symlink_to(model)
    (tmp_path / "warehouse").symlink_to(warehouse)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("name", ["formulas.md", "analysis.md"])
def test_what_stands_below_code_is_what_it_gives(name: str, panel: TestClient) -> None:
    page = DOCS / name
    text = page.read_text(encoding="utf-8")
    now = rendered(text, runner(), asker(panel))
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(now, encoding="utf-8")
    else:
        assert text == now


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
