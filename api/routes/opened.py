"""`/r/{slug}`: a saved report by its short address, in every format, all of its queries from one snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.responses import RedirectResponse, Response

from cube_server.budget import Budget, Limits
from cube_server.engine import Engine, Pinned
from cube_server.reports.opening import open_report
from cube_server.result.cellset import CellSet

from ..deps.opened import Opened, OpenedDep, narrowed
from ..deps.serving import EngineDep
from ..formats.json_values import encode
from ..formats.xlsx import Sheet, write_workbook
from ..wire.links import address
from ..wire.openapi import GET_OPENED
from ..wire.options import Format
from .caching import unless_tagged
from .cells import cells_chunks, cells_page, table_of
from .page import STATIC
from .replies import Clock, Page, Reply, describe, send

router = APIRouter()


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """The answer to one query of a report."""

    name: str
    cells: CellSet
    reply: Reply


# The lower one is asked first: a slug has no point in it.
@router.get("/r/{slug}", **GET_OPENED)
@router.get("/r/{slug}.{suffix}", include_in_schema=False)
def get_opened(engine: EngineDep, asked: OpenedDep) -> Response:
    """Open a saved report: browsers go on to the pivot page, programs get the answer."""
    if asked.page is not None and (STATIC / "index.html").is_file():
        return RedirectResponse(asked.page, 303, headers={"Cache-Control": "no-store", "Vary": "Accept"})
    asked = narrowed(asked)
    if asked.as_of is not None:
        # A date is read once, so that a load in between leaves all queries on one snapshot.
        asked = replace(asked, as_of=engine.find_snapshot(asked.as_of))
    told = (
        asked.path,
        f"{asked.saved.id} {asked.saved.version} {asked.only}",
        to_json(asked.values).decode(),
        repr(asked.options),
    )
    return unless_tagged(engine, asked.known, asked.as_of, told, lambda: _respond(engine, asked))


def _respond(engine: Engine, asked: Opened) -> Response:
    clock = Clock()
    with engine.pinned() as pinned:
        questions = open_report(asked.report, pinned.model, asked.values, as_of=asked.as_of, only=asked.only)
        cells = {name: pinned.query(question) for name, question in questions.items()}
    clock.lap("query")
    pages = {name: cells_page(found, questions[name].offset) for name, found in cells.items()}
    answers = [
        _Answer(name, found, _reply(found.cube.name, pinned, asked, pages[name], clock))
        for name, found in cells.items()
    ]
    reply = _reply(asked.saved.slug, pinned, asked, _together(list(pages.values())), clock)
    return send(asked.options.format, reply, _chunks(answers, asked, reply, engine.limits), asked.saved.slug)


def _reply(cube: str, pinned: Pinned, asked: Opened, page: Page, clock: Clock) -> Reply:
    given = {name: ",".join(texts) for name, texts in asked.values.items()}
    return describe(
        cube, lambda: address(asked.path, {**given, **asked.repeated}), asked.options, page, pinned.snapshot, clock
    )


def _together(pages: list[Page]) -> Page:
    """Add pages up: what the headers say of all queries of a report."""
    return Page(
        total=sum(page.total for page in pages),
        offset=sum(page.offset for page in pages),
        shown=sum(page.shown for page in pages),
        snapshot=pages[0].snapshot,
        source=",".join(dict.fromkeys(page.source for page in pages)),
    )


def _chunks(answers: list[_Answer], asked: Opened, reply: Reply, limits: Limits) -> Iterator[bytes]:
    options = asked.options
    if asked.only is not None:
        (answer,) = answers
        return cells_chunks(answer.cells, options, answer.reply, Budget(limits))
    if options.format is Format.XLSX:
        sheets = [
            Sheet(answer.name, table_of(answer.cells, options, Budget(limits)), answer.reply.about)
            for answer in answers
        ]
        return write_workbook(sheets, Budget(limits), guard=options.guard)
    return _object(answers, asked, reply, limits)


def _object(answers: list[_Answer], asked: Opened, reply: Reply, limits: Limits) -> Iterator[bytes]:
    """Write a JSON object with the answers by name, each as the query's own address would give it with `meta`."""
    saved = asked.saved
    about = {"slug": saved.slug, "name": asked.report.name, "version": saved.version}
    yield encode({"report": about, "meta": reply.rest()["meta"]})[:-1] + b',"queries":{'
    options = replace(asked.options, meta=True)
    for position, answer in enumerate(answers):
        yield (b"," if position else b"") + encode(answer.name) + b":"
        yield from cells_chunks(answer.cells, options, answer.reply, Budget(limits))
    yield b"}}"
