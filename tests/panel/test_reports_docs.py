"""The report of docs/reports.md is saved and opened as the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydantic import BaseModel

from cube_server.reports.document import RESERVED, ParameterRequest, ReportRequest
from tests.api.serving import serving

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
(REPORT,) = (json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
ADDRESSES = re.findall(r"^/r/\S+$", PAGE, re.MULTILINE)


def test_the_example_is_saved_and_every_address_opens_it(panel_paths: tuple[Path, Path], tmp_path: Path) -> None:
    with serving(panel_paths, metadata=f"sqlite:///{tmp_path / 'metadata.sqlite'}") as client:
        made = client.post("/api/v1/reports", json=REPORT)
        assert made.status_code == 201, made.text
        assert made.json()["report"] == REPORT
        assert len(ADDRESSES) == 3
        for address in ADDRESSES:
            assert client.get(address).status_code == 200
        whole = client.get("/r/sales-by-department.json").json()
        assert set(made.json()) == {
            *("id", "slug", "address", "name", "description", "owner", "created"),
            *("version", "author", "saved", "archived", "issues", "report"),
        }
        assert len(whole["queries"]["weekdays"]["data"]) == 7


def test_every_field_is_explained() -> None:
    kinds: tuple[type[BaseModel], ...] = (ReportRequest, ParameterRequest)
    for name in [field for kind in kinds for field in kind.model_fields]:
        assert f"`{name}`" in PAGE
    for name in RESERVED:
        assert f"`{name}`" in PAGE
