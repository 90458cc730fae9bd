"""Questions, built step by step. Every step gives a new question; none changes the one before."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Self

from cube_server_client.answer import Answer
from cube_server_client.calls import API, Call, Reply
from cube_server_client.members import member_key
from cube_server_client.model import CubeInfo, Level, Measure

Name = str | Level | Measure


class Building:
    """A question to a cube, as the body of `POST /query`.

    Args:
        cube: What the cube has.
        body: The body so far.
    """

    def __init__(self, cube: CubeInfo, body: Mapping[str, Any] | None = None) -> None:
        self.cube = cube
        self._body: dict[str, Any] = deepcopy(dict(body or {}))

    @property
    def body(self) -> dict[str, Any]:
        """The body, to keep or to send in another way."""
        return deepcopy(self._body)

    def measures(self, *names: Name) -> Self:
        """Show these measures, instead of those before."""
        return self._with(measures=[str(name) for name in names])

    def rows(self, *levels: Name | Mapping[str, Any]) -> Self:
        """Put levels on rows, outermost first: names, or items with order, having, top and subtotals."""
        return self._on("rows", levels)

    def columns(self, *levels: Name | Mapping[str, Any]) -> Self:
        """Put levels on columns."""
        return self._on("columns", levels)

    def cut(self, level: Name, *members: object, exclude: bool = False) -> Self:
        """Keep to some members of a level, or to all others.

        Args:
            level: The level; `~` before its name takes it alone, across parents.
            members: Keys, key paths as tuples, or members of an answer.
            exclude: Leave these out instead.
        """
        part = {"level": str(level), "members": [member_key(member) for member in members], "exclude": exclude}
        return self._with(cut=[*self._body.get("cut", ()), part])

    def between(self, level: Name, first: object = None, last: object = None) -> Self:
        """Keep to the members from one to another, both included; None is an open end."""
        ends = {name: member_key(end) for name, end in (("from", first), ("to", last)) if end is not None}
        return self._with(cut=[*self._body.get("cut", ()), {"level": str(level), "ranges": [ends]}])

    def order(self, by: Name, *, desc: bool | None = None, level: Name | None = None, within: str = "parent") -> Self:
        """Sort a level of the rows, the last one unless another is named, by a measure or by `member`.

        Args:
            by: A minus before it sorts descending: `-sales`.
            desc: Says the same.
            level: The level to sort.
            within: `parent` or `axis`.
        """
        name = str(by)
        descending = name.startswith("-") if desc is None else desc
        order = {"by": name.removeprefix("-"), "desc": descending, "within": within}
        return self._changed(level, order=order)

    def having(self, condition: str, *, level: Name | None = None) -> Self:
        """Keep the tuples for which a condition on measures holds, such as `sales > 1000`."""
        return self._changed(level, having=condition)

    def top(self, count: int, by: Name = "", *, level: Name | None = None, **more: object) -> Self:
        """Keep the first tuples by a measure; `bottom`, `within` and others as in the server's `top`."""
        return self._changed(level, top={"n": count, "by": str(by), **more})

    def subtotals(self, *levels: Name) -> Self:
        """Show the tuples of these levels rolled up over those after them."""
        question = self
        for level in levels:
            question = question._changed(level, subtotals=True)
        return question

    def totals(self, which: object = True) -> Self:
        """Show grand totals: True, False, or a list of axes."""
        return self._with(totals=which)

    def nonempty(self, *, only: bool = True) -> Self:
        """Show tuples with facts only, or all members."""
        return self._with(nonempty=only)

    def limit(self, rows: int | None, offset: int = 0) -> Self:
        """Give a page of the rows."""
        return self._with(limit=rows, offset=offset)

    def as_of(self, snapshot: str) -> Self:
        """Answer from this snapshot."""
        return self._with(as_of=snapshot)

    def scd(self, read: str) -> Self:
        """Read dimensions with history as they are `now`, or as they were `then`, at the time of each fact."""
        return self._with(scd=read)

    def define(self, name: str, formula: str, **more: object) -> Self:
        """Define a measure for this question and show it: `define("average", "sales / baskets")`."""
        asked = self._defined("measures", name, {"formula": formula, **more})
        return asked.measures(*self._body.get("measures", ()), name)

    def define_set(self, name: str, of: Name, condition: str, **more: object) -> Self:
        """Define a set of members, to cut by or to put on an axis."""
        return self._defined("sets", name, {"of": str(of), "formula": condition, **more})

    def define_attribute(self, name: str, of: Name, formula: str, **more: object) -> Self:
        """Define a property of members that follows from facts: `ntile(-sales, 10)`."""
        return self._defined("attributes", name, {"of": str(of), "formula": formula, **more})

    def pivot(self) -> Self:
        """Swap rows and columns."""
        axes = self._body.get("axes", {})
        return self._with(axes={"rows": axes.get("columns", []), "columns": axes.get("rows", [])})

    def levels(self, axis: str) -> list[str]:
        """Name the levels on an axis."""
        items = self._body.get("axes", {}).get(axis, [])
        return [item if isinstance(item, str) else item["level"] for item in items]

    def without(self, *hierarchy_levels: str) -> Self:
        """Take levels off both axes."""
        axes = self._body.get("axes", {})
        kept = {
            axis: [item for item in items if (item if isinstance(item, str) else item["level"]) not in hierarchy_levels]
            for axis, items in axes.items()
        }
        return self._with(axes=kept)

    def inserted(self, axis: str, position: int, level: str) -> Self:
        """Put a level on an axis at a place."""
        items = list(self._body.get("axes", {}).get(axis, []))
        items.insert(position, level)
        return self._with(axes={**self._body.get("axes", {}), axis: items})

    def answer_call(self) -> Call[Answer[Self]]:
        """Make the call for a cell set."""
        return Call(path=self._path("query"), read=self._read, json=self._body, parameters={"layout": "cellset"})

    def arrow_call(self) -> Call[bytes]:
        """Make the call for an Arrow stream."""
        return Call(path=self._path("query.arrow"), read=lambda reply: reply.body, json=self._body)

    def explain_call(self) -> Call[str]:
        """Make the call for what the question means."""
        return Call(path=self._path("explain"), read=lambda reply: reply.body.decode(), json=self._body)

    def bytes_call(self, format: str, **options: str) -> Call[bytes]:
        """Make the call for a file in one of the server's formats."""
        return Call(
            path=self._path(f"query.{format}"), read=lambda reply: reply.body, json=self._body, parameters=options
        )

    def _read(self, reply: Reply) -> Answer[Self]:
        return Answer.read(self, reply.body)

    def _path(self, resource: str) -> str:
        return f"{API}/cubes/{self.cube.name}/{resource}"

    def _with(self, **parts: object) -> Self:
        return self._again({**self._body, **parts})

    def _again(self, body: Mapping[str, Any]) -> Self:
        return type(self)(self.cube, body)

    def _on(self, axis: str, levels: tuple[Name | Mapping[str, Any], ...]) -> Self:
        items = [dict(level) if isinstance(level, Mapping) else str(level) for level in levels]
        return self._with(axes={**self._body.get("axes", {}), axis: items})

    def _changed(self, level: Name | None, **parts: object) -> Self:
        """Say more of a level on an axis: of the last one on rows unless one is named."""
        axes = {axis: list(items) for axis, items in self._body.get("axes", {}).items()}
        for axis in ("rows", "columns"):
            for place in reversed(range(len(axes.get(axis, ())))):
                item = axes[axis][place]
                whole = {"level": item} if isinstance(item, str) else dict(item)
                if level is None or whole["level"] == str(level):
                    axes[axis][place] = {**whole, **parts}
                    return self._with(axes=axes)
        raise ValueError(f"{level or 'No level'} is on an axis; put levels on rows first.")

    def _defined(self, kind: str, name: str, part: Mapping[str, Any]) -> Self:
        given = self._body.get("with", {})
        return self._with(**{"with": {**given, kind: {**given.get(kind, {}), name: part}}})
