"""What the Slicer API tells of the workspace and of its cubes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cube_server.model.shapes import TextDoc
from cube_server.model.slicer import (
    SlicerAggregate,
    SlicerAttribute,
    SlicerCube,
    SlicerDetail,
    SlicerDimension,
    SlicerHierarchy,
    SlicerLevel,
    SlicerMeasure,
    SlicerPart,
)

from .texts import told
from .windows import FUNCTIONS
from .workspace import Workspace

API_VERSION = 2
_INFO = (
    *("name", "label", "description", "copyright", "license", "maintainer"),
    *("contributors", "visualizers", "keywords", "related"),
)
_FEATURES = {
    "actions": ["aggregate", "fact", "members", "facts", "cell"],
    "aggregate_functions": [
        *("count", "count_nonempty", "count_distinct", "sum"),
        *("min", "max", "avg", "stddev", "variance"),
    ],
    "post_aggregate_functions": list(FUNCTIONS),
}


def workspace_info(workspace: Workspace, version: str, *, with_key: bool) -> dict[str, Any]:
    """Tell of the workspace, for `/info`."""
    settings = workspace.settings
    info = {name: settings.info.get(name) for name in _INFO} if settings.info is not None else {}
    return info | {
        "json_record_limit": settings.json_record_limit,
        "cubes_version": version,
        "timezone": settings.timezone,
        "first_weekday": settings.first_weekday,
        "api_version": API_VERSION,
        "authentication": {"type": "http_basic" if with_key else "none"},
    }


def list_cubes(workspace: Workspace, language: str) -> list[dict[str, Any]]:
    """List the cubes, for `/cubes`."""
    return [
        {"name": name, "label": told(doc.label, language) or name, "category": doc.category, "info": doc.info}
        for name, doc in workspace.cubes().items()
    ]


def model_document(name: str, doc: SlicerCube, language: str) -> dict[str, Any]:
    """Tell all of a cube, for `/cube/<c>/model`. What is null is left out."""
    writer = _Writer(language)
    return writer.part(
        name,
        doc,
        locale=doc.locale,
        category=doc.category,
        key=doc.key,
        aggregates=[writer.aggregate(*item) for item in doc.aggregates.items()],
        measures=[writer.measure(*item) for item in doc.measures.items()],
        details=[writer.attribute(ref, detail, ref) for ref, detail in doc.details.items()],
        dimensions=[writer.dimension(*item) for item in doc.dimensions.items()],
        features=_FEATURES,
    )


class _Writer:
    """Writes the parts of a cube in a language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def part(self, name: str, doc: SlicerPart, **more: object) -> dict[str, Any]:
        shown = {
            "name": name,
            "info": doc.info,
            "label": self._label(doc.label, name),
            "description": told(doc.description, self._language),
        }
        return _without_nulls({**shown, **more})

    def aggregate(self, name: str, doc: SlicerAggregate) -> dict[str, Any]:
        return self.part(name, doc, ref=name, **_value(doc), function=doc.function, measure=doc.measure, **_number(doc))

    def measure(self, name: str, doc: SlicerMeasure) -> dict[str, Any]:
        return self.part(name, doc, ref=name, **_value(doc), aggregates=doc.aggregates, **_number(doc))

    def attribute(self, name: str, doc: SlicerAttribute | SlicerDetail, ref: str) -> dict[str, Any]:
        return self.part(name, doc, ref=ref, **_value(doc), locales=doc.locales)

    def dimension(self, name: str, doc: SlicerDimension) -> dict[str, Any]:
        return self.part(
            name,
            doc,
            default_hierarchy_name=doc.default_hierarchy_name,
            role=doc.role,
            cardinality=doc.cardinality,
            category=doc.category,
            nonadditive=doc.nonadditive,
            levels=[self.level(*item) for item in doc.levels.items()],
            hierarchies=[self.hierarchy(*item) for item in doc.hierarchies.items()],
            is_flat=len(doc.levels) == 1,
            has_details=any(len(level.attributes) > 1 for level in doc.levels.values()),
        )

    def level(self, name: str, doc: SlicerLevel) -> dict[str, Any]:
        return self.part(
            name,
            doc,
            role=doc.role,
            key=doc.key,
            label_attribute=doc.label_attribute,
            order_attribute=doc.order_attribute,
            order=doc.order,
            cardinality=doc.cardinality,
            nonadditive=doc.nonadditive,
            attributes=[self.attribute(known, part, part.ref) for known, part in doc.attributes.items()],
        )

    def hierarchy(self, name: str, doc: SlicerHierarchy) -> dict[str, Any]:
        return self.part(name, doc, levels=doc.levels)

    def _label(self, label: TextDoc | None, name: str) -> str:
        return told(label, self._language) or name.replace("_", " ").capitalize()


def _value(doc: SlicerMeasure | SlicerAggregate | SlicerAttribute | SlicerDetail) -> dict[str, Any]:
    return {
        "format": doc.format,
        "order": doc.order,
        "missing_value": doc.missing_value,
        "expression": doc.expression,
    }


def _number(doc: SlicerMeasure | SlicerAggregate) -> dict[str, Any]:
    return {"formula": doc.formula, "window_size": doc.window_size, "nonadditive": doc.nonadditive}


def _without_nulls(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if value is not None}
