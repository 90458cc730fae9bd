"""The published schema and the model that this project serves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from cube_server.model import schema
from cube_server.model.dimensions import Dimension, Hierarchy, Level
from cube_server.model.elements import AggregateKind, BaseMeasure, CalculatedMeasure, Cube, Measure
from cube_server.model.names import find_level
from cube_server.model.read import parse_model, read_model
from tests.sample import ROOT
from tests.toy.star import MODEL

RETAIL = ROOT / "cubes.json"
LANGUAGES = {"en", "ko"}


def texts(node: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Go through every text for people in a document."""
    if isinstance(node, dict):
        for name, part in node.items():
            if name in {"label", "description", "folder"} and not place.endswith(("/columns", "/levels")):
                yield f"{place}/{name}", part
            else:
                yield from texts(part, f"{place}/{name}")


@pytest.mark.parametrize("model", [RETAIL, MODEL], ids=["retail", "toy"])
def test_a_model_follows_the_published_schema(model: Path) -> None:
    published = json.loads((ROOT / schema.PATH).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate(json.loads(model.read_text(encoding="utf-8")), published)


def test_the_published_schema_refuses_what_is_no_model() -> None:
    published = json.loads((ROOT / schema.PATH).read_text(encoding="utf-8"))
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "colour": "red"}, published)


def test_a_stale_schema_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert schema.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err
    assert schema.main([]) == 0
    assert schema.main(["--check"]) == 0
    written = tmp_path / schema.PATH
    written.write_text(written.read_text(encoding="utf-8").replace("unique", "uniqeu"), encoding="utf-8")
    assert schema.main(["--check"]) == 1


def test_the_committed_schema_is_up_to_date() -> None:
    assert (ROOT / schema.PATH).read_text(encoding="utf-8") == schema.schema_text()


def test_every_text_of_the_retail_model_is_in_both_languages() -> None:
    found = dict(texts(json.loads(RETAIL.read_text(encoding="utf-8"))))
    assert len(found) > 100
    lacking = [
        place
        for place, text in found.items()
        if not isinstance(text, dict) or set(text) != LANGUAGES or not all(text.values())
    ]
    assert lacking == []


def test_everything_of_the_retail_model_that_people_see_has_a_label() -> None:
    model = read_model(RETAIL)
    parts: list[Cube | Dimension | Measure | Hierarchy | Level] = [*model.cubes, *model.dimensions]
    parts += [measure for cube in model.cubes for measure in cube.measures]
    parts += [hierarchy for dimension in model.dimensions for hierarchy in dimension.hierarchies]
    parts += [level for dimension in model.dimensions for level in dimension.levels]
    assert [part.name for part in parts if set(dict(part.label.by_language)) != LANGUAGES] == []


def test_the_retail_model_has_what_the_project_promises() -> None:
    model = read_model(RETAIL)
    sales, contacts, redemptions, promotions = model.cubes
    assert [cube.name for cube in model.cubes] == ["sales", "contacts", "redemptions", "promotions"]
    assert [link.name for cube in model.cubes for link in cube.links if link.through] == [
        "also",
        "campaign",
        "before_campaign",
        "contacted",
        "product",
    ]
    assert [(link.name, link.level.name) for link in promotions.links if link.level] == [("time", "week")]
    assert [measure.name for measure in redemptions.measures][:2] == ["redemptions", "households"]
    kinds = {m.name: m.aggregate for m in sales.measures if isinstance(m, BaseMeasure)}
    sums = ("sales", "quantity", "retail_discount", "coupon_discount", "coupon_match_discount")
    assert {name for name, kind in kinds.items() if kind is AggregateKind.SUM} == set(sums)
    assert {name for name, kind in kinds.items() if kind is AggregateKind.DISTINCT} == {
        "baskets",
        "households",
        "products",
        "stores",
        "days_with_sales",
    }
    formulas = {m.name: m.text for cube in (sales, contacts) for m in cube.measures if isinstance(m, CalculatedMeasure)}
    promised = {
        "avg_basket": "sales / baskets",
        "lines_per_basket": "lines / baskets",
        "sales_per_household": "sales / households",
        "discount_rate": "retail_discount / (sales + retail_discount + coupon_match_discount)",
        "response_rate": "responses / contacts",
    }
    assert promised.items() <= formulas.items()


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("time.day", "year quarter month day"),
        ("time.calendar.day", "year quarter month day"),
        ("time.weekly.day", "week_year week day"),
        ("product.type", "department category type"),
        ("~product.type", "type"),
        ("customer.age", "age"),
        ("region.store", "area store"),
    ],
)
def test_a_name_finds_its_level_and_back(name: str, levels: str) -> None:
    links = read_model(RETAIL).cubes[0].links
    ref = find_level(links, name)
    assert " ".join(level.name for level in ref.levels) == levels
    assert find_level(links, ref.name) == ref


def test_every_level_has_a_name_that_finds_it() -> None:
    for cube in read_model(RETAIL).cubes:
        for ref in cube.level_refs():
            assert find_level(cube.links, ref.name) == ref
            assert find_level(cube.links, ref.alone().name) == ref.alone()


@pytest.mark.parametrize(
    "name", ["", "~", ".", "time", "time.", "time.yaer", "tiem.year", "time.weekly.month", "a.b.c.d"]
)
def test_a_wrong_name_is_told_the_nearest(name: str) -> None:
    links = read_model(RETAIL).cubes[0].links
    with pytest.raises(ValueError, match="No level") as caught:
        find_level(links, name)
    assert "Did you mean" in str(caught.value) or "Valid:" in str(caught.value)


def test_a_label_falls_back_to_the_first_language() -> None:
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["label"] = {"ko": "장난감 가게"}
    assert parse_model(json.dumps(document)).label.get("en") == "장난감 가게"


def test_the_hash_does_not_change_with_layout() -> None:
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    assert parse_model(json.dumps(document)).hash == parse_model(json.dumps(document, indent=3)).hash


def test_the_hash_changes_with_meaning() -> None:
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    before = parse_model(json.dumps(document)).hash
    document["cubes"]["sales"]["measures"]["price"]["formula"] = "amount / lines"
    assert parse_model(json.dumps(document)).hash != before


def test_the_hash_changes_with_the_order_of_hierarchies() -> None:
    """The first hierarchy is the default one, so another order means another path of time.day."""
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    before = parse_model(json.dumps(document))
    hierarchies = document["dimensions"]["time"]["hierarchies"]
    document["dimensions"]["time"]["hierarchies"] = dict(reversed(hierarchies.items()))
    after = parse_model(json.dumps(document))
    assert [len(find_level(model.cubes[0].links, "time.day").levels) for model in (before, after)] == [4, 3]
    assert after.hash != before.hash
