"""Files and snippets of the table on the screen: the tree as it is seen, and the same query for other programs."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from .pivot import Pivot


def seen(pivot: Pivot, item: str) -> bytes:
    pivot.page.get_by_role("button", name="Export").click()
    with pivot.page.expect_download() as found:
        pivot.page.get_by_role("menuitem", name=item).click()
    return Path(found.value.path()).read_bytes()


def test_the_csv_as_seen_is_the_tree_on_the_screen(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    pivot.toggle_column("Q1")
    rows = list(csv.reader(io.StringIO(seen(pivot, "CSV, as seen").decode("utf-8-sig"))))
    assert rows[0][:5] == ["", "Total", "Total", "Total", "Q1"]
    assert rows[1][4:10] == ["Total", "Total", "Total", "2017-01", "2017-01", "2017-01"]
    assert rows[2][:4] == ["Department › Category", "Sales", "Average basket", "Households"]  # noqa: RUF001
    assert [row[0] for row in rows[3:13]] == pivot.captions()[:10]
    assert len(rows) == 3 + 1 + 31 + len(
        pivot.ask("members?level=product.category&parent=MEAT&meta=true&limit=9000")["data"]
    )
    beef = next(row for row in rows if row[0] == "BEEF")
    for at, shown in enumerate(pivot.numbers("BEEF")):
        assert float(beef[1 + at]) == pytest.approx(shown, abs=0.006)


def test_the_workbook_as_seen_has_numbers_formats_and_indents(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    with ZipFile(io.BytesIO(seen(pivot, "Excel (XLSX), as seen"))) as book:
        assert book.testzip() is None
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
        about = book.read("xl/worksheets/sheet2.xml").decode()
    numbers = {round(float(text), 2) for text in re.findall(r"<v>([-0-9.eE]+)</v>", sheet)}
    assert {value for value in pivot.numbers("BEEF") if value is not None} <= numbers
    assert 'formatCode="#,##0.00"' in styles
    assert 'alignment indent="1"' in styles
    assert "2017-12-31" in about


def test_rows_that_were_never_in_sight_are_in_the_file(pivot: Pivot) -> None:
    pivot.open({"cube": "sales", "rows": [{"levels": ["~product.type"]}], "measures": ["sales"]})
    rows = list(csv.reader(io.StringIO(seen(pivot, "CSV, as seen").decode("utf-8-sig"))))
    assert len(rows) - 1 == int(pivot.grid.get_attribute("aria-rowcount") or 0) - 1
    assert len(rows) > 1_000
    total = float(rows[1][1])
    assert sum(float(row[1] or 0) for row in rows[2:]) == pytest.approx(total)


def test_snippets_ask_for_the_numbers_on_the_screen(pivot: Pivot) -> None:
    pivot.row("FUEL").locator('[role="rowheader"]').click(button="right")
    pivot.page.get_by_role("menuitem", name="Leave this out").click()
    pivot.settle()
    total = pivot.numbers("Total")[0]
    pivot.page.get_by_role("button", name="Export").click()
    pivot.page.get_by_role("menuitem", name="Share: spreadsheets").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.locator(".snippet").first.wait_for()
    texts = {
        section.get_attribute("aria-label") or "": section.locator("pre").inner_text()
        for section in dialog.locator(".snippet").all()
    }
    assert len(texts) == 8
    web = next(text for name, text in texts.items() if name.startswith("Excel for Windows"))
    with urllib.request.urlopen(web.removeprefix('=WEBSERVICE("').removesuffix('")')) as answer:
        assert float(answer.read()) == pytest.approx(total, abs=0.006)
    sheets = texts["Google Sheets (the server must be public)"]
    with urllib.request.urlopen(sheets.removeprefix('=IMPORTDATA("').removesuffix('")')) as answer:
        first = next(iter(csv.DictReader(io.StringIO(answer.read().decode()))))
    assert float(first["sales"]) == pytest.approx(total, abs=0.006)
    asked = pivot.ask("query?layout=cellset", json.loads(texts["Query (JSON)"]))
    assert asked["cells"]["sales"][0][0] == pytest.approx(total, abs=0.006)
    python = texts["Python"]
    compile(python, "snippet", "exec")
    names: dict[str, object] = {}
    exec(python, names)  # the snippet is ours
    assert names["frame"]["sales"][0] == pytest.approx(total, abs=0.006)  # type: ignore[index]
    dialog.get_by_role("button", name="Copy: curl").click()
    expect(dialog.get_by_role("button", name="Copy: curl")).to_have_text("Copied")
    assert pivot.page.evaluate("navigator.clipboard.readText()").startswith("curl -H")


def test_a_pasted_list_finds_members_of_one_name_under_every_parent(pivot: Pivot) -> None:
    listed = pivot.ask("members?level=product.category&search=CANDY&meta=true&limit=9000")["data"]
    pivot.page.get_by_role("button", name="Options: Department › Category").click()  # noqa: RUF001
    pivot.page.get_by_role("menuitem", name="Filter…").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_text("Paste a list").click()
    dialog.get_by_label("One member a line").fill("candy - packaged\nno such thing")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator(".problem")).to_contain_text("no such thing")
    wanted = [member for member in listed if member["caption"] == "CANDY - PACKAGED"]
    expect(dialog.locator(".chosen")).to_have_text(f"{len(wanted)} chosen")
    dialog.get_by_role("button", name="Apply").click()
    pivot.settle()
    cut = "~product.category:CANDY%20-%20PACKAGED"
    assert pivot.numbers("Total")[0] == round(pivot.ask(f"query?measures=sales&cut={cut}")[0]["sales"], 2)


def test_relative_dates_become_those_of_the_data(pivot: Pivot) -> None:
    pivot.field("Month").get_by_role("button", name="Move to: Month").click()
    pivot.page.get_by_role("menuitem", name="Move to: Filters").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_label("Recent").select_option("2")
    expect(dialog.locator(".chosen")).to_have_text("2 chosen")
    dialog.get_by_role("button", name="Apply").click()
    pivot.settle()
    assert pivot.chips("filters") == ["Month: 2017-11, 2017-12"]
    wanted = pivot.ask("query?measures=sales&cut=time.month:2017-11,2017-12")[0]
    assert pivot.numbers("Total")[0] == round(wanted["sales"], 2)


def test_where_a_share_comes_from(pivot: Pivot) -> None:
    pivot.open(
        {
            "cube": "sales",
            "rows": [{"levels": ["product.department"]}],
            "measures": ["sales"],
            "formats": {"sales": {"showAs": "column"}},
        }
    )
    pivot.row("MEAT").locator(".value").first.click(button="right")
    pivot.page.get_by_role("menuitem", name="Where does this number come from?").click()
    dialog = pivot.page.get_by_role("dialog")
    lines = pivot.ask("query?measures=lines&cut=product.department:MEAT")[0]["lines"]
    expect(dialog).to_contain_text(f"{lines:,}")
    for part in ("share(sales, rows.all)", "sum(sales_value)", "Department = MEAT", "2017-12-31", "Loaded", "scan"):
        expect(dialog).to_contain_text(part)


def test_a_column_is_widened_and_fitted_again(pivot: Pivot) -> None:
    header = pivot.page.locator(".header.measure").first
    before = header.bounding_box()
    grip = header.locator(".grip").bounding_box()
    assert before is not None
    assert grip is not None
    pivot.page.mouse.move(grip["x"] + 3, grip["y"] + 8)
    pivot.page.mouse.down()
    pivot.page.mouse.move(grip["x"] + 63, grip["y"] + 8, steps=4)
    pivot.page.mouse.up()
    wide = header.bounding_box()
    assert wide is not None
    assert wide["width"] == pytest.approx(before["width"] + 60, abs=2)
    assert "widths" in pivot.page.url
    header.locator(".grip").dblclick()
    fitted = header.bounding_box()
    assert fitted is not None
    assert fitted["width"] == before["width"]
    pivot.press("Control+Home", "ArrowUp", "ArrowRight", "Alt+ArrowRight", "Alt+ArrowRight", "Alt+ArrowLeft")
    wider = header.bounding_box()
    assert wider is not None
    assert wider["width"] == before["width"] + 16
