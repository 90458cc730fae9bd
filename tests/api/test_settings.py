"""Settings come from the environment, are checked together, and are documented."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from api.access import check_access
from api.settings import PREFIX, Settings, read_settings, settings_table
from cube_server.budget import Limits
from cube_server.errors import SettingsError
from cube_server.metadata.database import open_metadata
from cube_server.metadata.keys import Keys

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


def test_defaults_are_local_and_those_of_the_engine() -> None:
    settings = read_settings()
    assert settings.is_local
    assert settings.limits == Limits()
    assert settings.hosts == frozenset({"localhost", "127.0.0.1", "::1"})


def test_the_environment_is_read_and_flags_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBE_PORT", "9000")
    monkeypatch.setenv("CUBE_MAX_MEMORY", "512MiB")
    monkeypatch.setenv("CUBE_ALLOWED_HOSTS", "a.example, B.example")
    monkeypatch.setenv("CUBE_API_KEY", "")
    settings = read_settings(port=None, warehouse=Path("w"))
    assert (settings.port, settings.warehouse, settings.api_key) == (9000, Path("w"), None)
    assert settings.limits.memory == 512 * 1024**2
    assert settings.hosts == frozenset({"localhost", "127.0.0.1", "::1", "a.example", "b.example"})
    assert read_settings(port=9001).port == 9001


def test_nobody_else_gets_in_without_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="without a key") as caught:
        check_access(read_settings(host="0.0.0.0", warehouse=tmp_path))
    assert "cube-server keys add" in caught.value.hint
    Keys(open_metadata(None, tmp_path)).add("ann")
    check_access(read_settings(host="0.0.0.0", warehouse=tmp_path))
    monkeypatch.setenv("CUBE_API_KEY", "k")
    settings = read_settings(host="0.0.0.0", warehouse=tmp_path / "another")
    check_access(settings)
    assert settings.hosts is None


def test_origins_are_read_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBE_CORS_ORIGINS", "https://a.example, http://localhost:5173")
    assert read_settings().cors_origins == ("https://a.example", "http://localhost:5173")
    for wrong in ("a.example", "https://a.example/", "https://a.example/path", "null", "https://me@a.example"):
        monkeypatch.setenv("CUBE_CORS_ORIGINS", wrong)
        with pytest.raises(SettingsError) as caught:
            read_settings()
        assert [issue.place for issue in caught.value.issues] == ["CUBE_CORS_ORIGINS"]


def test_every_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBE_PORT", "secret")
    monkeypatch.setenv("CUBE_MAX_SECONDS", "-1")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert {issue.place for issue in caught.value.issues} == {"CUBE_PORT", "CUBE_MAX_SECONDS"}
    assert "secret" not in str(caught.value)


def test_misspelt_names_are_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("CUBE_MAX_CELS", "5")
    with caplog.at_level(logging.WARNING):
        read_settings()
    assert "Did you mean 'CUBE_MAX_CELLS'" in caplog.text


def test_secrets_are_not_shown() -> None:
    settings = read_settings(api_key="hunter2", metadata="postgresql://me:hunter2@host/cubes")
    assert "hunter2" not in repr(settings) + str(settings)


def test_the_docs_have_the_table() -> None:
    assert settings_table() in DOCS.read_text(encoding="utf-8")
