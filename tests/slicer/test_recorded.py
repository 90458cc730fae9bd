"""Recorded requests to a Slicer server, replayed against this one on the import of the same models and tables.

They lie beside the repository (../shared/slicer), not in it.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cube_server.progress import SILENT
from loaders.databrewery.importing import import_cubes
from loaders.pipeline import load
from tests.api.serving import serving

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "slicer"
Case = dict[str, Any]
CASES: list[Case] = json.loads((SHARED / "cases.json").read_text(encoding="utf-8"))["cases"] if SHARED.exists() else []
DIFFERENT = {
    "dd-contracts-date-detail-join": (
        "The recorded averages count nulls, and dates without facts, as zeros, which the contract calls a defect;"
        " the case's own note says that the average of nothing is null. docs/slicer.md tells more."
    )
}
"""The cases that differ, and why."""

Replay = Callable[[Case], list[str]]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application on the imported installation."""
    folder = tmp_path_factory.mktemp("installation")
    data = f"sqlite:///{SHARED / 'data.sqlite'}"
    imported = import_cubes((SHARED / "slicer.ini",), data)
    model = folder / "cubes.json"
    model.write_text(imported.text, encoding="utf-8")
    load(imported.model, data, folder / "warehouse", progress=SILENT)
    with serving((model, folder / "warehouse")) as client:
        yield client


@pytest.fixture(scope="module")
def replay(installation: TestClient) -> Replay:
    """The contract's own comparison, asking the application."""
    spec = importlib.util.spec_from_file_location("replay", SHARED / "replay.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def call(base: str, request: dict[str, Any]) -> tuple[int, str, str]:
        response = installation.request(
            request["method"],
            base + request["path"],
            params=[tuple(pair) for pair in request.get("query", ())],
            json=request.get("json"),
        )
        return response.status_code, response.headers.get("content-type", ""), response.text

    module.call = call  # type: ignore[attr-defined]
    return lambda case: module.run("/slicer", case, False)


@pytest.mark.skipif(not CASES, reason="../shared/slicer is not there")
def test_all_cases_are_here() -> None:
    assert len(CASES) == 128
    assert set(DIFFERENT) <= {case["id"] for case in CASES}


@pytest.mark.skipif(not CASES, reason="../shared/slicer is not there")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded(case: Case, replay: Replay) -> None:
    differences = replay(case)
    if case["id"] in DIFFERENT:
        assert differences != [], "It differs no longer: take it off the list."
        pytest.skip(DIFFERENT[case["id"]])
    assert differences == []
