"""Asking on the command line; the numbers are those that tests/toy/README.md adds up by hand, or DuckDB's."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import polars as pl

from .conftest import Run


def lines(shown: str) -> list[list[str]]:
    """The table's lines as words, without rules and blank lines."""
    return [line.split() for line in shown.splitlines() if line.strip() and "──" not in line]


def test_a_cube_alone_gives_its_first_measure(ask: Run) -> None:
    result = ask("query", "sales")
    assert result.exit_code == 0
    header, total, footer = lines(result.stdout)
    assert header == ["Amount"]
    assert total == ["65.94"]
    assert " ".join(footer).startswith("1 of 1 row · snapshot 000001 · ")


def test_totals_and_levels_are_labelled(ask: Run) -> None:
    result = ask("query", "sales", "--rows", "product.department", "--totals", "rows")
    assert lines(result.stdout)[:-1] == [
        ["Department", "Amount"],
        ["Total", "65.94"],
        ["Food", "47.5"],
        ["Home", "20.94"],
        ["unknown()", "2.5"],
        ["null", "-5.0"],
    ]


def test_a_member_is_told_from_its_namesake_by_its_parents(ask: Run) -> None:
    result = ask("query", "sales", "--rows", "product.category", "--cut", "~product.category:Gifts")
    assert lines(result.stdout)[1:-1] == [["Food", "Gifts", "20.0"], ["Home", "Gifts", "9.99"]]


def test_columns_and_several_measures_are_headed_by_all_they_are(ask: Run) -> None:
    result = ask(
        "query",
        "sales",
        "--columns",
        "time.year",
        "--measures",
        "lines",
        "--measures",
        "baskets",
        "--cut",
        "time.year:2023..2024",
    )
    years, measures, numbers, _ = lines(result.stdout)
    assert years == ["2023", "2023", "2024", "2024"]
    assert measures == ["Lines", "Baskets", "Lines", "Baskets"]
    assert numbers == ["3", "2", "14", "9"]


def test_an_empty_cell_is_blank_not_zero(ask: Run) -> None:
    question = ("query", "sales", "--rows", "customer.customer", "--measures", "amount,lines")
    # Line 9 has no customer and no amount; Eve has bought nothing.
    assert ["null", "null", "1"] in lines(ask(*question).stdout)
    assert ["West", "Eve"] in lines(ask(*question, "--all-members").stdout)


def test_a_page_of_data_says_on_stderr_that_it_is_one(ask: Run) -> None:
    question = ("query", "sales", "--rows", "product.product", "--format", "csv")
    assert ask(*question).stderr == ""
    assert ask(*question, "--limit", "4").stderr.startswith("4 of 10 rows · 6 more: ")


def test_a_table_tells_how_many_rows_it_leaves_out(ask: Run) -> None:
    result = ask("query", "sales", "--rows", "product.product", "--limit", "2", "--offset", "1")
    assert len(lines(result.stdout)) == 1 + 2 + 1
    assert "2 of 10 rows · 1 before · 7 more: --limit all shows them · " in result.stdout


def test_data_is_whole_where_a_table_is_not(ask: Run, oracle: duckdb.DuckDBPyConnection) -> None:
    (expected,) = oracle.execute("select count(distinct product_id) from sales").fetchall()
    result = ask("query", "sales", "--rows", "product.product", "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(result.stdout)))) == expected[0]


def test_csv_and_json_hold_the_same_numbers_as_the_oracle(ask: Run, oracle: duckdb.DuckDBPyConnection) -> None:
    question = ("query", "sales", "--rows", "time.month", "--measures", "amount", "--order", "-amount")
    expected = oracle.execute("select month, sum(amount) from sales group by month order by 2 desc").fetchall()
    rows = list(csv.DictReader(io.StringIO(ask(*question, "--format", "csv").stdout)))
    records = json.loads(ask(*question, "--format", "json").stdout)
    assert [(row["time.month"], float(row["amount"])) for row in rows] == [(m, float(a)) for m, a in expected]
    assert [(row["time.month"], row["amount"]) for row in records] == [(m, float(a)) for m, a in expected]


def test_arrow_goes_to_a_file(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "months.arrow"
    result = ask("query", "sales", "--rows", "time.month", "--format", "arrow", "--output", file)
    assert result.stdout == ""
    assert pl.read_ipc_stream(file)["amount"].sum() == 65.94


def test_a_table_in_a_file_has_no_colours(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "table.txt"
    assert ask("query", "sales", "--rows", "product.department", "--totals", "true", "--output", file).exit_code == 0
    assert lines(file.read_text())[1] == ["Total", "65.94"]


def test_a_file_that_cannot_be_written_is_wrong_usage(ask: Run, tmp_path: Path) -> None:
    result = ask("query", "sales", "--output", tmp_path / "no" / "file.csv")
    assert result.exit_code == 2
    # The box around the error breaks lines where the path happens to end.
    assert "No such file or directory" in " ".join(result.stderr.replace("│", " ").split())


def test_the_whole_question_may_be_json(ask: Run) -> None:
    question = {"measures": ["lines"], "axes": {"rows": ["product.department"]}, "limit": 1}
    assert lines(ask("query", "sales", "--q", json.dumps(question)).stdout)[1] == ["Food", "9"]


def test_korean_labels_where_the_model_has_them(ask: Run) -> None:
    shown = ask("query", "sales", "--rows", "product.department", "--totals", "rows", "--lang", "ko").stdout
    assert lines(shown)[1] == ["합계", "65.94"]


def test_explain_tells_spec_and_plan(ask: Run) -> None:
    result = ask("explain", "sales", "--rows", "product.category", "--measures", "baskets")
    assert result.exit_code == 0
    assert "rows product.category" in result.stdout
    assert "plan" in result.stdout


def test_as_it_was_then(ask: Run) -> None:
    """The lines of tests/spec/cases/history.yaml."""
    question = ("query", "moved", "--measures", "lines", "--cut", "client.area:North", "--format", "csv")
    assert ask(*question, "--scd", "then").stdout.split() == ["lines", "5"]
    assert ask(*question).stdout.split() == ["lines", "7"]
    told = ask("explain", "moved", "--scd", "then").stdout
    assert "client as it was then, by time" in told
