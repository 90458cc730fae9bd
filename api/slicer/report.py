"""`/report`: several questions about one cell, answered from one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cube_server.errors import nearest

from .aggregate import AggregateQuestion, aggregate
from .asking import Asker
from .cut_reader import CutReader, read_name
from .cuts import Cut
from .drills import read_drilldown
from .errors import mistake, request_mistake
from .facts import FactsQuestion, fact, facts, read_fields
from .grammar import OrderText, read_cuts, read_drill, read_order, read_orders
from .members import MembersQuestion, depth_asked, details, members
from .paging import Page, read_number

Arguments = Mapping[str, Any]

_MOST = 100
"""The most queries of one report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Answers the questions of a report.

    Attributes:
        asker: Asks the engine.
        reader: Reads cuts.
        cuts: The cell of the address.
        limit: The most records of one answer.
    """

    asker: Asker
    reader: CutReader
    cuts: tuple[Cut, ...]
    limit: int

    def answer(self, body: object) -> tuple[dict[str, Any], bool]:
        """Answer all questions; tell whether the record limit cut any answer."""
        if not isinstance(body, dict) or not isinstance(body.get("queries"), dict):
            raise request_mistake("Report request does not contain 'queries' key")
        cell = body.get("cell")
        if cell is not None and not isinstance(cell, list):
            raise request_mistake("The 'cell' of a report is a list of cuts")
        if len(body["queries"]) > _MOST:
            raise request_mistake(f"A report has at most {_MOST} queries")
        report = replace(self, cuts=tuple(map(self.reader.read_json, cell))) if cell is not None else self
        found = {name: report._answer(name, query) for name, query in body["queries"].items()}
        return {name: shown for name, (shown, _) in found.items()}, any(is_cut for _, is_cut in found.values())

    def _answer(self, name: str, query: object) -> tuple[Any, bool]:
        if not isinstance(query, dict):
            raise request_mistake(f"The query '{name}' of a report is an object")
        answers: dict[str, Callable[[Arguments, tuple[Cut, ...]], tuple[Any, bool]]] = {
            "aggregate": self._aggregate,
            "facts": self._facts,
            "fact": self._fact,
            "members": self._members,
            "values": self._members,
            "cell": self._cell,
            "details": self._details,
        }
        kind = query.get("query")
        if not isinstance(kind, str) or kind not in answers:
            raise mistake(f"Unknown report query '{kind}' for '{name}'", hint=nearest(str(kind), answers))
        return answers[kind](query, rolled_up(self.cuts, query.get("rollup")))

    def _aggregate(self, query: Arguments, cuts: tuple[Cut, ...]) -> tuple[Any, bool]:
        cube = self.asker.cube
        split = read_cuts([str(query["split"])]) if query.get("split") else ()
        asked = AggregateQuestion(
            cuts=cuts,
            drills=read_drilldown(cube, map(read_drill, _names(query, "drilldown")), cuts),
            aggregates=cube.aggregates(_names(query, "aggregates")),
            split=tuple(map(self.reader.read, split)),
            orders=_orders(query),
            page=_page(query),
        )
        found = aggregate(self.asker, asked, self.limit)
        return found.document(self.limit), asked.page.is_cut(found.total, self.limit)

    def _facts(self, query: Arguments, cuts: tuple[Cut, ...]) -> tuple[Any, bool]:
        fields = read_fields(self.asker.cube, _names(query, "fields"))
        asked = FactsQuestion(cuts=cuts, fields=fields, orders=_orders(query), page=_page(query))
        found = facts(self.asker, asked, self.limit)
        return found.rows, found.is_cut

    def _fact(self, query: Arguments, _: tuple[Cut, ...]) -> tuple[Any, bool]:
        key = query.get("key", query.get("id"))
        if key is None:
            raise request_mistake("The query 'fact' of a report needs a 'key'")
        return fact(self.asker, str(key)), False

    def _members(self, query: Arguments, cuts: tuple[Cut, ...]) -> tuple[Any, bool]:
        dimension = self.asker.cube.dimension(str(query.get("dimension")))
        hierarchy = dimension.hierarchy(read_name("hierarchy", query.get("hierarchy")))
        level = read_name("level", query.get("level"))
        depth = depth_asked(hierarchy, read_number("depth", query.get("depth")), level)
        asked = MembersQuestion(dimension=dimension, hierarchy=hierarchy, depth=depth, cuts=cuts, page=_page(query))
        found = members(self.asker, asked, self.limit)
        return found.rows, found.is_cut

    def _cell(self, _: Arguments, cuts: tuple[Cut, ...]) -> tuple[Any, bool]:
        return cell_document(self.asker, cuts), False

    def _details(self, _: Arguments, cuts: tuple[Cut, ...]) -> tuple[Any, bool]:
        return [details(self.asker, cut) for cut in cuts], False


def cell_document(asker: Asker, cuts: tuple[Cut, ...]) -> dict[str, Any]:
    """Tell what the members of a cell are called, for `/cell`."""
    return {"cube": asker.cube.name, "cuts": [cut.echo() | {"details": details(asker, cut)} for cut in cuts]}


def rolled_up(cuts: tuple[Cut, ...], rollup: object) -> tuple[Cut, ...]:
    """Shorten the point cuts of dimensions: by one level, or to a level that is named; to nothing takes a cut away."""
    if not rollup:
        return cuts
    if isinstance(rollup, dict):
        wanted = {str(name): None if level is None else str(level) for name, level in rollup.items()}
    else:
        wanted = dict.fromkeys(map(str, rollup if isinstance(rollup, list) else [rollup]))
    for name in wanted:
        if not any(cut.dimension.name == name and cut.kind == "point" for cut in cuts):
            raise mistake(f"Can not roll up dimension '{name}': the cell has no point cut of it")
    return tuple(shorter for cut in cuts if (shorter := _shortened(cut, wanted)).depth)


def _shortened(cut: Cut, wanted: Mapping[str, str | None]) -> Cut:
    if cut.kind != "point" or cut.dimension.name not in wanted:
        return cut
    level = wanted[cut.dimension.name]
    depth = cut.depth - 1 if level is None else cut.hierarchy.depth_of(level)
    return replace(cut, paths=(cut.paths[0][:depth],))


def _names(query: Arguments, name: str) -> tuple[str, ...]:
    given = query.get(name) or []
    parts = given.split("|") if isinstance(given, str) else given
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise request_mistake(f"'{name}' of a report is a list of names")
    return tuple(parts)


def _orders(query: Arguments) -> tuple[OrderText, ...]:
    given = query.get("order") or []
    if isinstance(given, str):
        return read_orders([given])
    if not isinstance(given, list):
        raise request_mistake("'order' of a report is a list of names, or of names with directions")
    return tuple(order for part in given for order in _order(part))


def _order(part: object) -> tuple[OrderText, ...]:
    match part:
        case str():
            return read_orders([part])
        case [str() as name]:
            return (read_order(name, None),)
        case [str() as name, str() | None as direction]:
            return (read_order(name, direction),)
    raise request_mistake("An order of a report is a name, or a list of a name and a direction")


def _page(query: Arguments) -> Page:
    size = query.get("page_size", query.get("pagesize"))
    return Page(number=read_number("page", query.get("page")), records=read_number("page_size", size))
