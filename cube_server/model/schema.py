"""The published JSON Schema of cubes.json. As a program it writes, or with --check compares, the file in `schema/`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cube_server.model.document import ModelDoc

PATH = Path("schema/cubes.schema.json")


def schema_text() -> str:
    """Give the JSON Schema as the text of its file."""
    schema = ModelDoc.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "cubes.json", **schema}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the schema, or check that the written one is up to date; return the exit code."""
    if "--check" not in arguments:
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(schema_text(), encoding="utf-8")
        return 0
    if PATH.exists() and PATH.read_text(encoding="utf-8") == schema_text():
        return 0
    sys.stderr.write(f"{PATH} is stale: run `python -m cube_server.model.schema` and commit it.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
