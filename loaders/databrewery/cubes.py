"""Cubes of model files: measures, aggregates, details, joins, and the defaults that Cubes gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cube_server.errors import nearest

from .dimensions import DIRECTIONS, narrowed, read_attribute
from .entries import Entry
from .findings import Findings
from .labels import aggregate_label, generated
from .specs import Aggregate, Cube, Dimension, Join, Measure

METHODS = ("match", "master", "detail")
_IDENTITY = "identity"
_STORE_OPTIONS = ("schema", "fact_prefix", "fact_suffix", "dimension_prefix", "dimension_suffix", "dimension_schema")


class CubeReader:
    """Reads the cubes of one model.

    Args:
        model: The model's name.
        head: The model's own object, whose mappings, joins and options hold for all cubes.
        dimensions: The model's dimensions by name.
        naming: The store's options on the names of tables.
    """

    def __init__(
        self, *, model: str, head: Entry, dimensions: Mapping[str, Dimension], naming: Mapping[str, str]
    ) -> None:
        self._model, self._dimensions = model, dimensions
        self._findings: Findings = head.findings
        self._locale = head.text("locale")
        self._mappings = head.mapping("mappings")
        self._naming = {**naming, **self._options(head)}
        self._joins = {part.data.get("name"): part for part in head.entries("joins")}

    def cube(self, entry: Entry) -> Cube | None:
        """Read a cube."""
        name = entry.name()
        naming = {**self._naming, **self._options(entry)}
        measures = tuple(self._measure(part) for part in entry.entries("measures"))
        entry.raw("store")
        cube = Cube(
            name=name,
            place=entry.place,
            label=entry.text("label") or generated(name),
            description=entry.text("description"),
            info=entry.mapping("info"),
            model=self._model,
            locale=entry.text("locale") or self._locale,
            category=entry.text("category"),
            key=entry.text("key"),
            fact=entry.text("fact") or f"{naming.get('fact_prefix', '')}{name}{naming.get('fact_suffix', '')}",
            dimensions=tuple(found for part in entry.entries("dimensions") if (found := self._dimension(part))),
            measures=measures,
            aggregates=self._aggregates(entry, measures),
            details=tuple(read_attribute(part) for part in entry.entries("details")),
            joins=tuple(self._join(part) for part in self._merged_joins(entry)),
            mappings={**self._mappings, **entry.mapping("mappings")},
            naming=naming,
        )
        entry.raw("nonadditive")
        entry.close()
        return cube

    def _options(self, entry: Entry) -> dict[str, str]:
        options: dict[str, str] = {}
        for option, value in entry.mapping("browser_options").items():
            if option in _STORE_OPTIONS:
                options[option] = str(value)
            else:
                place = entry.place.at("browser_options", option)
                self._findings.ignored(place, f"The option {option!r} of Cubes' SQL browser.")
        return options

    def _dimension(self, link: Entry) -> Dimension | None:
        name = link.name()
        if name not in self._dimensions:
            hint = nearest(name, self._dimensions)
            self._findings.blame(link.place, f"Model {self._model!r} has no dimension {name!r}.", hint)
            return None
        return narrowed(self._dimensions[name], link)

    def _measure(self, entry: Entry) -> Measure:
        name = entry.name()
        measure = Measure(
            **_value(entry, name),
            aggregates=entry.texts("aggregates"),
            formula=entry.text("formula"),
            window_size=entry.whole("window_size"),
            nonadditive=entry.text("nonadditive"),
        )
        entry.close()
        return measure

    def _aggregates(self, entry: Entry, measures: tuple[Measure, ...]) -> tuple[Aggregate, ...]:
        found = [self._aggregate(part, measures) for part in entry.entries("aggregates")]
        if entry.flag("implicit_aggregates"):
            taken = {aggregate.name for aggregate in found} | {(part.function, part.measure) for part in found}
            implicit = (part for measure in measures for part in self._implicit(measure))
            found += [part for part in implicit if not taken & {part.name, (part.function, part.measure)}]
        if not found and not measures:
            found = [_made("fact_count", "Count", "count", None, entry)]
        return tuple(found)

    def _aggregate(self, entry: Entry, measures: tuple[Measure, ...]) -> Aggregate:
        name = entry.name()
        function, measure = entry.text("function"), entry.text("measure")
        value = _value(entry, name)
        aggregate = Aggregate(
            **{**value, "label": value["label"] or aggregate_label(name, function, measure, measures)},
            function=function,
            measure=measure,
            formula=entry.text("formula"),
            window_size=entry.whole("window_size"),
            nonadditive=entry.text("nonadditive"),
        )
        entry.close()
        return aggregate

    def _implicit(self, measure: Measure) -> list[Aggregate]:
        made = []
        for function in measure.aggregates or ("sum",):
            if function == _IDENTITY:
                message = f"The aggregate 'identity' of measure {measure.name!r} aggregates nothing."
                self._findings.unsupported(measure.place, message)
                continue
            name = f"{measure.name}_{function}"
            label = aggregate_label(name, function, measure.name, (measure,))
            made.append(_made(name, label, function, measure.name, Entry({}, measure.place, self._findings)))
        return made

    def _merged_joins(self, entry: Entry) -> list[Entry]:
        """Give the cube's joins, each laid over the model's join of its name."""
        merged = []
        for part in entry.entries("joins"):
            base = self._joins.get(part.data.get("name"))
            data: Mapping[str, Any] = {**base.data, **part.data} if base else part.data
            merged.append(Entry(data, part.place, self._findings))
        return merged

    def _join(self, entry: Entry) -> Join:
        entry.raw("name")
        join = Join(
            place=entry.place,
            master=_columns(entry, "master"),
            detail=_columns(entry, "detail"),
            alias=entry.text("alias"),
            method=entry.one_of("method", METHODS) or "match",
        )
        if len(join.master) != len(join.detail):
            self._findings.blame(entry.place, "`master` and `detail` have to have as many columns each.")
        entry.close()
        return join


def _value(entry: Entry, name: str) -> dict[str, Any]:
    """Read what measures and aggregates have in common."""
    return {
        "name": name,
        "place": entry.place,
        "label": entry.text("label"),
        "description": entry.text("description"),
        "info": entry.mapping("info"),
        "format": entry.text("format"),
        "order": entry.one_of("order", DIRECTIONS),
        "missing_value": entry.raw("missing_value"),
        "expression": entry.text("expression"),
    }


def _made(name: str, label: str, function: str, measure: str | None, entry: Entry) -> Aggregate:
    return Aggregate(
        name=name,
        place=entry.place,
        label=label,
        function=function,
        measure=measure,
        formula=None,
        window_size=None,
        nonadditive=None,
    )


def _columns(entry: Entry, field: str) -> tuple[str, ...]:
    """Read one column or several, each a text or an object of schema, table and column."""
    value = entry.raw(field)
    if isinstance(value, Mapping) and isinstance(value.get("column"), list):
        return tuple(_column({**value, "column": column}) for column in value["column"])
    if isinstance(value, list):
        return tuple(map(_column, value))
    if not isinstance(value, str | Mapping):
        entry.findings.blame(entry.place, f"The join has no {field!r}.", "Write it table.column.")
        return ()
    return (_column(value),)


def _column(value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return value
    return ".".join(str(value[part]) for part in ("schema", "table", "column") if value.get(part))
