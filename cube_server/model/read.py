"""Reading cubes.json: JSON, then shape, then references, and every mistake of all three at once."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cube_server.errors import Issue, ModelError, nearest
from cube_server.model.build import build
from cube_server.model.document import ModelDoc
from cube_server.model.elements import Model

_MOST_ROUNDS = 10


def modified(path: Path) -> int:
    """Tell when a model's file was last written, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def read_model(path: Path) -> Model:
    """Read a model from a file.

    Args:
        path: Where cubes.json lies.

    Returns:
        The model, checked as far as it can be without the data.

    Raises:
        ModelError: The file is missing, is no JSON, or says something wrong; the error lists every mistake.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(f"Cannot read the model {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"The model {path} is not UTF-8 text.", hint="Save it as UTF-8.") from error
    return parse_model(text, source=str(path))


def parse_model(text: str, *, source: str = "the model") -> Model:
    """Read a model from JSON text; see `read_model`."""
    raw, issues = _load(text, source)
    document, shape_issues, pruned = _shape(raw)
    issues += shape_issues
    if document is not None:
        model, reference_issues = build(document, _fingerprint(raw))
        issues += [issue for issue in reference_issues if not _follows(issue, pruned)]
        if model is not None and not issues:
            return model
    count = f"{len(issues)} mistake" + ("s" if len(issues) != 1 else "")
    raise ModelError(f"{source} has {count}.", issues=issues)


def _load(text: str, source: str) -> tuple[Any, list[Issue]]:
    repeated: list[Issue] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = sorted({name for name in names if names.count(name) > 1})
            repeated.append(Issue("", f"An object names {', '.join(map(repr, twice))} more than once."))
        return found

    try:
        return json.loads(text, object_pairs_hook=unique), repeated
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ModelError(f"{source} is no valid JSON: {error.msg} at {where}.") from error
    except RecursionError as error:
        raise ModelError(f"{source} is nested too deeply to be a model.") from error


def _shape(raw: object) -> tuple[ModelDoc | None, list[Issue], set[str]]:
    """Validate the shape; leave out what is malformed and go on, so that the rest is checked as well."""
    issues: list[Issue] = []
    pruned: set[str] = set()
    rest = copy.deepcopy(raw)
    for _ in range(_MOST_ROUNDS):
        try:
            return ModelDoc.model_validate(rest), issues, pruned
        except ValidationError as error:
            details = error.errors(include_url=False)
            issues += [_shape_issue(detail) for detail in details]
            taken_out = [_prune(rest, detail, pruned) for detail in details]
            if not all(taken_out):
                return None, issues, pruned
    return None, issues, pruned


def _shape_issue(detail: ErrorDetails) -> Issue:
    place = [str(part) for part in detail["loc"]]
    message = detail["msg"].rstrip(".") + "."
    hint = ""
    if detail["type"] == "extra_forbidden":
        message = f"Unknown field {place[-1]!r}."
        hint = nearest(place[-1], _fields(detail["loc"][:-1]))
    elif detail["type"] == "missing":
        message = f"The field {place[-1]!r} is missing."
    elif detail["type"] == "literal_error":
        message = f"{detail['input']!r} is not allowed here."
        hint = f"Allowed: {detail.get('ctx', {}).get('expected', '')}."
    return Issue("/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in place), message, hint)


def _fields(loc: Sequence[int | str]) -> list[str]:
    """Name the fields that an object of the document may have, by the JSON Schema of its place."""
    schema = ModelDoc.model_json_schema(by_alias=True)
    node: dict[str, Any] = schema
    for part in loc:
        named = node.get("properties", {}).get(part) or next(iter(node.get("patternProperties", {}).values()), None)
        node = named or node.get("additionalProperties") or node.get("items") or {}
        node = next((option for option in node.get("anyOf", ()) if "$ref" in option), node)
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return list(node.get("properties", {}))


def _prune(raw: object, detail: ErrorDetails, pruned: set[str]) -> bool:
    """Take the malformed entry out; return False if nothing would be left to check."""
    path = list(detail["loc"][:-1] if detail["type"] == "missing" else detail["loc"])
    while path:
        holder: Any = raw
        try:
            for part in path[:-1]:
                holder = holder[part]
            del holder[path[-1]]
        except (KeyError, IndexError, TypeError):
            path.pop()
            continue
        pruned.update((str(path[-1]), "/" + "/".join(map(str, path))))
        return True
    return False


def _follows(issue: Issue, pruned: set[str]) -> bool:
    """Tell whether an issue only follows from an entry that was left out for its shape."""
    return any(f"{name!r}" in issue.message or name.startswith(f"{issue.place}/") for name in pruned)


def _fingerprint(raw: object) -> str:
    canonical = json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
