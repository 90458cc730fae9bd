"""The docs say what is so: their code runs and gives what they show, and they leave nothing out.

`UPDATE_DOCS=1 pytest tests/meta/test_docs.py` writes what the code gives now into the pages; read the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from benchmarks.report import PAGE, page_text
from benchmarks.results import read_results
from cube_server.formulas.functions import FUNCTIONS
from cube_server.formulas.rows import ROW_FUNCTIONS
from cube_server.model import column_document, document
from cube_server.query import request
from tests.meta.pages import asker, rendered, runner

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
RUNNING = (
    "README.md",
    "docs/analysis.md",
    "docs/api.md",
    "docs/architecture.md",
    "docs/formulas.md",
    "docs/model.md",
    "docs/queries.md",
    "docs/spreadsheets.md",
)
SINGLE_PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "schema/README.md")
PAGES = tuple(sorted([*(ROOT / name for name in SINGLE_PAGES), PAGE, *DOCS.rglob("*.md")]))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture
def workspace(panel_paths: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as `make run` leaves it: the model and the loaded warehouse."""
    model, warehouse = panel_paths
    (tmp_path / "cubes.json").symlink_to(model)
    (tmp_path / "warehouse").symlink_to(warehouse)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("name", RUNNING)
def test_what_stands_below_code_is_what_it_gives(name: str, panel: TestClient) -> None:
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    now = rendered(text, runner(), asker(panel))
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(now, encoding="utf-8")
    else:
        assert text == now


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text)
    inner = [link for link in links if "://" not in link]
    assert [link for link in inner if not (page.parent / link).exists()] == []


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if page.name != "README.md"]
    assert [page for page in pages if f"]({page})" not in index] == []


def fields(module: object) -> Iterator[str]:
    """Name every field of every part of a document, as JSON does."""
    parts = [part for part in vars(module).values() if isinstance(part, type) and issubclass(part, BaseModel)]
    for part in parts:
        yield from (field.alias or name for name, field in part.model_fields.items())


@pytest.mark.parametrize(
    ("page", "module"), [("model.md", document), ("model.md", column_document), ("queries.md", request)]
)
def test_every_field_is_explained(page: str, module: object) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert sorted({name for name in fields(module) if f"`{name}`" not in text}) == []


def test_every_function_of_formulas_is_explained() -> None:
    text = (DOCS / "queries.md").read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"`{name}(" not in text] == []


def test_every_function_of_rows_is_explained() -> None:
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    assert [function.usage for function in ROW_FUNCTIONS.values() if f"`{function.usage}`" not in text] == []


def test_the_page_of_numbers_is_what_was_measured() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(read_results())


def test_every_promise_about_speed_was_kept() -> None:
    assert read_results().is_good
