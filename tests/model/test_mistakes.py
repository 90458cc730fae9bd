"""Every mistake of a model at once, each with its JSON pointer and the nearest valid names."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cube_server.errors import Issue, ModelError
from cube_server.model.read import parse_model, read_model
from tests.toy.star import MODEL

Document = dict[str, Any]
TOY: Document = json.loads(MODEL.read_text(encoding="utf-8"))


def issues_of(document: Document) -> dict[str, Issue]:
    """Give the mistakes of a document by place."""
    with pytest.raises(ModelError) as caught:
        parse_model(json.dumps(document))
    return {issue.place: issue for issue in caught.value.issues}


def toy() -> Document:
    """Give a copy of the toy's model to spoil."""
    return copy.deepcopy(TOY)


def test_the_toy_is_right() -> None:
    assert parse_model(json.dumps(TOY)).name == "toy"


def test_every_mistake_at_once() -> None:
    """References of all kinds: each mistake is found beside the others, and none is invented."""
    document = toy()
    document["tables"]["fact_visit"]["key"] = ["visit_di"]
    product = document["dimensions"]["product"]
    product["levels"]["category"]["column"] = "categry"
    product["levels"]["product"]["caption"] = "prodct"
    product["levels"]["product"]["attributes"]["department"] = {"column": "brand"}
    product["hierarchies"]["goods"]["levels"] = ["department", "category", "category", "prduct", "product"]
    document["dimensions"]["customer"]["levels"]["loner"] = {"column": "area"}
    document["dimensions"]["store"]["table"] = "dim_stor"
    sales = document["cubes"]["sales"]
    sales["measures"]["customers"]["level"] = "customer.custmer"
    sales["measures"]["baskets"]["column"] = "basketid"
    sales["measures"]["weight"] = {"aggregate": "count", "level": "store.store"}
    sales["measures"]["price"]["formula"] = "amount / quantty"
    sales["measures"]["per_basket"]["formula"] = "amount /"
    sales["measures"]["neither"] = {"format": "0"}
    sales["measures"]["words"] = {"aggregate": "sum", "column": "store_id"}
    sales["links"]["ship"]["column"] = "ship_kye"
    document["cubes"]["visits"]["table"] = "fact_visits"
    expected = {
        "/tables/fact_visit/key/0": "'visit_id'",
        "/dimensions/product/levels/category/column": "'category'",
        "/dimensions/product/levels/product/caption": "'product'",
        "/dimensions/product/levels/product/attributes/department": "already a level",
        "/dimensions/product/hierarchies/goods/levels/2": "twice",
        "/dimensions/product/hierarchies/goods/levels/3": "'product'",
        "/dimensions/customer/levels/loner": "no hierarchy",
        "/dimensions/store/table": "'dim_store'",
        "/cubes/sales/measures/baskets/column": "'basket_id'",
        "/cubes/sales/measures/weight": "count counts rows",
        "/cubes/sales/measures/price/formula": "'quantity'",
        "/cubes/sales/measures/per_basket/formula": "at character 9",
        "/cubes/sales/measures/neither": "needs one of aggregate, formula and from",
        "/cubes/sales/measures/words/column": "sum needs a number",
        "/cubes/sales/links/ship/column": "'ship_key'",
        "/cubes/visits/table": "'fact_visit'",
    }
    found = issues_of(document)
    assert set(found) == set(expected)
    for place, part in expected.items():
        assert part in str(found[place])


def test_mistakes_of_shape_and_of_reference_at_once() -> None:
    """A malformed part does not hide what is wrong elsewhere, nor cause mistakes to be reported that follow from it."""
    document = toy()
    document["colour"] = "red"
    document["tables"]["dim_store"]["columns"]["store"] = "string"
    document["dimensions"]["time"]["role"] = "tiem"
    document["dimensions"]["time"]["levels"]["year"]["lable"] = "Year"
    document["cubes"]["sales"]["measures"]["amount"]["aggregate"] = "summ"
    document["cubes"]["sales"]["measures"]["largest"]["column"] = "amuont"
    del document["cubes"]["visits"]["links"]["store"]["column"]
    expected = {
        "/colour": "Unknown field 'colour'",
        "/tables/dim_store/columns/store": "",
        "/dimensions/time/role": "'time'",
        "/dimensions/time/levels/year/lable": "'label'",
        "/cubes/sales/measures/amount/aggregate": "'sum'",
        "/cubes/sales/measures/largest/column": "'amount'",
        "/cubes/visits/links/store/column": "names no column",
    }
    found = issues_of(document)
    assert set(expected) <= set(found)
    for place, part in expected.items():
        assert part in str(found[place])


def test_mistakes_of_trees_and_hidden_members() -> None:
    """A tree is of rows, by a column like their key; a hierarchy has it or levels; at the top nothing can be hidden."""
    document = toy()
    staff = document["dimensions"]["staff"]
    bosses = staff["hierarchies"].pop("bosses")["tree"]
    staff["levels"]["rank"] = {"column": "seniority"}
    staff["levels"]["staff"]["attributes"] = {"staff_2": {"column": "staff"}}
    hierarchies = {
        "a": {"tree": {**bosses, "of": "staf"}},
        "b": {"tree": {**bosses, "of": "rank"}},
        "c": {"tree": {**bosses, "parent": "bos_id"}},
        "d": {"tree": {**bosses, "parent": "staff"}},
        "e": {"tree": {**bosses, "root": "none"}},
        "f": {"tree": bosses, "levels": ["rank"]},
        "g": {},
        "h": {"tree": bosses},
        "i": {"tree": {**bosses, "depth": 0}},
    }
    staff["hierarchies"] |= hierarchies
    document["dimensions"]["place"]["levels"]["country"]["hide"] = "blank"
    document["dimensions"]["place"]["levels"]["state"]["hide"] = "child"
    expected = {
        "staff/hierarchies/a/tree/of": "'staff'",
        "staff/hierarchies/b/tree/of": "'rank' is not by 'staff_id', the key of 'dim_staff'",
        "staff/hierarchies/c/tree/parent": "'boss_id'",
        "staff/hierarchies/d/tree/parent": "dim_staff.staff is text, but the key of 'staff' is int",
        "staff/hierarchies/e/tree/root": "'none'",
        "staff/hierarchies/f": "either levels or a tree",
        "staff/hierarchies/g": "either levels or a tree",
        "staff/hierarchies/h/tree/of": "'staff_2'",
        "staff/hierarchies/i/tree/depth": "depth",
        "place/levels/country/hide": "at the top",
        "place/levels/state/hide": "'blank' or 'parent'",
    }
    found = issues_of(document)
    assert {f"/dimensions/{place}" for place in expected} == set(found)
    for place, part in expected.items():
        assert part in str(found[f"/dimensions/{place}"])


def test_mistakes_of_rules_over_time() -> None:
    """A rule needs a link to time, an aggregate with a value of each day, and says nothing that has no meaning."""
    document = toy()
    over_time = {
        "a": ("sum", {"over": "tim", "take": "last"}),
        "b": ("sum", {"over": "store", "take": "last"}),
        "c": ("avg", {"over": "time", "take": "average"}),
        "d": ("sum", {"over": "time", "take": "last", "per": ["product.product"]}),
        "e": ("sum", {"over": "time", "take": "average", "per": ["product.product"]}),
        "f": ("sum", {"over": "time", "take": "last_nonempty", "days": "present"}),
        "g": ("sum", {"over": "time", "take": "last_nonempty", "per": ["product.prodct", "time.month"]}),
    }
    measures = document["cubes"]["sales"]["measures"]
    for name, (aggregate, rule) in over_time.items():
        measures[name] = {"aggregate": aggregate, "column": "amount", "semi_additive": rule}
    measures["h"] = {"formula": "amount + 1", "semi_additive": {"over": "time", "take": "last"}}
    of_keys = {"over": "time", "take": "last"}
    measures["i"] = {"aggregate": "distinct", "column": "customer_id", "semi_additive": of_keys}
    expected = {
        "a/semi_additive/over": "'time'",
        "b/semi_additive/over": "No link 'store' to a dimension of time. Valid: time, ship.",
        "c/semi_additive": "avg has no value of each day",
        "d/semi_additive/per": "the last day of the calendar is the same",
        "e/semi_additive/per": "an average over the calendar's days is the same",
        "f/semi_additive/days": "Only an average runs over days",
        "g/semi_additive/per/0": "'product.product'",
        "g/semi_additive/per/1": "'time.month' is a time",
        "h/semi_additive": "only aggregates",
        "i/semi_additive": "distinct has no value of each day",
    }
    found = issues_of(document)
    assert set(found) == {f"/cubes/sales/measures/{place}" for place in expected}
    for place, part in expected.items():
        assert part in str(found[f"/cubes/sales/measures/{place}"])


def test_a_rule_over_time_needs_one_day_and_one_item_a_fact() -> None:
    document = toy()
    cube = document["cubes"]["bridged"]
    cube["links"]["seen"] = {"column": "basket_id", "dimension": "time", "through": {"facts": "time"}}
    rules = {
        "a": {"over": "seen", "take": "last"},
        "b": {"over": "time", "take": "last_nonempty", "per": ["offer.product"]},
    }
    for name, rule in rules.items():
        cube["measures"][name] = {"aggregate": "sum", "column": "amount", "semi_additive": rule}
    found = issues_of(document)
    assert set(found) == {
        "/cubes/bridged/measures/a/semi_additive/over",
        "/cubes/bridged/measures/b/semi_additive/per/0",
    }


def circle(document: Document) -> str:
    document["cubes"]["sales"]["measures"]["price"]["formula"] = "per_basket + 1"
    document["cubes"]["sales"]["measures"]["per_basket"]["formula"] = "price - 1"
    return "/cubes/sales/measures/price/formula"


def self_made(document: Document) -> str:
    document["cubes"]["sales"]["measures"]["price"]["formula"] = "amount / price"
    return "/cubes/sales/measures/price/formula"


def both(document: Document) -> str:
    document["cubes"]["sales"]["measures"]["amount"]["formula"] = "lines + 1"
    return "/cubes/sales/measures/amount"


def two_keys(document: Document) -> str:
    document["tables"]["dim_store"]["key"] = ["store_id", "store"]
    return "/tables/dim_store/key"


def other_type(document: Document) -> str:
    document["tables"]["fact_sales"]["columns"]["store_id"] = "int"
    return "/cubes/sales/links/store/column"


def float_key(document: Document) -> str:
    document["cubes"]["sales"]["measures"]["weights"] = {"aggregate": "distinct", "column": "weight"}
    return "/cubes/sales/measures/weights/column"


def no_operand(document: Document) -> str:
    document["cubes"]["sales"]["measures"]["amount"] = {"aggregate": "sum"}
    return "/cubes/sales/measures/amount"


def two_operands(document: Document) -> str:
    measures = document["cubes"]["sales"]["measures"]
    measures["baskets"] = {"aggregate": "distinct", "column": "basket_id", "level": "time.day"}
    return "/cubes/sales/measures/baskets"


def no_dimension(document: Document) -> str:
    document["cubes"]["sales"]["links"]["ship"]["dimension"] = "tmie"
    return "/cubes/sales/links/ship/dimension"


def drillthrough_column(document: Document) -> str:
    document["cubes"]["sales"]["drillthrough"].append("amonut")
    return "/cubes/sales/drillthrough/8"


def drillthrough_level(document: Document) -> str:
    document["cubes"]["sales"]["drillthrough"].append("time.dya")
    return "/cubes/sales/drillthrough/8"


def condition_as_measure(document: Document) -> str:
    document["cubes"]["sales"]["measures"]["price"]["formula"] = "amount > 1"
    return "/cubes/sales/measures/price/formula"


def bad_name(document: Document) -> str:
    document["cubes"]["sales"]["measures"]["net sales"] = {"aggregate": "count"}
    return "/cubes/sales/measures/net sales/[key]"


def attribute_named_as_hierarchy(document: Document) -> str:
    levels = document["dimensions"]["customer"]["levels"]
    levels["customer"]["attributes"]["home"] = {"column": "age"}
    return "/dimensions/customer/levels/customer/attributes/home"


def other_format(document: Document) -> str:
    document["format"] = 2
    return "/format"


def through(document: Document, role: str) -> dict[str, Any]:
    found: dict[str, Any] = document["cubes"]["bridged"]["links"][role]["through"]
    return found


def through_nothing(document: Document) -> str:
    through(document, "also").clear()
    return "/cubes/bridged/links/also/through"


def through_and_a_level(document: Document) -> str:
    document["cubes"]["bridged"]["links"]["also"]["level"] = "category"
    return "/cubes/bridged/links/also/level"


def through_a_link_above(document: Document) -> str:
    links = document["cubes"]["plans"]["links"]
    links["beside"] = {"column": "store_id", "dimension": "time", "through": {"facts": "time"}}
    return "/cubes/plans/links/beside/through/facts"


def through_two_ways(document: Document) -> str:
    through(document, "also")["table"] = "bridge_offer"
    return "/cubes/bridged/links/also/through"


def through_no_table(document: Document) -> str:
    through(document, "offer")["table"] = "bridge_ofer"
    return "/cubes/bridged/links/offer/through/table"


def through_no_column(document: Document) -> str:
    through(document, "sent")["from"] = "too"
    return "/cubes/bridged/links/sent/through/from"


def through_other_type(document: Document) -> str:
    document["tables"]["bridge_sent"]["columns"]["promo"] = "text"
    return "/cubes/bridged/links/sent/through/to"


def through_no_link(document: Document) -> str:
    through(document, "also")["facts"] = "produkt"
    return "/cubes/bridged/links/also/through/facts"


def through_a_bridge(document: Document) -> str:
    through(document, "also")["facts"] = "offer"
    return "/cubes/bridged/links/also/through/facts"


def through_another_dimension(document: Document) -> str:
    through(document, "also")["facts"] = "customer"
    return "/cubes/bridged/links/also/through/facts"


def through_no_days(document: Document) -> str:
    through(document, "promo")["dates"] = "customer"
    return "/cubes/bridged/links/promo/through/dates"


def through_no_date(document: Document) -> str:
    through(document, "promo")["to"] = "promo"
    return "/cubes/bridged/links/promo/through/to"


def through_half_the_dates(document: Document) -> str:
    del through(document, "before")["to"]
    return "/cubes/bridged/links/before/through/to"


def dates_with_a_column(document: Document) -> str:
    document["cubes"]["bridged"]["links"]["promo"]["column"] = "date_key"
    return "/cubes/bridged/links/promo/column"


def bridge_without_a_column(document: Document) -> str:
    del document["cubes"]["bridged"]["links"]["also"]["column"]
    return "/cubes/bridged/links/also/column"


def drillthrough_over_a_bridge(document: Document) -> str:
    document["cubes"]["bridged"]["drillthrough"].append("also.product")
    return "/cubes/bridged/drillthrough/4"


SPOILERS: list[Callable[[Document], str]] = [
    circle,
    self_made,
    both,
    two_keys,
    other_type,
    float_key,
    no_operand,
    two_operands,
    no_dimension,
    drillthrough_column,
    drillthrough_level,
    condition_as_measure,
    bad_name,
    attribute_named_as_hierarchy,
    through_nothing,
    through_and_a_level,
    through_a_link_above,
    through_two_ways,
    through_no_table,
    through_no_column,
    through_other_type,
    through_no_link,
    through_a_bridge,
    through_another_dimension,
    through_no_days,
    through_no_date,
    through_half_the_dates,
    dates_with_a_column,
    bridge_without_a_column,
    drillthrough_over_a_bridge,
    other_format,
]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_one_mistake(spoil: Callable[[Document], str]) -> None:
    document = toy()
    place = spoil(document)
    assert place in issues_of(document)


def test_a_circle_blames_every_measure_on_it_and_no_other() -> None:
    document = toy()
    circle(document)
    measures = "/cubes/sales/measures"
    assert set(issues_of(document)) == {f"{measures}/price/formula", f"{measures}/per_basket/formula"}


def test_a_name_given_twice_is_a_mistake() -> None:
    """JSON readers keep the last of two equal names in silence; we do not."""
    text = json.dumps(TOY).replace('"months":', '"amount":')
    with pytest.raises(ModelError, match="'amount' more than once"):
        parse_model(text)


@pytest.mark.parametrize("text", ["", "{", '{"format": 1,}', "[1, 2", "nonsense"])
def test_what_is_no_json_says_where(text: str) -> None:
    with pytest.raises(ModelError, match=r"no valid JSON: .* at line 1, column \d+"):
        parse_model(text, source="model.json")


@pytest.mark.parametrize("text", ["[]", "1", "null", '"cubes"', "[" * 100_000 + "]" * 100_000])
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(ModelError):
        parse_model(text)


def test_a_file_that_is_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Cannot read the model"):
        read_model(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes('{"name": "Größe"}'.encode("latin-1"))
    with pytest.raises(ModelError, match="not UTF-8"):
        read_model(tmp_path / "latin.json")


def test_the_error_shows_every_mistake_on_a_line() -> None:
    document = toy()
    circle(document)
    other_type(document)
    with pytest.raises(ModelError) as caught:
        parse_model(json.dumps(document), source="model.json")
    head, *lines = str(caught.value).splitlines()
    assert head == "model.json has 4 mistakes."
    assert all(line.strip().startswith(("/cubes/sales/", "/cubes/bridged/")) for line in lines)
    assert len(lines) == 4
