"""The addresses of the Slicer API."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

import polars as pl
from fastapi import APIRouter
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from ..deps.serving import ServingDep
from ..settings import program_version
from .aggregate import SPLIT, AggregateAnswer, aggregate
from .asking import attributes_of
from .documents import API_VERSION, list_cubes, model_document, workspace_info
from .errors import object_not_found, request_error
from .facts import fact, facts
from .members import members
from .questions import AskedDep, BodyDep, ParametersDep, WorkspaceDep, manner_of
from .replies import document, table
from .report import cell_document
from .tables import Records
from .texts import told

router = APIRouter(include_in_schema=False)

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Slicer</title></head>
<body><h1>Slicer</h1>
<p>cube-server {version} answers here to clients of Databrewery Cubes.</p>
<ul>{cubes}</ul></body></html>
"""


@router.get("")
@router.get("/")
def get_page(workspace: WorkspaceDep) -> Response:
    """Show people what there is."""
    items = (
        f'<li><a href="/slicer/cube/{quote(name, safe="")}/model">{escape(told(doc.label, "") or name)}</a></li>'
        for name, doc in workspace.cubes().items()
    )
    page = _PAGE.format(version=escape(program_version()), cubes="".join(items))
    return HTMLResponse(page, headers={"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"})


@router.get("/version")
def get_version(parameters: ParametersDep, workspace: WorkspaceDep) -> Response:
    """Tell the version."""
    version = program_version()
    shown = {"version": version, "server_version": version, "api_version": API_VERSION}
    return document(shown, manner_of(parameters, workspace))


@router.get("/info")
def get_info(parameters: ParametersDep, workspace: WorkspaceDep, serving: ServingDep) -> Response:
    """Tell of the workspace."""
    with_key = serving.settings.api_key is not None
    return document(workspace_info(workspace, program_version(), with_key=with_key), manner_of(parameters, workspace))


@router.get("/cubes")
def get_cubes(parameters: ParametersDep, workspace: WorkspaceDep) -> Response:
    """List the cubes."""
    return document(list_cubes(workspace, parameters.first("lang") or ""), manner_of(parameters, workspace))


@router.get("/logout")
def get_logout() -> Response:
    """Answer a client that takes its leave: there is no session to end."""
    return PlainTextResponse("logged out")


@router.get("/visualizer")
@router.get("/visualizer/")
@router.get("/visualizer/index.html")
def get_visualizer(workspace: WorkspaceDep) -> Response:
    """Lead to the visualizer that the workspace names."""
    address = workspace.settings.visualizer
    if not address:
        raise request_error(404, "not_found", "Visualizer not configured")
    return RedirectResponse(address, 302)


@router.get("/cube/{cube}/model")
def get_model(cube: str, parameters: ParametersDep, workspace: WorkspaceDep) -> Response:
    """Tell all of a cube."""
    cubes = workspace.cubes()
    if cube not in cubes:
        raise object_not_found("cube", cube, f"Unknown cube '{cube}'")
    shown = model_document(cube, cubes[cube], parameters.first("lang") or "")
    return document(shown, manner_of(parameters, workspace))


@router.get("/cube/{cube}/aggregate")
def get_aggregate(asked: AskedDep) -> Response:
    """Aggregate a cell."""
    manner = asked.manner("json", "csv")
    question, snapshot = asked.aggregate(), asked.asker.snapshot
    answer = aggregate(asked.asker, question, manner.most)
    if manner.format == "csv":
        return table(_records(asked, answer), manner, "aggregate", snapshot=snapshot)
    is_cut = question.page.is_cut(answer.total, manner.limit)
    return document(answer.document(manner.limit), manner, snapshot=snapshot, is_cut=is_cut)


@router.get("/cube/{cube}/facts")
def get_facts(asked: AskedDep) -> Response:
    """List the facts of a cell."""
    manner = asked.manner("json", "json_lines", "csv")
    found = facts(asked.asker, asked.facts(), manner.most)
    if manner.format == "json":
        return document(found.rows, manner, snapshot=asked.asker.snapshot, is_cut=found.is_cut)
    return table(found, manner, "facts", snapshot=asked.asker.snapshot)


@router.get("/cube/{cube}/fact/{key:path}")
def get_fact(key: str, asked: AskedDep) -> Response:
    """Give one fact."""
    return document(fact(asked.asker, key), asked.manner(), snapshot=asked.asker.snapshot)


@router.get("/cube/{cube}/members/{dimension}")
def get_members(dimension: str, asked: AskedDep) -> Response:
    """List members that have facts in a cell."""
    manner = asked.manner("json", "json_lines", "csv")
    question = asked.members(dimension)
    found = members(asked.asker, question, manner.most)
    if manner.format != "json":
        return table(found, manner, "members", snapshot=asked.asker.snapshot)
    shown = {
        "dimension": question.dimension.name,
        "hierarchy": question.hierarchy.name,
        "depth": question.depth,
        "data": found.rows,
    }
    return document(shown, manner, snapshot=asked.asker.snapshot, is_cut=found.is_cut)


@router.get("/cube/{cube}/cell")
def get_cell(asked: AskedDep) -> Response:
    """Tell what the members of a cell are called."""
    return document(cell_document(asked.asker, asked.cuts()), asked.manner(), snapshot=asked.asker.snapshot)


@router.get("/cube/{cube}/report")
@router.post("/cube/{cube}/report")
def get_report(asked: AskedDep, body: BodyDep) -> Response:
    """Answer several questions from one snapshot."""
    shown, is_cut = asked.report().answer(body)
    return document(shown, asked.manner(), snapshot=asked.asker.snapshot, is_cut=is_cut)


@router.get("/cube/{cube}/search")
def get_search(asked: AskedDep) -> Response:
    """Refuse: search needs a part of Cubes that is no part of the API."""
    raise request_error(501, "not_implemented", f"Cube '{asked.asker.cube.name}' cannot be searched")


def _records(asked: AskedDep, answer: AggregateAnswer) -> Records:
    """Lay an answer out as a table: attributes, the split's mark, aggregates."""
    question, cube = answer.question, asked.asker.cube
    attributes = {attribute.ref: attribute.header for attribute in attributes_of(question.levels)}
    mark = {SPLIT: "Matches Filters"} if question.split else {}
    values = {name: told(part.label, cube.language) or name for name, part in question.aggregates.items()}
    frame = answer.records if question.is_drilled else pl.DataFrame([answer.summary])
    return Records(frame=frame, fields={**attributes, **mark, **values})
