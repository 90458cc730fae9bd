"""Tables of Delta Lake and Iceberg, and Parquet by URL."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest

from cube_server.errors import SourceError
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load
from loaders.sources import remote
from loaders.sources.patience import each_within, within
from tests.inference.drafts import drafted

MONEY = pl.Decimal(12, 2)
FIRST = pl.DataFrame(
    {
        "id": [1, 2],
        "item": ["Pear", "Fig"],
        "amount": pl.Series([Decimal("1.50"), Decimal("2.00")], dtype=MONEY),
        "sold": [datetime(2024, 1, 1, 12), datetime(2024, 1, 2)],
    }
)
MORE = FIRST.with_columns(id=pl.col("id") + 2, amount=pl.Series([Decimal("0.25"), None], dtype=MONEY))


def model() -> Model:
    columns = {"id": "int", "item": "text", "amount": "decimal(2)", "sold": "timestamp"}
    document = {
        "format": 1,
        "name": "shop",
        "tables": {
            "sale": {"key": ["id"], "columns": columns},
            "item": {"key": ["item"], "columns": {"item": "text"}, "from": {"table": "sale", "distinct": True}},
        },
        "dimensions": {
            "item": {
                "table": "item",
                "levels": {"item": {"column": "item", "unique": True}},
                "hierarchies": {"item": {"levels": ["item"]}},
            }
        },
        "cubes": {
            "sales": {
                "table": "sale",
                "links": {"item": {"column": "item"}},
                "measures": {"amount": {"aggregate": "sum", "column": "amount"}},
            }
        },
    }
    return parse_model(json.dumps(document))


def loaded(source: str, warehouse: Path) -> list[tuple[object, ...]]:
    load(model(), source, warehouse)
    return Warehouse(warehouse).latest().table("sale").read(["id", "amount", "sold"]).sort("id").rows()


EXPECTED = [*FIRST.select("id", "amount", "sold").rows(), *MORE.select("id", "amount", "sold").rows()]


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    FIRST.write_delta(str(tmp_path / "lake" / "sale"))
    MORE.write_delta(str(tmp_path / "lake" / "sale"), mode="append")
    return tmp_path / "lake"


def test_a_delta_table_at_its_newest_version(delta: Path, tmp_path: Path) -> None:
    assert loaded(str(delta), tmp_path / "one") == EXPECTED
    FIRST.write_delta(str(delta / "sale"), mode="overwrite")
    # The files of older versions are still in the folder.
    assert loaded(str(delta / "sale"), tmp_path / "two") == FIRST.select("id", "amount", "sold").rows()


def test_an_iceberg_table_at_its_newest_version(tmp_path: Path) -> None:
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("test", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/lake")
    catalog.create_namespace("shop")
    table = catalog.create_table("shop.sale", schema=FIRST.to_arrow().schema)
    table.append(FIRST.to_arrow())
    table.append(MORE.to_arrow())
    catalog.close()
    assert loaded(str(tmp_path / "lake" / "shop"), tmp_path / "warehouse") == EXPECTED
    assert drafted(tmp_path / "lake" / "shop").measures("sale")["amount"] == "sum amount"


@pytest.mark.parametrize(("module", "extra"), [("deltalake", "delta"), ("pyiceberg", "iceberg")])
def test_a_missing_library_is_named_with_its_extra(
    module: str, extra: str, delta: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if extra == "iceberg":
        (tmp_path / "other" / "sale" / "metadata").mkdir(parents=True)
        (tmp_path / "other" / "sale" / "metadata" / "00001-x.metadata.json").write_text("{}")
        delta = tmp_path / "other"
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SourceError, match=f"and {module} is not installed") as refused:
        load(model(), str(delta), tmp_path / "warehouse")
    assert refused.value.hint == f"Run `pip install 'cube-server[{extra}]'`."


def test_a_damaged_log_is_told(delta: Path, tmp_path: Path) -> None:
    for entry in (delta / "sale" / "_delta_log").glob("*.json"):
        entry.write_text("{")
    with pytest.raises(SourceError, match="sale: The table cannot be read"):
        load(model(), str(delta), tmp_path / "warehouse")


class _Files(BaseHTTPRequestHandler):
    """Gives files in ranges, as stores of objects do."""

    folder: Path

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = self.folder / self.path.partition("?")[0].lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        asked = self.headers.get("Range", "").removeprefix("bytes=")
        first, _, last = asked.partition("-")
        start = int(first) if first else max(0, len(data) - int(last or len(data)))
        end = min(int(last) + 1, len(data)) if first and last else len(data)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(end - start))
        self.send_header("Accept-Ranges", "bytes")
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        self.end_headers()
        if with_body:
            self.wfile.write(data[start:end])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A server of files; gives its URL."""
    pl.concat([FIRST, MORE]).write_parquet(tmp_path / "sale.parquet")
    handler = type("Files", (_Files,), {"folder": tmp_path})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_parquet_by_url(web: str, tmp_path: Path) -> None:
    assert loaded(web, tmp_path / "one") == EXPECTED
    assert loaded(f"{web}/sale.parquet", tmp_path / "two") == EXPECTED
    assert drafted(web, tables=["sale"]).measures("sale")["amount"] == "sum amount"


def test_what_is_signed_reaches_no_message_and_no_manifest(web: str, tmp_path: Path) -> None:
    load(model(), f"{web}/sale.parquet?signature=secret", tmp_path / "warehouse")
    assert Warehouse(tmp_path / "warehouse").latest().manifest.source == f"{web}/sale.parquet"
    with pytest.raises(SourceError) as refused:
        load(model(), f"{web}/sail.parquet?signature=secret", tmp_path / "warehouse")
    assert "sail.parquet: The file cannot be read" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_folder_by_url_is_not_listed(web: str) -> None:
    with pytest.raises(SourceError, match="is not listed"):
        drafted(web)


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "SECONDS_TO_BEGIN", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(SourceError, match="there was no answer for 1 seconds") as refused:
            load(model(), f"{address}/sale.parquet?signature=secret", tmp_path / "warehouse")
    assert "secret" not in str(refused.value)


def test_what_stops_in_the_middle_is_given_up() -> None:
    def rows() -> Iterator[int]:
        yield 1
        time.sleep(30)

    found = each_within(0.3, rows())
    assert next(found) == 1
    with pytest.raises(TimeoutError):
        next(found)
    assert list(each_within(1, iter((1, 2)))) == [1, 2]
    with pytest.raises(ValueError, match="as it is"):
        within(1, lambda: int("as it is"))
