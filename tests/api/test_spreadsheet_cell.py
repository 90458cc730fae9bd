"""One number as text. Expected numbers are those that tests/toy/README.md adds up by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.api.serving import serving

CELL = "/api/v1/cubes/sales/cell"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("measure=amount", "65.94"),
        ("measure=amount&cut=product.department:Food", "47.5"),
        ("measure=amount&cut=product.department:null", "-5"),
        ("measure=lines&cut=time.year:2024;product.department:Food", "6"),
        ("measure=amount&cut=product.department:Home&cut=time.year:2023", ""),
        ("", "65.94"),
    ],
)
def test_a_cell_is_bare_text_and_empty_without_facts(client: TestClient, asked: str, text: str) -> None:
    response = client.get(f"{CELL}?{asked}")
    assert (response.status_code, response.text) == (200, text)
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["x-cube-snapshot"] == "000001"


@pytest.mark.parametrize(
    ("asked", "status", "text"),
    [
        ("measure=amount&cut=product.departmnt:Food", 400, "'product.department'"),
        ("measure=amount&cut=", 200, "65.94"),
        ("measure=amount,lines", 400, "A cell has one measure, not 2."),
        ("rows=product.department", 400, "There is no parameter 'rows' here."),
        ("measure=amount&as_of=000009", 404, "There is no snapshot '000009'."),
        ("measure=%ff", 400, "The address is not UTF-8."),
    ],
)
def test_errors_are_one_line_of_text_with_the_right_status(
    client: TestClient, asked: str, status: int, text: str
) -> None:
    response = client.get(f"{CELL}?{asked}")
    assert response.status_code == status
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert text in response.text
    assert len(response.text.splitlines()) == 1


def test_other_cubes_and_other_times(client: TestClient, toy_paths: tuple[Path, Path]) -> None:
    assert client.get("/api/v1/cubes/salse/cell").status_code == 404
    with serving(toy_paths, max_seconds=1e-9) as hasty:
        response = hasty.get(f"{CELL}?measure=amount")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_libreoffice_asks_options_and_head_before_get(client: TestClient) -> None:
    assert client.options(CELL).headers["allow"] == "GET, HEAD, OPTIONS"
    head = client.head(f"{CELL}?measure=amount")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "5")


def test_whatever_is_accepted_a_cell_is_text(client: TestClient) -> None:
    for accept in ("text/plain", "application/xml, text/xml", "*/*"):
        response = client.get(f"{CELL}?measure=amount", headers={"accept": accept})
        assert (response.status_code, response.text) == (200, "65.94")
