"""What a view defines for itself: measures, sets, conditions, the first and last rows of a level."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from .pivot import Pivot, cells


def dialog_of(pivot: Pivot, button: str) -> Locator:
    pivot.page.get_by_role("button", name=button).click()
    return pivot.page.get_by_role("dialog")


def apply(pivot: Pivot, dialog: Locator) -> None:
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    pivot.settle()


def level_dialog(pivot: Pivot, level: str) -> Locator:
    pivot.page.get_by_role("button", name="Options: Department › Category").click()  # noqa: RUF001 - the page's sign
    pivot.page.get_by_role("menuitem", name=f"Top, condition, subtotals…: {level}").click()
    return pivot.page.get_by_role("dialog")


def test_a_measure_is_calculated_by_the_server(pivot: Pivot) -> None:
    dialog = dialog_of(pivot, "Calculated measure")
    dialog.get_by_label("Name").fill("Sales a household")
    formula = dialog.get_by_role("combobox", name="Formula")
    formula.press_sequentially("sales / househ")
    expect(dialog.get_by_role("listbox").get_by_role("option", selected=True)).to_contain_text("households")
    formula.press("Tab")
    expect(formula).to_have_value("sales / households")
    apply(pivot, dialog)
    assert pivot.chips("measures")[-1] == "Sales a household"
    asked = {"measures": ["sales", "households"], "axes": {"rows": ["product.department"]}, "totals": True}
    wanted = cells(pivot.ask("query?layout=cellset", asked))
    for caption, member in (("Total", ""), ("MEAT", "MEAT")):
        ratio = (wanted[member, "", "sales"] or 0) / (wanted[member, "", "households"] or 1)
        assert pivot.numbers(caption)[3] == round(ratio, 2)


def test_a_wrong_formula_is_told_at_its_character(pivot: Pivot) -> None:
    dialog = dialog_of(pivot, "Calculated measure")
    dialog.get_by_label("Name").fill("x")
    dialog.get_by_role("combobox", name="Formula").fill("sales / huseholds")
    dialog.get_by_role("button", name="Apply").click()
    alert = dialog.get_by_role("alert")
    expect(alert).to_contain_text("Did you mean 'households'")
    expect(alert).to_contain_text("at character 9: sales / ►huseholds")
    expect(alert).to_have_count(1)
    dialog.get_by_role("button", name="Cancel").click()
    assert len(pivot.chips("measures")) == 3
    pivot.complaints.clear()  # the browser logs the refused request


def test_a_set_by_a_condition_is_a_field_like_others(pivot: Pivot) -> None:
    dialog = dialog_of(pivot, "Set…")
    dialog.get_by_label("Name").fill("Regulars")
    dialog.get_by_label("Level").select_option(label="Household")
    dialog.get_by_role("combobox", name="Condition").fill("baskets >= 150")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    pivot.field("Regulars").get_by_role("button", name="Move to: Regulars").click()
    pivot.page.get_by_role("menuitem", name="Move to: Filters").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_text("true").click()
    apply(pivot, dialog)
    sets = {"sets": {"regulars": {"of": "customer.household", "formula": "baskets >= 150"}}}
    cut = [{"level": "customer.regulars", "members": [True]}]
    wanted = pivot.ask("query", {"measures": ["sales", "households"], "with": sets, "cut": cut, "axes": {}})["cells"]
    assert pivot.numbers("Total")[0] == round(wanted["sales"][0][0], 2)
    assert pivot.numbers("Total")[2] == wanted["households"][0][0]
    pivot.row("MEAT").locator(".value").first.dblclick()
    expect(pivot.page.locator(".fact-count")).to_contain_text("facts")


def test_rows_are_kept_by_a_condition_and_by_rank_at_each_level(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    total, meat = pivot.numbers("Total"), pivot.numbers("MEAT")
    dialog = level_dialog(pivot, "Department")
    dialog.get_by_role("combobox", name="Only rows where").fill("sales > 100000 and households > 2000")
    apply(pivot, dialog)
    dialog = level_dialog(pivot, "Category")
    dialog.get_by_role("combobox", name="Show", exact=True).select_option("n")
    dialog.get_by_role("spinbutton").fill("2")
    dialog.get_by_label("From the").select_option("bottom")
    apply(pivot, dialog)
    asked = {
        "measures": ["sales", "households"],
        "axes": {"rows": [{"level": "product.department", "having": "sales > 100000 and households > 2000"}]},
    }
    kept = {row for row, _, _ in cells(pivot.ask("query?layout=cellset", asked))}
    captions = pivot.captions()
    shown = [name for name in captions if pivot.row(name).get_attribute("aria-level") == "1" and name != "Total"]
    assert set(shown) == kept
    children = [name for name in captions if pivot.row(name).get_attribute("aria-level") == "2"]
    assert len(children) == 2
    assert (pivot.numbers("Total"), pivot.numbers("MEAT")) == (total, meat)
    note = pivot.page.locator(".left-out")
    expect(note).to_contain_text("sales > 100000 and households > 2000")
    expect(note).to_contain_text("bottom 2")


def test_subtotals_and_totals_stand_where_asked(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    dialog = level_dialog(pivot, "Department")
    dialog.get_by_label("Show values of open rows").uncheck()
    apply(pivot, dialog)
    assert set(pivot.numbers("MEAT")) == {None}
    assert pivot.numbers("GROCERY")[0]
    pivot.choose("Display", "Totals last")
    pivot.settle()
    assert pivot.captions()[0] == "GROCERY"
    pivot.press("Control+End")
    pivot.settle()
    assert pivot.captions()[-1] == "Total"
    expect(pivot.page.locator(".header.total")).to_have_text(re.compile("Total"))


def test_a_member_is_split_by_another_field(pivot: Pivot) -> None:
    pivot.toggle_row("MEAT")
    beef = pivot.numbers("BEEF")
    pivot.row("BEEF").locator('[role="rowheader"]').click(button="right")
    pivot.page.get_by_role("menuitem", name="Split this by").click()
    dialog = pivot.page.get_by_role("dialog")
    dialog.get_by_label("Field").select_option("customer.age")
    apply(pivot, dialog)
    assert pivot.chips("rows") == ["Age"]
    assert pivot.chips("filters") == ["Category: BEEF"]
    assert pivot.numbers("Total") == beef
    pivot.page.get_by_label("Undo").click()
    pivot.settle()
    assert pivot.numbers("BEEF") == beef


def test_all_beside_a_row_open_with_one_query(pivot: Pivot) -> None:
    before = len(pivot.questions)
    pivot.row("MEAT").locator('[role="rowheader"]').click(button="right")
    pivot.page.get_by_role("menuitem", name="Expand all beside it").click()
    expect(pivot.page.locator(".status")).to_contain_text("371 rows")
    pivot.settle()
    assert len(pivot.questions) == before + 2  # the count for the guard, and the rows
    assert pivot.numbers("SOFT DRINKS")[0] == 182_126.30
