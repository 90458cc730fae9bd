"""The toy star as a Cubes workspace: its model with a section for the Slicer API, written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.toy.star import MODEL

ITEM = {
    "link": "product",
    "join": "match",
    "label": {"en": "Item", "sk": "Tovar"},
    "default_hierarchy_name": "default",
    "levels": {
        "department": {
            "level": "department",
            "key": "department",
            "label_attribute": "department",
            "order_attribute": "department",
            "order": "desc",
            "attributes": {"department": {"ref": "item.department", "level": "department"}},
        },
        "item": {
            "level": "product",
            "key": "id",
            "label_attribute": "brand",
            "order_attribute": "id",
            "cardinality": "high",
            "attributes": {
                "id": {"ref": "item.id", "level": "product"},
                "brand": {"ref": "item.brand", "level": "brand", "label": "Make"},
            },
        },
    },
    "hierarchies": {"default": {"hierarchy": "short", "levels": ["department", "item"]}},
}


def flat(link: str, level: str, ref: str, hierarchy: str, **more: object) -> dict[str, Any]:
    """Describe a dimension of one level with one attribute."""
    attributes = {level: {"ref": ref, "level": level}}
    named = {"key": level, "label_attribute": level, "order_attribute": level}
    return {
        "link": link,
        "default_hierarchy_name": "default",
        "levels": {level: {"level": level, **named, "attributes": attributes}},
        "hierarchies": {"default": {"hierarchy": hierarchy, "levels": [level]}},
        **more,
    }


AGGREGATES = {
    "total": {"asks": "amount", "function": "sum", "measure": "amount", "label": "Total"},
    "n": {"asks": "lines", "function": "count", "label": "Lines"},
    "mean": {"asks": "average", "function": "avg", "measure": "amount"},
    "price": {"asks": "price", "expression": "sum(amount) / sum(quantity)"},
    "smooth": {"function": "sma", "measure": "n", "window_size": 2},
}

SECTION: dict[str, Any] = {
    "info": {"label": "Toys", "nonsense": 1},
    "json_record_limit": 4,
    "allow_cors_origin": "*",
    "visualizer": "http://localhost/viewer/",
    "cubes": {
        "shop": {
            "cube": "sales",
            "label": {"en": "The shop", "sk": "Obchod"},
            "category": "toys",
            "info": {"cv-view-params": {}},
            "fact_key": "line_id",
            "dimensions": {
                "item": ITEM,
                "client": flat("customer", "area", "client", "home", join="master"),
                "store": flat("store", "store", "store", "stores", join="detail"),
            },
            "measures": {"amount": {"column": "amount", "label": "Amount"}},
            "details": {"basket": {"column": "basket_id"}},
            "aggregates": AGGREGATES,
        },
        "odd.shop": {
            "cube": "sales",
            "dimensions": {"store": flat("store", "store", "store", "stores")},
            "aggregates": {"wrong": {"function": "iamunknown"}, "n": AGGREGATES["n"]},
        },
    },
}


def workspace_model(folder: Path) -> Path:
    """Write the toy's model with the section."""
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    document["dimensions"]["product"]["hierarchies"]["short"] = {"levels": ["department", "product"]}
    for name in ("product", "customer", "store"):
        document["dimensions"][name]["unknown"] = "null"
    document["slicer"] = SECTION
    path = folder / "cubes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
