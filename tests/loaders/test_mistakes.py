"""Every mistake of a source is named with its file, row, line, column and value, and all are told at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cube_server.errors import ModelError, SourceError
from cube_server.warehouse.store import Warehouse
from loaders.pipeline import load
from tests.loaders import shop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shop.write_csv(shop.frames(), tmp_path / "source"))


def refusal(source: str | Path, document: dict[str, Any] | None = None) -> str:
    """Load what cannot be loaded; give the error, and see that nothing became visible."""
    warehouse = Path(str(source).removeprefix("sqlite:///")).parent / "warehouse"
    with pytest.raises(SourceError) as caught:
        load(shop.model(document or shop.DOCUMENT), str(source), warehouse)
    assert Warehouse(warehouse).snapshots() == ()
    return str(caught.value)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_value_that_does_not_convert(folder: Path) -> None:
    # Row 2 is on line 4: the product of row 3 alone holds a line break, so a blank line is put before row 2.
    edit(folder / "product.csv", "10,", "\nten,")
    told = refusal(folder)
    assert "1 mistake." in told
    assert "product.csv, row 2 (line 4), column product_id: 'ten' is not of type int. An int is" in told


def test_a_row_behind_a_line_break_is_named_by_its_own_line(folder: Path) -> None:
    edit(folder / "sale.csv", '"a|b;c"' if '"a|b;c"' in (folder / "sale.csv").read_text() else "a|b;c", '"a\nb"')
    edit(folder / "sale.csv", "4,,Ann", "four,,Ann")
    assert "sale.csv, row 4 (line 6), column sale_id: 'four' is not of type int" in refusal(folder)


def test_too_many_digits(folder: Path) -> None:
    edit(folder / "product.csv", "3.50", "3.505")
    told = refusal(folder)
    assert "'3.505' is not of type decimal(2): it has more than 2 digits behind the point." in told


def test_the_mistakes_of_all_tables_are_told_at_once(folder: Path) -> None:
    edit(folder / "product.csv", "3.50", "much")
    edit(folder / "day.csv", "2024-01-02", "2024-02-30")
    (folder / "people.csv").unlink()
    told = refusal(folder)
    assert "3 mistakes." in told
    assert "column price: 'much'" in told
    assert "column day: '2024-02-30'" in told
    assert "There is no people.csv, people.parquet or a folder people" in told


def test_many_mistakes_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    tables = shop.frames()
    text = tables["sale"].with_columns(pl.col("amount", "weight", "at", "ordered", "shipped").cast(pl.String))
    bad = text.with_columns(pl.lit("bad").alias(name) for name in ("amount", "weight", "at", "ordered", "shipped"))
    tables["sale"] = pl.concat([bad] * 100)
    told = refusal(shop.write_csv(tables, tmp_path / "source"))
    assert "3,000 mistakes, 20 of them shown." in told
    assert told.count("\n") == 20
    assert told.count("column ordered:") == 5


def test_parquet_mistakes_name_the_row(tmp_path: Path) -> None:
    tables = shop.frames()
    tables["day"] = tables["day"].with_columns(year=pl.Series([2024.0, 2024.5, 2024.0]))
    told = refusal(shop.write_parquet(tables, tmp_path / "source"))
    assert "day.parquet, row 2, column year: 2024.5 is not of type int." in told


def test_sqlite_mistakes_name_the_row_across_batches(tmp_path: Path) -> None:
    tables = shop.frames()
    sale = pl.concat([tables["sale"].drop("sale_id")] * 20_000).with_row_index("sale_id")
    source = shop.write_sqlite({**tables, "sale": sale}, tmp_path / "shop.db")
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("update sale set amount = 'free' where sale_id = 99999")
    connection.close()
    assert "table sale, row 100000, column amount: 'free' is not of type decimal(2)" in refusal(source)


def test_a_missing_table_names_the_nearest(folder: Path, tmp_path: Path) -> None:
    (folder / "product.csv").rename(folder / "products.csv")
    assert "There is no product.csv, product.parquet or a folder product" in refusal(folder)
    assert "Did you mean 'products'?" in refusal(folder)
    source = shop.write_sqlite(
        {"days" if name == "day" else name: frame for name, frame in shop.frames().items()}, tmp_path / "s.db"
    )
    assert "There is no table 'day'. Did you mean 'days'?" in refusal(source)


@pytest.mark.parametrize("write", [shop.write_csv, shop.write_parquet, shop.write_sqlite])
def test_a_missing_column_names_the_nearest(write: Callable[[shop.Frames, Path], str], tmp_path: Path) -> None:
    tables = shop.frames()
    tables["product"] = tables["product"].rename({"category": "Category", "price": "x"})
    told = refusal(write(tables, tmp_path / "source"))
    assert "2 mistakes." in told
    assert "There is no column 'category'. Did you mean 'Category'" in told
    assert "There is no column 'price'. Valid: product_id," in told


def test_two_files_for_one_table(folder: Path) -> None:
    shop.frames()["day"].write_parquet(folder / "day.parquet")
    assert "There are day.parquet and day.csv: which of them is meant?" in refusal(folder)


def test_a_folder_without_files_or_with_both_kinds(folder: Path) -> None:
    (folder / "day.csv").unlink()
    (folder / "day").mkdir()
    assert "The folder holds no CSV or Parquet file." in refusal(folder)
    shop.frames()["day"].write_parquet(folder / "day" / "a.parquet")
    shop.frames()["day"].write_csv(folder / "day" / "b.csv")
    assert "The folder holds both CSV and Parquet files." in refusal(folder)


def test_a_row_with_too_few_or_too_many_fields(folder: Path) -> None:
    edit(folder / "people.csv", "Ann,Oslo", "Ann,Oslo,Norway")
    with (folder / "people.csv").open("a", encoding="utf-8") as file:
        file.write("\nEve\n")
    told = refusal(folder)
    assert "people.csv, row 1 (line 2): The row has 3 fields, the header has 2." in told
    assert "people.csv, row 3 (line 5): The row has 1 fields, the header has 2." in told


@pytest.mark.parametrize("wrong", ['"Ann,Oslo', '"An"n,Oslo'])
def test_quotes_that_do_not_close(folder: Path, wrong: str) -> None:
    edit(folder / "people.csv", "Ann,Oslo", wrong)
    assert "people.csv, row starting on line 2: The quotes are wrong" in refusal(folder)


def test_a_row_that_is_larger_than_any_should_be(folder: Path) -> None:
    edit(folder / "people.csv", "Oslo", "O" * (1 << 25))
    assert "people.csv, line 2: The line is longer than 16 MiB. That is no row of a table" in refusal(folder)


def test_text_that_is_not_utf8(folder: Path) -> None:
    (folder / "people.csv").write_bytes("name,city\nAnn,Oslo\nBöb,\n".encode("latin-1"))
    assert "people.csv, line 3: The file is not UTF-8" in refusal(folder)


def test_an_empty_file_and_a_repeated_column(folder: Path) -> None:
    (folder / "people.csv").write_text("")
    edit(folder / "day.csv", "day_no,day,year", "day_no,day,day")
    told = refusal(folder)
    assert "people.csv: The file is empty." in told
    assert "day.csv: The header names the column 'day' more than once." in told


def test_a_byte_order_mark_and_blank_lines_are_no_mistake(folder: Path, tmp_path: Path) -> None:
    text = (folder / "people.csv").read_text(encoding="utf-8")
    (folder / "people.csv").write_text(text + "\n\n", encoding="utf-8-sig")
    assert load(shop.model(), str(folder), tmp_path / "warehouse").rows["customer"] == 3


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    source = Path(shop.write_parquet(shop.frames(), tmp_path / "source"))
    (source / "day.parquet").write_text("day_no,day,year\n")
    assert "day.parquet: The file is no readable Parquet file" in refusal(source)


def test_no_such_folder_leaves_no_warehouse(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no folder"):
        load(shop.model(), str(tmp_path / "nowhere"), tmp_path / "warehouse")
    assert not (tmp_path / "warehouse").exists()


def test_keys_of_dimensions_are_there_once(folder: Path) -> None:
    with (folder / "people.csv").open("a", encoding="utf-8") as file:
        file.write("Ann,Bergen\n,Rome\n")
    told = refusal(folder)
    assert "people.csv, row 3 (line 4): The key name='Ann' is also that of people.csv, row 1 (line 2)." in told
    assert "people.csv, row 4 (line 5): The key column name is null." in told


def test_keys_of_facts_are_there_once(folder: Path) -> None:
    edit(folder / "sale.csv", "\n3,", "\n1,")
    edit(folder / "sale.csv", "\n5,", "\n,")
    told = refusal(folder)
    assert "sale.csv, row 3 (line 4): The key sale_id='1' is also that of sale.csv, row 1 (line 2)." in told
    assert "sale.csv, row 5 (line 6): The key column sale_id is null." in told


def test_a_unique_level_has_one_parent(folder: Path) -> None:
    edit(folder / "day.csv", "20240103,2024-01-03,2024", "20240103,2024-01-02,2025")
    told = refusal(folder)
    assert "day.csv, row 3 (line 4): time.day is declared unique, but one key of it has two parents" in told
    assert "day='2024-01-02' has year='2025' here, and year='2024' in day.csv, row 1 (line 2)." in told


def test_captions_and_orders_depend_on_the_member(tmp_path: Path) -> None:
    tables = shop.frames()
    tables["product"] = tables["product"].with_columns(category_no=pl.Series([1, 2, 3]))
    told = refusal(shop.write_parquet(tables, tmp_path / "source"))
    assert "One member of product.category has two values of its order: category='Goods' has" in told
    assert "category_no='3' here, and category_no='2' in product.parquet, row 2." in told


def test_the_caption_of_an_attribute_depends_on_its_key(folder: Path) -> None:
    document = shop.document()
    levels = document["dimensions"]["product"]["levels"]
    levels["product"]["attributes"] = {"number": {"column": "category_no", "caption": "product"}}
    told = refusal(folder, document)
    assert "One member of product.number has two values of its caption: category_no='2'" in told


def test_a_sum_that_could_overflow(tmp_path: Path) -> None:
    tables = shop.frames()
    huge = pl.concat([tables["sale"].drop("sale_id")] * 3).with_row_index("sale_id")
    tables["sale"] = huge.with_columns(amount=pl.lit("9" * 16).cast(pl.Decimal(18, 2)))
    told = refusal(shop.write_parquet(tables, tmp_path / "source"))
    assert f"sale, column amount: The values add up to {18 * (10**18 - 100):,} units of the last digit" in told


def test_ids_that_nothing_adds_up_may_be_as_large_as_they_are(tmp_path: Path) -> None:
    tables = shop.frames()
    tables["sale"] = tables["sale"].with_columns(sale_id=2**63 - 1 - pl.col("sale_id"))
    load(shop.model(), shop.write_parquet(tables, tmp_path / "source"), tmp_path / "warehouse")
    stats = Warehouse(tmp_path / "warehouse").latest().manifest.tables["sale"].columns["sale_id"]
    assert stats.magnitude == 6 * (2**63 - 1) - 21


def test_names_that_the_warehouse_needs(tmp_path: Path) -> None:
    document = shop.document()
    document["tables"]["product"]["columns"]["_key"] = "int"
    document["tables"]["sale"]["columns"]["ordered@time"] = "int"
    with pytest.raises(ModelError) as caught:
        load(shop.model(document), str(tmp_path), tmp_path / "warehouse")
    assert [issue.place for issue in caught.value.issues] == [
        "/tables/product/columns/_key",
        "/tables/sale/columns/ordered@time",
    ]


def test_one_table_for_a_dimension_and_a_cube(tmp_path: Path) -> None:
    document = shop.document()
    document["cubes"]["goods"] = {
        "table": "product",
        "links": {"product": {"column": "product_id"}},
        "measures": {"n": {"aggregate": "count"}},
    }
    with pytest.raises(ModelError, match="The table is both a dimension's and a cube's"):
        load(shop.model(document), str(tmp_path), tmp_path / "warehouse")
