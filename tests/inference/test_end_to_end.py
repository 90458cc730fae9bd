"""From a folder, one flat file or SQLite to numbers: what DuckDB finds in the same files."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from benchmarks.drafts import walked
from cube_server.cli import program

from .drafts import shop, written

FLAT = """select s.order_no, s.sold_at::date::text as day, c.state, c.city, p.department, p.category,
    p.product_name as product, s.quantity, s.amount
    from '{0}/fact_sales.csv' s join '{0}/dim_customer.csv' c on s.customer_id = c.id
    join '{0}/products.csv' p using (product_id)"""


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(program, [*map(str, arguments)], prog_name="cube-server")
    assert result.exit_code == 0, result.stderr
    return result.stdout


def answer(source: str, cube: str, rows: str, folder: Path) -> list[tuple[str, ...]]:
    """Infer, validate, load, ask; give the rows of the answer."""
    model, warehouse = folder / "draft" / "cubes.json", folder / "warehouse"
    run("infer", source, "-o", model)
    assert "is valid" in run("validate", model)
    run("load", "--model", model, "--from", source, "--warehouse", warehouse)
    asked = ["--rows", rows, "--measures", "amount,orders", "--format", "csv"]
    text = run("query", cube, *asked, "--model", model, "--warehouse", warehouse)
    kept = [*rows.split(","), "amount", "orders"]
    return [tuple(row[name] for name in kept) for row in csv.DictReader(io.StringIO(text))]


def expected(folder: Path, columns: str) -> list[tuple[str, ...]]:
    query = f"""select {columns}, sum(amount)::decimal(18, 2), count(distinct order_no)
        from ({FLAT.format(folder)}) group by all order by all"""
    return [tuple(map(str, row)) for row in duckdb.execute(query).fetchall()]


def same(found: list[tuple[str, ...]], wanted: list[tuple[str, ...]]) -> bool:
    def numbers(rows: list[tuple[str, ...]]) -> list[tuple[object, ...]]:
        return sorted((*row[:-2], float(row[-2]), int(row[-1])) for row in rows)

    return numbers(found) == numbers(wanted)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return written(tmp_path / "shop", shop())


def test_a_folder(source: Path, tmp_path: Path) -> None:
    found = answer(str(source), "sales", "product.department,product.category,customer.state", tmp_path)
    assert same(found, expected(source, "department, category, state"))


def test_by_processes_up_to_an_answer_over_http(source: Path, tmp_path: Path) -> None:
    walk = walked(str(source), tmp_path)
    (wanted,) = duckdb.execute(
        f"select sum(amount)::double as amount, count(*) as row_count from '{source}/fact_sales.csv'"
    ).fetchall()
    assert walk.cubes == ("sales",)
    assert (walk.answer["amount"], walk.answer["row_count"]) == wanted


def test_one_flat_file(source: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat.csv"
    duckdb.execute(f"copy ({FLAT.format(source)}) to '{flat}' (header)")
    found = answer(str(flat), "flat", "product.department,product.category", tmp_path)
    assert same(found, expected(source, "department, category"))
    # The days of the flat file have a calendar as well.
    model, warehouse = tmp_path / "draft" / "cubes.json", tmp_path / "warehouse"
    asked = ("--rows", "time.quarter", "--measures", "amount", "--format", "csv")
    text = run("query", "flat", *asked, "--model", model, "--warehouse", warehouse)
    quarters = {row["time.quarter"]: float(row["amount"]) for row in csv.DictReader(io.StringIO(text))}
    query = f"select 'Q' || quarter(day::date), sum(amount) from ({FLAT.format(source)}) group by all"
    assert quarters == {name: float(amount) for name, amount in duckdb.execute(query).fetchall()}


def test_sqlite(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        for path in sorted(source.glob("*.csv")):
            header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
            connection.execute(f"create table {path.stem} ({', '.join(header)})")
            marks = ", ".join("?" * len(header))
            filled = [[value or None for value in row] for row in rows]
            connection.executemany(f"insert into {path.stem} values ({marks})", filled)
    connection.close()
    found = answer(f"sqlite:///{file}", "sales", "product.department,customer.city", tmp_path)
    assert same(found, expected(source, "department, city"))


def test_the_last_line_says_what_to_do_next(source: Path, tmp_path: Path) -> None:
    model = tmp_path / "cubes.json"
    result = CliRunner().invoke(program, ["infer", str(source), "-o", str(model)], prog_name="cube-server")
    assert f"{model}: 1 cube, 4 dimensions" in result.stdout
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith(f"Next: cube-server load --model {model} --from {source}")
    again = CliRunner().invoke(program, ["infer", str(source), "-o", str(model)], prog_name="cube-server")
    assert again.exit_code != 0
    assert "--force" in again.stderr
