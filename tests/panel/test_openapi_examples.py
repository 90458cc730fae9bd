"""The examples of the OpenAPI document work as they stand."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient


def operations(panel: TestClient) -> list[tuple[str, str, dict[str, Any]]]:
    document = panel.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.")
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_example_is_answered(panel: TestClient) -> None:
    answered = 0
    for path, method, operation in operations(panel):
        given = operation.get("parameters", ())
        query = {part["name"]: part["example"] for part in given if part["in"] == "query"}
        names = {part["name"]: part["schema"]["examples"][0] for part in given if part["in"] == "path"}
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        response = panel.request(method, path.format(**names), params=query, json=content.get("example"))
        assert response.status_code == 200, (path, method, response.text)
        assert response.content not in (b"", b"[]")
        answered += 1
    assert answered == 13


def test_every_reference_is_defined(panel: TestClient) -> None:
    document = panel.get("/api/v1/openapi.json")
    schemas = document.json()["components"]["schemas"]
    references = set(document.text.split('"$ref":"#/components/schemas/')[1:])
    assert {text.partition('"')[0] for text in references} <= set(schemas)


def test_operations_have_names_of_their_own(panel: TestClient) -> None:
    names = [operation["operationId"] for _, _, operation in operations(panel)]
    assert sorted(set(names)) == sorted(names)
