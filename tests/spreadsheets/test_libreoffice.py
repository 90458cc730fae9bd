"""A real spreadsheet pulls from a real server: LibreOffice without a window, on the retail panel.

Expected numbers are those of the sample's published totals and of DuckDB in tests/panel; here they must arrive.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
ASKED = "rows=product.department&measures=sales,households&order=-sales&limit=3&headers=captions&lang=ko"
WORKBOOK = f"api/v1/cubes/sales/query.xlsx?{ASKED}"


def office() -> str:
    """Find LibreOffice, and a Python that can talk to it; in CI neither may be missing."""
    program = shutil.which("soffice")
    speaks = subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, check=False)
    if program and speaks.returncode == 0:
        return program
    missing = "LibreOffice is missing: apt-get install libreoffice-calc-nogui python3-uno"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="module")
def seen(panel_address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What LibreOffice saw."""
    program, folder = office(), tmp_path_factory.mktemp("office")
    workbook = folder / "sales.xlsx"
    with urllib.request.urlopen(panel_address + WORKBOOK) as answer:
        workbook.write_bytes(answer.read())
    pipe = f"cubes-{uuid.uuid4().hex}"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--norestore", f"--accept=pipe,name={pipe};urp;"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    running = subprocess.Popen(command, env=environment)
    try:
        script = Path(__file__).with_name("office.py")
        asked = [SYSTEM_PYTHON, str(script), pipe, panel_address, str(workbook)]
        told = subprocess.run(asked, capture_output=True, text=True, timeout=180, check=False, env=environment)
        assert told.returncode == 0, told.stderr
        found: dict[str, Any] = json.loads(told.stdout)
        return found
    finally:
        running.terminate()
        running.wait(timeout=60)


HEADER = ["부문", "상품 (깊이)", "상품 (미상)", "매출액", "가구 수"]
TOP = [["GROCERY", 2316393.89, 2458.0], ["DRUG GM", 596827.45, 2404.0], ["FUEL", 329594.45, 1136.0]]


def test_a_sheet_linked_to_csv_has_numbers_as_numbers(seen: dict[str, Any]) -> None:
    header, *rows = seen["linked"]
    assert header == HEADER
    assert [[row[0], *row[3:]] for row in rows] == TOP


def test_formulas_pull_one_number(seen: dict[str, Any]) -> None:
    assert seen["formulas"]["number"] == 571458.92
    # LibreOffice drops the text of an error; it must at least be no number.
    assert seen["formulas"]["wrong"] == "#VALUE!"
    assert seen["formulas"]["xml"] == 2301.0  # the second quarter, as case cj19 of the sample has it


def test_a_workbook_opens_with_types_formats_and_hangul(seen: dict[str, Any]) -> None:
    workbook = seen["workbook"]
    header, *rows = workbook["cells"]
    assert header == HEADER
    assert [[row[0], *row[3:]] for row in rows] == TOP
    assert (workbook["shown"], workbook["format"]) == ("2,316,393.89", "#,##0.00")
    assert workbook["sheets"] == ["Data", "About"]
