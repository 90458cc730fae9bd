"""What an import keeps for the Slicer API; expected values stand in the files of `shop/`."""

from __future__ import annotations

import pytest

from cube_server.model.slicer import SlicerCube, SlicerDoc
from tests.databrewery.conftest import Installation


@pytest.fixture(scope="module")
def section(shop: Installation) -> SlicerDoc:
    """The section of the imported model."""
    assert shop.imported.model.slicer is not None
    return shop.imported.model.slicer


@pytest.fixture(scope="module")
def orders(section: SlicerDoc) -> SlicerCube:
    """The cube of orders in it."""
    return section.cubes["orders"]


def test_settings(section: SlicerDoc) -> None:
    assert section.json_record_limit == 50
    assert section.allow_cors_origin == "https://example.org"
    assert section.timezone == "Europe/Bratislava"
    assert section.first_weekday == 6
    assert section.info == {"label": "The shop"}
    assert {name: cube.cube for name, cube in section.cubes.items()} == {
        "orders": "orders",
        "handed over": "handed_over",
        "visits": "visits",
    }


def test_labels_are_given_generated_or_translated(orders: SlicerCube) -> None:
    assert orders.label == {"en": "Orders", "sk": "Objednávky"}
    assert {name: part.label for name, part in orders.measures.items()} == {
        "price": "Price", "quantity": "Quantity", "weight": "Weight", "value": "Value", "half": "Half",
    }  # fmt: skip
    labels = {name: part.label for name, part in orders.aggregates.items()}
    assert labels["price_sum"] == {"en": "Sum of Price", "sk": "Cena"}
    assert labels["value_sum"] == "Sum of value"
    assert labels["weight_count"] == "Non-empty count of weight"
    assert labels["mean_value"] == "mean_value"
    store = orders.dimensions["store"]
    assert store.label == {"en": "Store", "sk": "Obchod"}
    assert store.levels["town"].attributes["town"].label == {"sk": "Mesto"}


def test_joins(orders: SlicerCube) -> None:
    methods = {name: dimension.join for name, dimension in orders.dimensions.items()}
    assert methods == {
        "channel": None, "store": "match", "item": "match", "batch": "match", "ordered": None, "2nd channel": None,
        "calendar": "match", "shipped": "detail",
    }  # fmt: skip


def test_references_and_where_their_values_are(orders: SlicerCube) -> None:
    dimensions = orders.dimensions
    assert dimensions["channel"].levels["channel"].attributes["channel"].ref == "channel"
    assert dimensions["2nd channel"].link == "_2nd_channel"
    assert dimensions["2nd channel"].levels["2nd channel"].attributes["note"].ref == "2nd channel.note"
    name = dimensions["item"].levels["item"].attributes["name"]
    assert (name.ref, name.level, name.localized) == ("item.name", "name", {"en": "name", "sk": "name_sk"})
    level = dimensions["batch"].levels["batch"]
    assert (level.key, level.label_attribute, level.order_attribute) == ("year", "no", "year")


def test_templates_and_narrowed_dimensions(orders: SlicerCube) -> None:
    calendar, shipped = orders.dimensions["calendar"], orders.dimensions["shipped"]
    assert list(calendar.hierarchies) == ["ym"]
    assert list(shipped.hierarchies) == ["ym", "m"]
    assert shipped.default_hierarchy_name == "ym"
    assert (shipped.role, shipped.info) == ("time", {})
    assert calendar.info == {"cv-datefilter": True}
    assert [(level.role, level.order) for level in shipped.levels.values()] == [("year", None), ("month", "desc")]


def test_aggregates_and_the_measures_that_they_ask(orders: SlicerCube) -> None:
    asked = {name: aggregate.asks for name, aggregate in orders.aggregates.items()}
    assert {name for name, measure in asked.items() if measure is None} == {"price_sma", "odd", "strange"}
    assert all(measure in (None, name) for name, measure in asked.items())
    assert orders.aggregates["price_sma"].window_size == 2


def test_columns_of_facts(orders: SlicerCube) -> None:
    assert (orders.key, orders.fact_key) == (None, "id")
    assert {name: part.column for name, part in orders.details.items()} == {"id": "id", "note": "note"}
    assert orders.measures["value"].expression == "price * quantity"


def test_implicit_aggregates_and_folders(section: SlicerDoc) -> None:
    visits = section.cubes["visits"]
    assert list(visits.aggregates) == ["seconds_sum", "seconds_avg"]
    assert visits.dimensions["channel"].label == "Page"
    assert visits.dimensions["channel"].cardinality == "low"
