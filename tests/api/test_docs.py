"""docs/api.md names every route, error code, parameter and setting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from api.errors import STATUSES, status_of
from api.wire.options import Format
from api.wire.parameters import OPTIONS
from cube_server.errors import CubeServerError, MovedError, SourceError, UserError
from cube_server.query.text import FACTS_PARAMETERS, MEMBERS_PARAMETERS, QUERY_PARAMETERS
from tests.api.test_error_shape import ROUTES

DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def kinds(above: type[CubeServerError]) -> Iterator[type[CubeServerError]]:
    for kind in above.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_code_is_listed_with_its_status() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", DOCS, flags=re.MULTILINE))
    # A source is read by loaders alone; the engine asks again where data has moved; UserError is only the root.
    known = {kind.code: str(status_of(kind).value) for kind in kinds(CubeServerError) if kind.__module__ != "tests"}
    for absent in (UserError, SourceError, MovedError):
        known.pop(absent.code)
    assert listed == known
    assert STATUSES


def test_every_route_is_listed() -> None:
    names = {
        "/sales/amount": "/{cube}/{measure}",
        "/sales": "/{cube}",
        "/amounts": "/{report}",
        "/7502c766": "/{token}",
        "/versions/1": "/versions/{version}",
        "/loads/1": "/loads/{load}",
    }
    for path, _ in ROUTES:
        written = path.removesuffix(".json")
        for value, name in names.items():
            written = written.replace(value, name)
        assert f"`{written}`" in DOCS


def test_every_parameter_and_format_is_described() -> None:
    for name in {*QUERY_PARAMETERS, *MEMBERS_PARAMETERS, *FACTS_PARAMETERS, *OPTIONS, *Format}:
        assert f"`{name}`" in DOCS
