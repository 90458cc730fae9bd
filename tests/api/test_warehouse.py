"""What the server tells of its warehouse."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cube_server.errors import SourceError
from cube_server.metadata.database import open_metadata
from cube_server.metadata.loads import Loads
from cube_server.model.elements import Model
from cube_server.model.read import read_model
from cube_server.progress import SILENT, Progress
from cube_server.warehouse.rejects import REFUSED, rejects_path
from loaders.pipeline import load
from loaders.recording import recorded
from loaders.report import LoadReport
from tests.api.serving import assert_error, serving
from tests.sql.sources import fill
from tests.toy.star import FOLDER, MODEL, toy_warehouse

API = "/api/v1/warehouse"


def _record(loads: Loads, model: Model, warehouse: Path, source: str) -> None:
    def run(progress: Progress) -> LoadReport:
        return load(model, source, warehouse, progress=progress)

    recorded(loads, run, model=model, source=source, progress=SILENT)


def test_freshness(client: TestClient) -> None:
    told = client.get(API).json()
    assert told["snapshot"] == "000001"
    assert told["data_date"] == client.get("/api/v1/cubes").json()["snapshot"]["data_date"]
    assert told["data_age_days"] == (dt.datetime.now(dt.UTC).date() - dt.date.fromisoformat(told["data_date"])).days
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(told["created"])
    assert age.total_seconds() - 60 < told["age_seconds"] <= age.total_seconds()


def test_a_database_tells_its_state_and_has_no_snapshots(tmp_path: Path) -> None:
    address = fill("sqlite", read_model(MODEL), FOLDER, tmp_path)
    with serving((MODEL, address), metadata=f"sqlite:///{tmp_path}/metadata.sqlite") as client:  # type: ignore[arg-type]
        told = client.get(API).json()
        assert told["snapshot"].startswith("live-")
        assert (told["source"], told["data_date"]) == (address, "2024-12-31")
        for page in ("snapshots", "tables", "lineage/sales/amount"):
            body = assert_error(client.get(f"{API}/{page}"), 404, "not_found")
            assert "stay in a database" in str(body["detail"])
        assert client.get(f"{API}/loads").json() == {"loads": [], "total": 0}


def test_tables_and_their_columns_in_numbers(client: TestClient) -> None:
    told = client.get(f"{API}/tables?as_of=000001").json()
    sales = next(table for table in told["tables"] if table["name"] == "fact_sales")
    assert (sales["kind"], sales["rows"], sales["files"], sales["loaded"]) == ("fact", 17, 1, "000001")
    quantity = next(column for column in sales["columns"] if column["name"] == "quantity")
    header, *lines = (FOLDER / "fact_sales.csv").read_text(encoding="utf-8").splitlines()
    place = header.split(",").index("quantity")
    values = [line.split(",")[place] for line in lines]
    assert quantity["nulls"] == values.count("")
    assert quantity["maximum"] == max(int(value) for value in values if value)
    assert_error(client.get(f"{API}/tables?as_of=000009"), 404, "not_found")


def test_lineage_goes_down_to_columns_and_loads(client: TestClient) -> None:
    told = client.get(f"{API}/lineage/sales/amount").json()
    assert told["measures"][0] == {"cube": "sales", "name": "amount", "formula": "", "aggregate": "sum"}
    assert [(column["table"], column["type"]) for column in told["columns"]] == [("fact_sales", "decimal(2)")]
    (table,) = told["tables"]
    assert (table["name"], table["source"], table["loads"]) == (
        "fact_sales",
        ["fact_sales"],
        [{"snapshot": "000001", "rows": 17}],
    )
    assert_error(client.get(f"{API}/lineage/sales/amuont"), 404, "not_found")
    assert_error(client.get(f"{API}/lineage/sale/amount"), 404, "not_found")


def test_every_measure_of_the_toy_star_has_a_lineage(client: TestClient) -> None:
    for cube in client.get("/api/v1/cubes").json()["cubes"]:
        for measure in client.get(f"/api/v1/cubes/{cube['name']}").json()["measures"]:
            told = client.get(f"{API}/lineage/{cube['name']}/{measure['name']}").json()
            assert told["measures"][0]["name"] == measure["name"]
            assert told["tables"]


def test_loads_and_snapshots(tmp_path: Path) -> None:
    model, warehouse = toy_warehouse(tmp_path)
    database = open_metadata(None, warehouse)
    read = read_model(MODEL)
    told = (Loads(database), read, warehouse)
    _record(*told, str(FOLDER))
    with pytest.raises(SourceError, match="There is no"):
        _record(*told, "nowhere")
    database.close()
    with serving((model, warehouse), keep_newest=1) as client:
        told = client.get(f"{API}/loads").json()
        assert told["total"] == 2
        assert [(each["outcome"], each["snapshot"]) for each in told["loads"]] == [
            ("failed", None),
            ("loaded", "000002"),
        ]
        assert {step["name"] for step in told["loads"][1]["steps"]} > {"read fact_sales"}
        assert len(client.get(f"{API}/loads?limit=1&offset=1").json()["loads"]) == 1
        assert_error(client.get(f"{API}/loads?limit=x"), 400, "invalid_query")
        snapshots = client.get(f"{API}/snapshots").json()["snapshots"]
        assert [(each["id"], each["kept"], each["new_bytes"]) for each in snapshots] == [
            ("000002", ["newest"], 0),
            ("000001", [], snapshots[1]["bytes"]),
        ]


def test_rejects_of_a_load(tmp_path: Path) -> None:
    document, warehouse, source = json.loads(MODEL.read_text(encoding="utf-8")), tmp_path / "warehouse", tmp_path / "in"
    shutil.copytree(FOLDER, source)
    sales = (source / "fact_sales.csv").read_text(encoding="utf-8")
    (source / "fact_sales.csv").write_text(
        f"{sales}short\nwrong{',' * sales.split()[0].count(',')}\n", encoding="utf-8"
    )
    database = open_metadata(None, warehouse)
    loads = Loads(database)
    with pytest.raises(SourceError):
        _record(loads, read_model(MODEL), warehouse, str(source))
    rules = [{"name": name, "threshold": 1} for name in ("fields", "type")]
    document["tables"]["fact_sales"]["rules"] = rules
    model = tmp_path / "cubes.json"
    model.write_text(json.dumps(document), encoding="utf-8")
    for given in (source, FOLDER):
        _record(loads, read_model(model), warehouse, str(given))
    with serving((model, warehouse)) as client:
        of_load = [client.get(f"{API}/loads/{number}/rejects") for number in (1, 2, 3)]
        assert [(found.json()["load"], found.json()["total"]) for found in of_load] == [(1, 2), (2, 2), (3, 0)]
        (reject,) = client.get(f"{API}/loads/2/rejects?rule=fields&table=fact_sales&limit=5").json()["rejects"]
        line = len(sales.splitlines()) + 1
        assert reject == {
            "table": "fact_sales",
            "source": "fact_sales.csv",
            "row": line - 1,
            "line": line,
            "rule": "fields",
            "column": None,
            "value": "short",
        }
        told = client.get(f"{API}/loads/2/rejects?limit=1&offset=0").json()
        assert (told["total"], [each["rule"] for each in told["rejects"]]) == (2, ["type"])
        assert client.get(f"{API}/loads/2/rejects?table=dim_store").json() == {"load": 2, "rejects": [], "total": 0}
        loaded = client.get(f"{API}/loads").json()["loads"]
        assert [each["rejects"] for each in loaded] == [None, "000001", "refused"]
        counts = next(table for table in loaded[1]["tables"] if table["name"] == "fact_sales")
        assert (counts["rows_read"], counts["rows_loaded"], counts["rows_rejected"]) == (19, 17, 2)
        assert (counts["rows_filtered"], counts["rows_repeated"], counts["rows_known"]) == (0, 0, 0)
        assert_error(client.get(f"{API}/loads/9/rejects"), 404, "not_found")
        assert_error(client.get(f"{API}/loads/2/rejects?rules=type"), 400, "invalid_query")
        os.utime(
            rejects_path(warehouse, REFUSED), (time.time() + 60, time.time() + 60)
        )  # as another refused load would
        gone = assert_error(client.get(f"{API}/loads/1/rejects"), 404, "not_found")
        assert "until the next one is refused" in str(gone["hint"])
        assert client.get(f"{API}/loads/2/rejects").json()["total"] == 2
    database.close()
