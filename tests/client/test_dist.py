"""The client's wheel is small and needs httpx2 alone."""

from __future__ import annotations

import subprocess
import sys
from email.parser import Parser
from zipfile import ZipFile

import pytest

from tests.sample import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT / "client", check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return ZipFile(built)


def test_it_holds_its_package_and_hints(wheel: ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    sources = (ROOT / "client" / "cube_server_client").glob("*.py")
    assert names == {f"cube_server_client/{path.name}" for path in sources} | {"cube_server_client/py.typed"}


def test_it_requires_httpx2_alone(wheel: ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    required = Parser().parsestr(wheel.read(metadata).decode()).get_all("Requires-Dist")
    assert required is not None
    assert [line for line in required if "extra ==" not in line] == ["httpx2>=2.16"]


def test_importing_it_loads_no_server(wheel: ZipFile) -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[1])
import cube_server_client
heavy = {"api", "cube_server", "fastapi", "loaders", "pandas", "polars", "pyarrow", "sqlalchemy", "uvicorn"}
print(sorted(heavy & sys.modules.keys()))
"""
    assert wheel.filename is not None
    run = [sys.executable, "-c", program, wheel.filename]
    told = subprocess.run(run, capture_output=True, text=True, check=True, cwd="/")
    assert told.stdout == "[]\n"
