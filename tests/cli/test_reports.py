"""Reports on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.api.serving import serving
from tests.api.test_reports import REPORT, REPORTS
from tests.toy.star import MODEL

from .conftest import Run


@pytest.fixture
def manage(run: Run, tmp_path: Path) -> Run:
    """Run a command on a metadata database of the test's own."""
    return lambda *arguments: run("reports", *arguments, "--metadata", f"sqlite:///{tmp_path / 'here.sqlite'}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two reports, exported."""
    path = tmp_path / "reports.json"
    path.write_text(
        json.dumps({"format": 1, "reports": [{**REPORT, "slug": "one"}, {**REPORT, "name": "연도별 매출"}]})
    )
    return path


def test_reports_are_imported_listed_shown_and_exported(manage: Run, file: Path, tmp_path: Path) -> None:
    assert "There are no reports." in manage("list").stderr
    assert manage("import", file, "--model", MODEL).exit_code == 0
    lines = [line.split("   ") for line in manage("list", "--model", MODEL).stdout.strip().splitlines()[2:]]
    assert [(line[0].strip(), line[-1].strip()) for line in lines] == [("one", "fits"), ("report", "fits")]
    assert json.loads(manage("show", "one").stdout) == {**REPORT, "slug": "one"}
    exported = json.loads(manage("export").stdout)
    assert exported == {
        "format": 1,
        "reports": [{**REPORT, "slug": "one"}, {**REPORT, "name": "연도별 매출", "slug": "report"}],
    }
    assert manage("export", "one", "--output", tmp_path / "one.json").stdout == ""
    assert json.loads((tmp_path / "one.json").read_bytes())["reports"] == exported["reports"][:1]


def test_what_is_there_is_replaced_only_if_asked_and_changed(manage: Run, file: Path) -> None:
    manage("import", file, "--model", MODEL)
    refused = manage("import", file, "--model", MODEL)
    assert refused.exit_code == 9
    assert "/reports/0/slug" in refused.stderr
    assert "/reports/1/slug" in refused.stderr
    file.write_text(file.read_text().replace("By department and by quarter.", "Otherwise.", 1))
    done = manage("import", file, "--replace", "--model", MODEL)
    assert "1 of 2 reports" in done.stderr
    assert json.loads(manage("show", "one").stdout)["description"] == "Otherwise."
    assert json.loads(manage("show", "one", "--version", "1").stdout)["description"] == REPORT["description"]
    assert manage("show", "one", "--version", "3").exit_code == 4
    assert manage("show", "report", "--version", "2").exit_code == 4


def test_nothing_is_imported_of_a_file_with_mistakes(manage: Run, file: Path) -> None:
    file.write_text(file.read_text().replace('"lines"', '"lnies"'))
    refused = manage("import", file, "--model", MODEL)
    assert refused.exit_code == 4
    assert "error[invalid_report]" in refused.stderr
    for at in (0, 1):
        assert f"/reports/{at}/queries/departments/measures/1" in refused.stderr
    assert "There are no reports." in manage("list").stderr
    file.write_text("{}")
    assert manage("import", file, "--model", MODEL).exit_code == 4


def test_a_shared_address_opens_the_report(
    manage: Run, file: Path, tmp_path: Path, toy_paths: tuple[Path, Path]
) -> None:
    manage("import", file, "--model", MODEL)
    made = manage("share", "one", "--expires", "7d")
    assert re.fullmatch(r"/r/one\?token=cubet_[0-9a-f_]+\n", made.stdout)
    metadata = SecretStr(f"sqlite:///{tmp_path / 'here.sqlite'}")
    with serving(toy_paths, metadata=metadata, api_key=SecretStr("another")) as client:
        assert client.get(made.stdout.strip()).json()["report"]["slug"] == "one"
        assert client.get("/r/one").status_code == 401
        owners = client.get(REPORTS, headers={"x-api-key": "another"}).json()["reports"]
        assert {each["owner"] for each in owners} == {"command line"}
    assert manage("share", "nope").exit_code == 4
    assert manage("share", "one", "--expires", "soon").exit_code == 2
