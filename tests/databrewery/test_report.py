"""What an import tells: notes on what has no equal, and every mistake at its place."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cube_server.errors import ModelError, SourceError
from loaders.databrewery.findings import NoteKind
from loaders.databrewery.importing import import_cubes
from loaders.pipeline import load
from tests.cli.conftest import process
from tests.databrewery.conftest import Installation

from .installation import install

Spoil = Callable[[dict[str, Any]], None]


def notes(shop: Installation, kind: NoteKind) -> dict[str, str]:
    """Give the notes of a kind by place."""
    return {str(note.place): note.message for note in shop.imported.notes if note.kind is kind}


def test_what_is_left_out(shop: Installation) -> None:
    found = notes(shop, NoteKind.UNSUPPORTED)
    assert set(found) == {
        "slicer.ini#/server/authentication",
        "visits.cubesmodel/cube_visits.json#/measures/0",
        "shop.json#/cubes/0/aggregates/11",
        "shop.json#/cubes/0/aggregates/12",
    }
    assert "Did you mean 'min'" in found["shop.json#/cubes/0/aggregates/11"]
    assert "'lpad' has no equal" in found["shop.json#/cubes/0/aggregates/12"]


def test_what_is_not_quite_the_same(shop: Installation) -> None:
    found = notes(shop, NoteKind.APPROXIMATE)
    assert "shops by master, regions by match" in found["shop.json#/cubes/0/dimensions/1"]
    assert "several values of 'no'" in found["data#/batch/batch"]


def test_what_is_ignored(shop: Installation) -> None:
    assert set(notes(shop, NoteKind.IGNORED)) == {
        "slicer.ini#/server/port",
        "slicer.ini#/workspace/log_level",
        "visits.cubesmodel/model.json#/colour",
    }


def mistakes(folder: Path, spoil: Spoil) -> dict[str, str]:
    """Import the installation with a spoilt shop.json; give its mistakes by place."""
    ini = install(folder)
    path = folder / "models" / "shop.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    spoil(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        import_cubes((ini,))
    return {issue.place: f"{issue.message} {issue.hint}".strip() for issue in caught.value.issues}


def test_every_mistake_of_a_model_at_once(tmp_path: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["dimensions"][1]["hierarchies"][0]["levels"] = ["year", "mnth"]
        document["dimensions"][2]["template"] = "calender"
        document["dimensions"][3]["levels"][0]["key"] = "cod"
        document["cubes"][0]["dimensions"][0] = "chanel"
        document["cubes"][0]["joins"][2]["method"] = "outer"

    found = mistakes(tmp_path, spoil)
    assert found["shop.json#/dimensions/1/hierarchies/0/levels/1"].endswith("Did you mean 'month'?")
    assert found["shop.json#/dimensions/2/template"].endswith("Did you mean 'calendar'?")
    assert found["shop.json#/dimensions/3/levels/0/key"].endswith("Did you mean 'code'?")
    assert "has no dimension 'chanel'. Did you mean 'channel'" in found["shop.json#/cubes/0/dimensions/0"]
    assert "Allowed: 'match', 'master', 'detail'." in found["shop.json#/cubes/0/joins/2/method"]


def test_every_mistake_about_tables_at_once(tmp_path: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        cube = document["cubes"][0]
        cube["mappings"] |= {"store.town": "shops.twon", "item.kind": "itms.kind", "price": "prize"}
        cube["mappings"]["ordered.year"]["extract"] = "century"
        cube["joins"][3]["detail"] = ["batchs.year", "batchs.no"]
        cube["aggregates"][0]["measure"] = "prise"

    found = mistakes(tmp_path, spoil)
    assert found["shop.json#/cubes/0/mappings/store.town"].endswith("Did you mean 'town'?")
    assert "not joined to 'orders'. Did you mean 'items'" in found["shop.json#/cubes/0/mappings/item.kind"]
    assert "has no column 'prize'. Did you mean 'price'" in found["shop.json#/cubes/0/mappings/price"]
    assert "extract takes one of year" in found["shop.json#/cubes/0/mappings/ordered.year"]
    assert "There is no table 'batchs'. Did you mean 'batches'" in found["shop.json#/cubes/0/joins/3/detail"]
    assert found["shop.json#/cubes/0/aggregates/0/measure"].endswith("Did you mean 'price'?")


def test_models_by_name_need_their_tables(shop: Installation) -> None:
    models = shop.folder / "models"
    with pytest.raises(ModelError, match="Name the data with --from"):
        import_cubes((models / "shop.json",))
    both = import_cubes((models / "visits.cubesmodel", models / "shop.json"), shop.source)
    assert [cube.name for cube in both.model.cubes] == ["visits", "orders", "handed_over"]
    with pytest.raises(SourceError, match="There is no SQLite file"):
        import_cubes((models / "shop.json",), "sqlite:///nowhere.sqlite")


def test_tables_may_be_files(shop: Installation, tmp_path: Path) -> None:
    with sqlite3.connect(shop.folder / "shop.sqlite") as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        for name in names:
            pl.read_database(f"select * from {name}", connection).write_csv(tmp_path / f"{name}.csv")
    connection.close()
    imported = import_cubes((shop.folder / "models" / "shop.json",), str(tmp_path))
    assert imported.model.cube("orders") is not None
    assert load(imported.model, str(tmp_path), tmp_path / "warehouse").rows["orders"] == 5


def test_two_cubes_of_one_name(tmp_path: Path) -> None:
    ini = install(tmp_path)
    ini.write_text(ini.read_text(encoding="utf-8").replace("visits: visits.cubesmodel", "again: shop.json"))
    with pytest.raises(ModelError, match=r"The cube 'orders' is also in shop\.json#/cubes/0\."):
        import_cubes((ini,))


def test_the_command(tmp_path: Path) -> None:
    ini = install(tmp_path)
    model = tmp_path / "out" / "cubes.json"
    done = process("import-cubes", ini, "-o", model)
    assert done.returncode == 0
    assert done.stdout.startswith("Left out (4)\n  slicer.ini#/server/authentication: ")
    assert done.stdout.endswith(f"{model}: 3 cubes, 9 dimensions, 17 measures\n")
    assert process("validate", model).returncode == 0
    missing = process("import-cubes", tmp_path / "none.ini", "-o", model)
    assert missing.returncode == 3
    assert "Name a slicer.ini, model files or .cubesmodel folders." in missing.stderr
