from __future__ import annotations

import pytest

from cube_server.cli import reference

from .conftest import ROOT
from .test_program import COMMANDS


def test_the_docs_hold_the_help_of_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert reference.main(["--check"]) == 0
    document = reference.PATH.read_text(encoding="utf-8")
    for command in ("", *COMMANDS):
        asked = f"$ cube-server {command} --help".replace("  ", " ")
        assert f"{asked}\n\n Usage:" in document or f"{asked}\n Usage:" in document


def test_a_stale_help_is_found_and_mended() -> None:
    stale = "before\n```text\n$ cube-server validate --help\nold\n```\nafter\n"
    mended = reference.written(stale)
    assert "old" not in mended
    assert "Usage: cube-server validate [OPTIONS] [MODEL]" in mended
    assert mended.startswith("before\n```text\n$ cube-server validate --help\n")
    assert mended.endswith("\n```\nafter\n")
