"""The wheel holds what docs/adr/0001-packaging.md says, and nothing besides."""

from __future__ import annotations

import subprocess
import sys
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = frozenset({"api", "cube_server", "loaders"})
PACKAGE_DATA = ("*.py", "*.lark", "py.typed", "samples/*.csv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the installed backend; nothing is fetched."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def members(wheel: Path) -> frozenset[str]:
    with ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def dist_info(wheel: Path, name: str) -> str:
    with ZipFile(wheel) as archive:
        (member,) = (member for member in archive.namelist() if member.endswith(f".dist-info/{name}"))
        return archive.read(member).decode()


def test_its_top_level_names_are_the_three_packages(members: frozenset[str]) -> None:
    tops = {member.split("/")[0] for member in members}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_it_holds_every_source_and_data_file(members: frozenset[str]) -> None:
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for pattern in PACKAGE_DATA
        for path in (ROOT / package).rglob(pattern)
    }
    assert wanted - members == set()


def test_it_holds_the_built_user_interface_where_there_is_one(members: frozenset[str]) -> None:
    built = {path.relative_to(ROOT).as_posix() for path in (ROOT / "api" / "static").rglob("*") if path.is_file()}
    assert built - members == set()


def test_registries_refuse_it(wheel: Path) -> None:
    metadata = Parser().parsestr(dist_info(wheel, "METADATA"))
    assert metadata["Name"] == "cube-server"
    assert "Private :: Do Not Upload" in metadata.get_all("Classifier", [])


def test_it_installs_one_program(wheel: Path) -> None:
    lines = dist_info(wheel, "entry_points.txt").split("\n")
    assert [line for line in lines if "=" in line] == ["cube-server = cube_server.cli:main"]
