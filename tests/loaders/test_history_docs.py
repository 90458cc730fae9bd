"""The page on history: its code gives what stands below it.

`UPDATE_DOCS=1 pytest tests/loaders/test_history_docs.py` writes what the code gives now into the page.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.meta.pages import rendered, runner

PAGE = Path(__file__).resolve().parents[2] / "docs" / "history.md"


def test_what_stands_below_code_is_what_it_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    now = rendered(text, runner(), str)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(now, encoding="utf-8")
    else:
        assert text == now
