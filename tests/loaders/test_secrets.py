"""A password in a URL reaches no error, no manifest and no log."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cube_server.errors import SourceError
from cube_server.urls import shown, without_secrets
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load
from tests.loaders import shop

SECRET = "hunter2-s3cret"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://load:{SECRET}@127.0.0.1:1/shop",
        f"nosuch://load:{SECRET}@host/shop",
        f"mysql+nosuch://load:{SECRET}@host/shop",
        f"://load:{SECRET}@host",
        f"postgresql://load:{SECRET}@host:port/shop",
        f"sqlite:///nowhere.db?key={SECRET}",
    ],
)
def test_an_error_does_not_show_it(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SourceError) as caught:
        load(shop.model(), url, tmp_path / "warehouse")
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in caplog.text


def test_a_manifest_has_the_url_without_options(tmp_path: Path) -> None:
    source = shop.write_sqlite(shop.frames(), tmp_path / "shop.db")
    load(shop.model(), f"{source}?timeout=30", tmp_path / "warehouse")
    assert Warehouse(tmp_path / "warehouse").latest().manifest.source == source


def test_a_url_is_shown_without_it() -> None:
    url = make_url(f"postgresql://load:{SECRET}@host/shop?sslpassword={SECRET}x&sslmode=on")
    assert shown(url) == "postgresql://load:***@host/shop"
    assert SECRET not in without_secrets(f"refused: {SECRET} and {SECRET}x", url)
