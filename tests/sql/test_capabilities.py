"""The table of what databases lack is the one in the code."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cube_server.backends.sql.capabilities import capability_table
from cube_server.backends.sql.dialects import DIALECTS

PAGE = Path(__file__).parents[2] / "docs" / "scale-out.md"
TABLE = re.compile(r"\| \| PostgreSQL .*?\n\n", re.DOTALL)


def test_the_documentation_has_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = capability_table((dialect.title, dialect.capabilities) for dialect in DIALECTS) + "\n\n"
    if os.environ.get("UPDATE_DOCS") == "1":
        PAGE.write_text(TABLE.sub(lambda _: told, page), encoding="utf-8")
    assert TABLE.findall(PAGE.read_text(encoding="utf-8")) == [told]
