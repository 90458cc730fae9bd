"""Files that are damaged, strange or in the making: the error says what to do, and the served snapshot stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import time
from pathlib import Path

import polars as pl
import pytest

from cube_server.errors import SourceError
from cube_server.model.elements import Model
from cube_server.model.read import parse_model
from cube_server.warehouse.store import Warehouse
from loaders.inference.notes import NoteKind
from loaders.mistakes import Mistakes
from loaders.pipeline import load
from loaders.sources import scanning
from loaders.sources.base import Sized
from loaders.sources.opening import open_source
from tests.inference.drafts import drafted

GOOD = "id,item,amount\n1,Pear,1.50\n2,Fig,2.00\n"


def model(**source: str) -> Model:
    """Give a model of sales, read in this way."""
    sale = {"key": ["id"], "columns": {"id": "int", "item": "text", "amount": "decimal(2)"}}
    made = {"table": "sale", "where": "not is_null(item)", "distinct": True}
    document = {
        "format": 1,
        "name": "shop",
        "tables": {
            "sale": {**sale, "source": {"table": "sale", **source}},
            "item": {"key": ["item"], "columns": {"item": "text"}, "from": made},
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


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A folder with a source and the warehouse of its first load."""
    (tmp_path / "source").mkdir()
    write(tmp_path, GOOD.encode())
    load(model(), str(tmp_path / "source"), tmp_path / "warehouse")
    return tmp_path


def write(folder: Path, data: bytes) -> None:
    (folder / "source" / "sale.csv").write_bytes(data)


def refusal(folder: Path, data: bytes, **source: str) -> str:
    """Load a damaged file over a good one; see that the good one is still served, and that the next load works."""
    write(folder, data)
    with pytest.raises(SourceError) as refused:
        load(model(**source), str(folder / "source"), folder / "warehouse")
    latest = Warehouse(folder / "warehouse").latest()
    assert latest.id == "000001"
    assert sorted(latest.table("sale").read(["id"])["id"]) == [1, 2]
    write(folder, GOOD.encode())
    assert load(model(), str(folder / "source"), folder / "warehouse").rows["sale"] == 2
    return str(refused.value)


def loaded(folder: Path, data: bytes, **source: str) -> list[str]:
    """Load a file; give the items."""
    write(folder, data)
    load(model(**source), str(folder / "source"), folder / "warehouse")
    members = Warehouse(folder / "warehouse").latest().table("item").read(["item", "_status"])
    return sorted(item for item, status in members.rows() if status == 0)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (GOOD[:-8].encode(), "it may have been cut off: get it again"),
        (b'id,item,amount\n1,"Pear,1.50\n2,Fig', "The quotes are wrong"),
        (b"", "The file is empty. Its first line names the columns."),
        (
            b"id,item,id,amount\n1,Pear,1,1.50\n",
            "names the column 'id' more than once. Rename all but one in the file.",
        ),
        (b"id,item,amount\n1,Pe\0ar,1.50\n", "line 2: There is a NUL byte. The file is damaged, or is no text"),
        (
            b"id,item,amount\n1,Pear, ripe,1.50\n",
            "row 1 (line 2): The row has 4 fields, the header has 3. A field that holds",
        ),
        (b"id;item;amount\n1;Pear;1.50\n", """Declare it in the model: "source": {"delimiter": ";"}."""),
        (
            GOOD.replace("Pear", "Crème brûlée").encode("cp1252"),
            """It looks like cp1252. Declare it in the model: "source": {"enc""",
        ),
        (GOOD.replace("Pear", "사과와 배").encode("cp949"), "It looks like cp949."),
        (GOOD.encode("utf-16"), "It looks like utf-16."),
        (GOOD.encode("utf-16-le"), "The file looks like utf-16-le."),
    ],
    ids=["cut", "quote", "empty", "header", "nul", "ragged", "semicolons", "cp1252", "cp949", "utf-16", "utf-16-le"],
)
def test_a_damaged_file_says_what_to_do(served: Path, data: bytes, told: str) -> None:
    assert told in refusal(served, data)


def test_what_is_declared_is_read(served: Path) -> None:
    text = GOOD.replace("Pear", "Crème; brûlée")
    assert loaded(served, text.encode("cp1252"), encoding="cp1252") == ["Crème; brûlée", "Fig"]
    assert loaded(served, text.encode("utf-16"), encoding="utf-16") == ["Crème; brûlée", "Fig"]
    german = 'id;item;amount\n1;"Käse; alt";1.50\n2;Brot, frisch;2.00\n'
    assert loaded(served, german.encode("latin-1"), encoding="latin-1", delimiter=";") == ["Brot, frisch", "Käse; alt"]


def test_a_header_alone_is_a_table_without_rows(served: Path) -> None:
    assert loaded(served, b"id,item,amount\n") == []


def test_a_line_that_never_ends_is_not_held(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "LONGEST_LINE", 1 << 16)
    monkeypatch.setattr(scanning, "_CHUNK", 1 << 12)
    line = b"1,P" + b"e" * (1 << 18) + b"ar,1.50\n"
    assert "line 3: The line is longer than" in refusal(served, b"id,item,amount\n2,Fig,2.00\n" + line)


def test_a_large_line_takes_little_memory(served: Path) -> None:
    with (served / "source" / "sale.csv").open("wb") as file:
        file.write(b"id,item,amount\n1,")
        file.seek(600 << 20, os.SEEK_CUR)  # a hole of 600 MB: zeros that take no room
        file.write(b",1.50\n")
    code = f"""
import re
from datetime import time
from pathlib import Path
from loaders.sources.scanning import scan
found = scan(Path({str(served / "source" / "sale.csv")!r}), "sale.csv", "utf-8")
# Not getrusage: its peak begins with that of the process that started this one.
print(found.fault.message, re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8").stdout
    assert "NUL" in told or "longer" in told
    assert int(told.split()[-1]) < 400 * 1024


def test_ten_thousand_columns(served: Path) -> None:
    many = [f"c{number}" for number in range(10_000)]
    row = ",".join(map(str, range(10_000)))
    data = f"id,item,amount,{','.join(many)}\n1,Pear,1.50,{row}\n2,Fig,2.00,{row}\n".encode()
    assert loaded(served, data) == ["Fig", "Pear"]
    text = f"day,{','.join(many)}\n" + "".join(f"2024-01-0{day},{row}\n" for day in range(1, 9))
    (served / "source" / "sale.csv").write_text(text)
    draft = drafted(served / "source" / "sale.csv")
    assert any("Of 10,001 columns only the first 300" in note.message for note in draft.draft.notes)


def test_a_file_that_changes_while_it_is_read(served: Path) -> None:
    mistakes = Mistakes()
    with open_source(str(served / "source")) as source:
        for _ in source.parts(model().tables[0], mistakes):
            with (served / "source" / "sale.csv").open("a") as file:
                file.write("3,Plum,1.00\n")
    with pytest.raises(SourceError, match="The file changed while it was read") as refused:
        mistakes.refuse()
    assert "rename it then" in str(refused.value)


def test_a_draft_declares_how_a_file_is_written(tmp_path: Path) -> None:
    text = "tag;artikel;umsatz;stück\n" + "".join(
        f"{day:02}.01.2024;Käse {day % 3};1.234,{day:02};{day}\n" for day in range(1, 29)
    )
    (tmp_path / "umsätze.csv").write_bytes(text.encode("cp1252"))
    draft = drafted(tmp_path)
    raw = next(table for table in draft.document["tables"].values() if "source" in table)
    assert raw["source"] == {"table": "umsätze", "encoding": "cp1252", "delimiter": ";"}
    loaded_rows = load(draft.draft.model, str(tmp_path), tmp_path / "warehouse").rows
    assert 28 in loaded_rows.values()


def test_the_size_of_a_table_is_known_before_it_is_read(tmp_path: Path) -> None:
    rows = pl.DataFrame({"id": range(100_000, 130_000), "item": ["Pear"] * 30_000, "amount": [1.5] * 30_000})
    table = model().tables[0]
    rows.write_csv(tmp_path / "sale.csv")
    with open_source(str(tmp_path)) as source:
        assert isinstance(source, Sized)
        assert abs((source.rows(table) or 0) - 30_000) < 300
    rows.write_parquet(tmp_path / "sale.parquet")
    (tmp_path / "sale.csv").unlink()
    with open_source(str(tmp_path)) as source:
        assert isinstance(source, Sized)
        assert source.rows(table) == 30_000
        (tmp_path / "sale.parquet").write_text("no Parquet")
        assert source.rows(table) is None


def test_a_column_of_parquet_that_no_type_holds_is_named_and_left_out_of_a_draft(served: Path) -> None:
    rows = {
        **{"id": range(1, 41), "item": [["Pear"]] * 40, "amount": [number * 1.25 for number in range(40)]},
        **{"shop": ["North", "South"] * 20, "at": [time(9, 30), time(10)] * 20},
    }
    (served / "source" / "sale.csv").unlink()
    pl.DataFrame(rows).write_parquet(served / "source" / "sale.parquet")
    with pytest.raises(SourceError, match="Column 'item' is a list, which a model has no type for"):
        load(model(), str(served / "source"), served / "warehouse")
    draft = drafted(served / "source")
    assert [note.place for note in draft.draft.notes if note.kind is NoteKind.LEFT_OUT] == ["sale.item"]
    assert draft.document["tables"]["sale"]["columns"]["at"] == "text"
