"""The toy star at every door: an application, a saved report of all questions, and a server as a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from cube_server_client import Client, Cube
from tests.agreement.cell_sets import Record
from tests.agreement.questions import QUESTIONS, Question
from tests.api.serving import serving
from tests.cli.serving import Server
from tests.cli.serving import serving as serving_process

CUBE = "/api/v1/cubes/sales"

Told = Callable[[Question], list[Record]]
Cells = Callable[[Question], dict[str, Any]]


@pytest.fixture(scope="package")
def client(toy_paths: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application on the toy star, with a report `agreement` that has every question by its name."""
    metadata = SecretStr(f"sqlite:///{tmp_path_factory.mktemp('agreement') / 'metadata.sqlite'}")
    queries = {question.name: {"cube": "sales", **question.body} for question in QUESTIONS}
    with serving(toy_paths, metadata=metadata) as client:
        saved = client.post("/api/v1/reports", json={"name": "Agreement", "slug": "agreement", "queries": queries})
        assert saved.status_code == 201, saved.text
        yield client


@pytest.fixture(scope="package")
def server(toy_paths: tuple[Path, Path]) -> Iterator[Server]:
    """The program, serving the toy star."""
    model, warehouse = toy_paths
    with serving_process("serve", "--model", model, "--warehouse", warehouse, "--port", "0") as running:
        yield running


@pytest.fixture(scope="package")
def sales(client: TestClient) -> Cube:
    """The cube in the Python client."""
    return Client(http=client).cube("sales")


@pytest.fixture(scope="package")
def told(client: TestClient) -> Told:
    """Ask for a question's records as native JSON: what every other door is held against."""

    @cache
    def ask(name: str) -> list[Record]:
        (body,) = (question.body for question in QUESTIONS if question.name == name)
        return list(_json(client, f"{CUBE}/query?layout=records", body))

    return lambda question: ask(question.name)


@pytest.fixture(scope="package")
def cells(client: TestClient) -> Cells:
    """Ask for a question's cell set."""
    return lambda question: _json(client, f"{CUBE}/query", question.body)


def _json(client: TestClient, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    found = response.json()
    return found["data"] if isinstance(found, dict) and "data" in found else found
