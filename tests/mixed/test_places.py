"""What answers and explanations tell of two places, what is refused, and how the part here is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from api.settings import read_settings
from cube_server.backends.mixed.storage import read_storage
from cube_server.cli.fitting import check_serving
from cube_server.cli.validate import validate
from cube_server.engine import Engine
from cube_server.errors import CapabilityError, ModelError, SettingsError, WarehouseError
from cube_server.model.read import read_model
from cube_server.query.request import FactsRequest, QueryRequest
from loaders.pipeline import load
from tests.mixed.conftest import lay_out
from tests.toy.star import FOLDER, MODEL


def ask(engine: Engine, cube: str, measure: str, **more: object) -> tuple[object, str]:
    """Ask for one number; give it, and what answered."""
    cells = engine.query(QueryRequest.model_validate({"cube": cube, "measures": [measure], **more}))
    return cells.matrix(measure), cells.source


DAY = "time.day"
BEFORE = {"cut": [{"level": DAY, "ranges": [{"last": ["2023-12-31"]}]}]}
AFTER = {"cut": [{"level": DAY, "ranges": [{"first": ["2024-02-01"]}]}]}


def test_an_answer_says_what_ran_where(mixed: Engine) -> None:
    """Lines 1 to 3 are of 2023; from February on there are ten, by hand from fact_sales.csv."""
    assert ask(mixed, "sales", "lines") == ([[17]], "warehouse,duckdb")
    assert ask(mixed, "sales", "lines", **BEFORE) == ([[3]], "duckdb")
    assert ask(mixed, "sales", "lines", **AFTER) == ([[9]], "warehouse")
    assert ask(mixed, "pay", "people")[1] == "duckdb"
    snapshot, _, state = mixed.snapshot.id.partition("+")
    assert (snapshot, state.startswith("live-")) == ("000001", True)


def test_explain_says_what_runs_where(mixed: Engine) -> None:
    told = mixed.explain(QueryRequest(cube="sales", measures=["lines"]))
    assert "here, in the warehouse" in told
    assert "there, in DuckDB: SELECT count(*)" in told
    here = mixed.explain(QueryRequest.model_validate({"cube": "sales", "measures": ["lines"], **AFTER}))
    assert "there, in" not in here


def test_who_bought_on_both_sides_counts_once(mixed: Engine) -> None:
    """By hand: customers 1, 2, 3 there and 2, 3, 4 here are four; and eleven baskets."""
    assert ask(mixed, "sales", "customers")[0] == [[4]]
    assert ask(mixed, "sales", "baskets")[0] == [[11]]


def test_what_cannot_be_told_is_refused(mixed: Engine) -> None:
    with pytest.raises(CapabilityError, match="leads from facts to other facts"):
        ask(mixed, "bridged", "lines", axes={"rows": ["also.product"]})
    with pytest.raises(CapabilityError, match="cannot be counted over two places"):
        ask(mixed, "bridged", "baskets", axes={"rows": ["offer.product"]})
    assert ask(mixed, "bridged", "baskets", axes={"rows": ["offer.product"]}, **BEFORE)[1] == "duckdb"


def test_facts_of_both_places_are_pages_of_one_list(mixed: Engine) -> None:
    columns = ["line_id"]
    whole = mixed.facts(FactsRequest(cube="sales", columns=columns))
    pages = [
        mixed.facts(FactsRequest(cube="sales", columns=columns, limit=5, offset=start)) for start in (0, 5, 10, 15)
    ]
    lines = [line for page in pages for line in page.frame["line_id"].to_list()]
    assert (whole.total, sorted(lines), lines) == (17, list(range(1, 18)), whole.frame["line_id"].to_list())


def test_settings_take_the_file_for_the_warehouse(storage: Path) -> None:
    settings = read_settings(warehouse=storage)
    assert (settings.place, settings.warehouse) == (storage, storage.parent / "warehouse")
    told = check_serving(MODEL, storage)
    assert told[0].startswith("asking DuckDB at duckdb:///")
    assert told[1] == f"and the warehouse {settings.warehouse}"


def test_mistakes_are_named(tmp_path: Path) -> None:
    storage = lay_out(tmp_path, tables={"dim_stoer": "here"}, recent={"sales": {"link": "store", "since": 1}})
    with pytest.raises(ModelError) as caught:
        check_serving(MODEL, storage)
    assert {issue.place for issue in caught.value.issues} == {"/tables/dim_stoer", "/recent/sales/link"}
    storage.write_text(json.dumps({"format": 1, "here": "warehouse", "there": "$NOT_SET_ANYWHERE"}), encoding="utf-8")
    with pytest.raises(SettingsError, match="NOT_SET_ANYWHERE"):
        Engine.open(MODEL, storage)


def test_only_what_lies_here_is_loaded(tmp_path: Path) -> None:
    """A manager's own table, and no facts: the warehouse needs nothing else."""
    storage = lay_out(tmp_path, recent={})
    settings = read_settings(warehouse=storage)
    part = read_storage(storage).part_here(read_model(MODEL))
    load(part, str(FOLDER), settings.warehouse.parent / "own")
    document = json.loads(storage.read_text(encoding="utf-8"))
    storage.write_text(json.dumps({**document, "here": "own"}), encoding="utf-8")
    engine = Engine.open(MODEL, storage)
    cells = engine.query(
        QueryRequest.model_validate({"cube": "sales", "measures": ["lines"], "axes": {"rows": ["store.store"]}})
    )
    assert (sum(row[0] or 0 for row in cells.matrix("lines")), cells.source) == (17, "duckdb")
    engine.close()


def change(storage: Path, *statements: str) -> None:
    """Change the database of a storage.json, as somebody else would."""
    address = json.loads(storage.read_text(encoding="utf-8"))["there"]
    with duckdb.connect(address.removeprefix("duckdb:///")) as connection:
        for statement in statements:
            connection.execute(statement)


def test_what_differs_between_the_places_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Gus is below Ben here and below Ada there; basket 100 leads to product 6 there alone."""
    storage = lay_out(tmp_path)
    change(
        storage,
        "update dim_staff set boss_id = 1 where staff_id = 7",
        "insert into bridge_offer values (100, 6)",
    )
    engine = Engine.open(MODEL, storage)
    with pytest.raises(WarehouseError, match=r"dim_staff differs .*: staff_id=7 is below 2 here and below 1 there"):
        ask(engine, "pay", "paid", axes={"rows": ["staff.staff"]})
    with pytest.raises(WarehouseError, match=r"bridge_offer differs .*: basket_id=100 leads to product_id=6 there"):
        ask(engine, "bridged", "lines", axes={"rows": ["offer.product"]})
    assert ask(engine, "bridged", "lines", axes={"rows": ["offer.product"]}, **BEFORE)[1] == "duckdb"
    assert ask(engine, "sales", "lines")[0] == [[17]]
    engine.close()
    with pytest.raises(ModelError, match="dim_staff differs between the places"):
        validate(MODEL, against=str(storage))
    assert "The warehouse" in capsys.readouterr().out


def test_both_places_are_validated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The places fit; of one promotion that facts there have, the row should be here."""
    validate(MODEL, against=str(lay_out(tmp_path)), json=True)
    here, there = json.loads(capsys.readouterr().out)["places"]
    assert (here["place"], there["place"]) == ("The warehouse", "the tables in DuckDB")
    assert (here["rows"]["dim_store"], there["rows"]["fact_sales"], "dim_store" in there["rows"]) == (3, 17, False)
    assert not [part for part in here["findings"] if part["is_mistake"]]
    lost = {part["place"]: part["found"] for part in here["findings"]}
    assert "1 key (promo) of facts there that dim_promo here lacks" in lost["/cubes/bridged/links/sent"]


def test_columns_of_the_warehouse_are_looked_at_before_serving(tmp_path: Path) -> None:
    """A column that the model got after the load is missing here; it fails at the start, not at the first question."""
    storage = lay_out(tmp_path, recent={})
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["tables"]["dim_store"]["columns"]["manager"] = "text"
    model = tmp_path / "cubes.json"
    model.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        check_serving(model, storage)
    assert [issue.place for issue in caught.value.issues] == ["/tables/dim_store/columns/manager"]
    with pytest.raises(ModelError, match="does not fit snapshot"):
        Engine.open(model, storage)
    with pytest.raises(ModelError, match="dim_store/columns/manager"):
        validate(model, against=str(storage))


def test_a_bridge_lies_where_its_facts_do(tmp_path: Path) -> None:
    storage = lay_out(tmp_path, tables={"bridge_offer": "here"})
    with pytest.raises(ModelError, match=r"/tables/bridge_offer: Facts of 'bridged' lie there"):
        check_serving(MODEL, storage)
