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


def rank(operation: tuple[str, str, dict[str, Any]]) -> tuple[bool, bool, int]:
    """Put what saves before what reads it, and what takes it away last."""
    path, method, _ = operation
    return method == "delete", method not in ("post", "put"), len(path)


def test_every_example_is_answered(panel: TestClient) -> None:
    answered = 0
    token = ""
    for path, method, operation in sorted(operations(panel), key=rank):
        given = operation.get("parameters", ())
        query = {part["name"]: part["example"] for part in given if part["in"] == "query"}
        names = {part["name"]: part["schema"]["examples"][0] for part in given if part["in"] == "path"}
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        names |= {"token": token} if "token" in names else {}
        headers = {part["name"]: part["example"] for part in given if part["in"] == "header"}
        response = panel.request(
            method, path.format(**names), params=query, json=content.get("example"), headers=headers
        )
        assert response.status_code in (200, 201, 204), (path, method, response.text)
        assert response.content != b"[]"
        assert bool(response.content) == (method != "delete")
        token = response.json()["id"] if path.endswith("/tokens") and method == "post" else token
        answered += 1
    assert answered == 33


def test_every_reference_is_defined(panel: TestClient) -> None:
    document = panel.get("/api/v1/openapi.json")
    schemas = document.json()["components"]["schemas"]
    references = set(document.text.split('"$ref":"#/components/schemas/')[1:])
    assert {text.partition('"')[0] for text in references} <= set(schemas)


def test_the_ways_to_send_a_key_are_told(panel: TestClient) -> None:
    document = panel.get("/api/v1/openapi.json").json()
    ways = document["components"]["securitySchemes"]
    assert {(way["type"], way.get("scheme")) for way in ways.values()} == {
        ("http", "basic"),
        ("http", "bearer"),
        ("apiKey", None),
    }
    assert {name for way in document["security"] for name in way} == set(ways)


def test_operations_have_names_of_their_own(panel: TestClient) -> None:
    names = [operation["operationId"] for _, _, operation in operations(panel)]
    assert sorted(set(names)) == sorted(names)
