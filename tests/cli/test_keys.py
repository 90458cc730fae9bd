"""Keys on the command line: shown once, listed without what is secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cube_server.metadata.database import open_metadata
from cube_server.metadata.keys import Keys

from .conftest import Run


@pytest.fixture
def manage(run: Run, tmp_path: Path) -> Run:
    return lambda *arguments: run("keys", *arguments, "--warehouse", tmp_path)


def test_a_key_is_shown_once_on_stdout_alone(manage: Run, tmp_path: Path) -> None:
    made = manage("add", "ann", "--expires", "90d")
    assert made.exit_code == 0
    assert re.fullmatch(r"cube_[0-9a-f]{8}_[0-9a-f]{48}\n", made.stdout)
    assert "It is not shown again." in made.stderr
    found = Keys(open_metadata(None, tmp_path)).find(made.stdout.strip())
    assert found is not None
    assert found.expires is not None
    assert (found.expires - found.created).days == 90
    listed = manage("list")
    assert made.stdout.strip() not in listed.stdout
    assert [line.split()[:3] for line in listed.stdout.strip().splitlines()[2:]] == [[found.id, "ann", "good"]]


def test_a_key_is_revoked(manage: Run, tmp_path: Path) -> None:
    key = manage("add", "ann").stdout.strip()
    assert manage("add", "ann").exit_code == 9
    assert manage("revoke", "ann").exit_code == 0
    assert Keys(open_metadata(None, tmp_path)).find(key) is None
    assert "revoked" in manage("list").stdout
    missing = manage("revoke", "ann")
    assert missing.exit_code == 4
    assert "error[not_found]" in missing.stderr


def test_nothing_is_made_by_looking(manage: Run, tmp_path: Path) -> None:
    listed = manage("list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "There are no keys." in listed.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [("add", ""), ("add", "a" * 101), ("add", "a\nb"), ("add", "a", "--expires", "soon")]
)
def test_wrong_arguments(manage: Run, arguments: tuple[str, ...]) -> None:
    assert manage(*arguments).exit_code == 2


def test_a_database_that_cannot_be_written_ends_with_8_and_without_its_password(run: Run) -> None:
    ended = run("keys", "add", "ann", "--metadata", "postgresql+psycopg://me:hunter2@127.0.0.1:1/cubes")
    assert ended.exit_code == 8
    assert "error[metadata_unavailable]" in ended.stderr
    assert "hunter2" not in ended.stderr
