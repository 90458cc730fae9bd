"""Calls for lists: the cubes of a server, the members of a level, the facts behind a cell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cube_server_client.calls import API, Call, Reply
from cube_server_client.members import Member, read_member
from cube_server_client.model import CubeInfo, read_cube


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersPage:
    """A page of a level's members, in member order.

    Attributes:
        members: The members.
        total: How many there are in all.
    """

    members: tuple[Member, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsPage:
    """A page of fact rows.

    Attributes:
        rows: The rows, a dict each.
        total: How many there are in all.
        snapshot: The snapshot they are of.
    """

    rows: tuple[dict[str, Any], ...]
    total: int
    snapshot: str


def cubes_call() -> Call[list[str]]:
    """List the cubes by name."""
    return Call(path=f"{API}/cubes", read=lambda reply: [cube["name"] for cube in json.loads(reply.body)["cubes"]])


def cube_call(name: str) -> Call[CubeInfo]:
    """Describe a cube."""
    return Call(path=f"{API}/cubes/{name}", read=lambda reply: read_cube(json.loads(reply.body)))


def members_call(cube: str, level: str, search: str, limit: int, offset: int) -> Call[MembersPage]:
    """List members of a level."""
    asked = {"level": level, "limit": str(limit), "offset": str(offset), "meta": "true"}

    def read(reply: Reply) -> MembersPage:
        document = json.loads(reply.body)
        members = tuple(read_member(level, member) for member in document["data"])
        return MembersPage(members=members, total=document["meta"]["total_rows"])

    found = asked | ({"search": search} if search else {})
    return Call(path=f"{API}/cubes/{cube}/members", read=read, parameters=found)


def facts_call(cube: str, body: Mapping[str, Any]) -> Call[FactsPage]:
    """List the facts within cuts."""

    def read(reply: Reply) -> FactsPage:
        document = json.loads(reply.body)
        meta = document["meta"]
        return FactsPage(rows=tuple(document["data"]), total=meta["total_rows"], snapshot=meta["snapshot"])

    return Call(path=f"{API}/cubes/{cube}/facts", read=read, parameters={"meta": "true"}, json=body)


def facts_body(question: Mapping[str, Any], columns: tuple[str, ...], limit: int | None, offset: int) -> dict[str, Any]:
    """Turn a question for cells into one for the facts within its cuts."""
    kept = {name: question[name] for name in ("cut", "with", "as_of", "scd") if name in question}
    if isinstance(kept.get("with"), dict):
        kept["with"] = {kind: part for kind, part in kept["with"].items() if kind != "measures"}
    return {**kept, "columns": list(columns), "limit": limit, "offset": offset}
