"""The cases in `cases/*.yaml`: a question, the rule that it shows, and its answer as hand-written SQL.

A case asks one of three: `request` (a QueryRequest), `members` (a MembersRequest) or `facts` (a FactsRequest), of the
cube `sales` unless it says otherwise. It expects either the rows of `sql`, run by DuckDB over the toy star's CSV
files (and `total`, the full count, where it says one), or an `error`: its class, the `issues` as [place, part of the
message, part of the hint], and what it `mentions` anywhere. `columns` are the names of the answer's columns but for the
measures, which come last in the order asked; `{name}` in `sql` stands for the file's snippet of that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent / "cases"

Issue = tuple[str, str, str]
"""Its exact place, and a part of its message and of its hint."""


class Case(BaseModel):
    """One case, as its file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    why: str
    request: dict[str, Any] | None = None
    members: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None
    columns: tuple[str, ...] = ()
    total: int | None = None
    sql: str = ""
    error: str = ""
    issues: tuple[Issue, ...] = ()
    mentions: tuple[str, ...] = ()

    def asked(self) -> dict[str, Any]:
        """Give the question, with its cube."""
        question = self.request if self.request is not None else self.members or self.facts or {}
        return {"cube": "sales", **question}


def read_cases() -> Iterator[tuple[str, Case]]:
    """Go through all cases, each with an id for the test."""
    for file in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        snippets = content.get("snippets", {})
        for raw in content["cases"]:
            case = Case.model_validate(raw)
            yield f"{file.stem}: {case.name}", case.model_copy(update={"sql": _filled(case.sql, snippets)})


def _filled(sql: str, snippets: dict[str, Any]) -> str:
    for name, text in snippets.items():
        sql = sql.replace(f"{{{name}}}", str(text))
    return sql
