"""The 13 queries asked through the engine and by hand, in turns, after all answers were compared."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.agreement import refuse_differences
from benchmarks.machine import describe_machine
from benchmarks.pushdown.asking import Asking, asking
from benchmarks.pushdown.databases import SETTINGS, VERSION, Asked, in_duckdb, in_postgresql, write_model
from benchmarks.pushdown.results import Measured, Rolled, Run, Timed
from benchmarks.ssb.generation import generate
from benchmarks.ssb.queries import QUERIES, StarQuery
from benchmarks.timing import in_turn
from cube_server.backends.embedded.rollups.keeper import RollupSettings
from cube_server.backends.sql.addresses import open_writable
from cube_server.backends.sql.live import LiveWarehouse
from cube_server.backends.sql.rollups.workshop import Workshop
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.model.read import read_model
from cube_server.opening import Address
from cube_server.result.flat import flatten

ROLLUPS = (
    "lines:time.month+discount.discount+quantity.quantity",
    "lines:time.year+time.week+discount.discount+quantity.quantity",
    "lines:time.year+part.brand+supplier.region",
    "lines:time.year+customer.nation+supplier.nation",
    "lines:time.year+customer.city+supplier.city",
    "lines:time.year+customer.nation+supplier.nation+part.category",
)
"""What somebody would declare who knows the queries; Q3.4 and Q4.3 cross to as many cells as there are facts."""

_LIMITS = Limits(seconds=600)

_MORE = 5
"""DuckDB has no clock of its own, and takes some milliseconds more or less each time: it is asked more often."""


def run(scale: float, folder: Path, rounds: int) -> Run:
    """Generate, load, compare and time.

    Raises:
        DisagreementError: Not all give the same answer.
    """
    tables, model = folder / "tables", write_model(folder)
    generate(scale, tables)
    with in_duckdb(tables, folder) as asked:
        found = [_measured(asked, model, rounds * _MORE, ())]
    with in_postgresql(tables) as asked:
        found.append(_measured(asked, model, rounds, tuple(_made(model, asked))))
    return Run(machine=describe_machine(), scale=scale, settings=SETTINGS, databases=tuple(found))


def _made(model: Path, asked: Asked) -> Iterator[Rolled]:
    database = open_writable(asked.address)
    workshop = Workshop(read_model(model), database, "", LiveWarehouse(database, model, VERSION).look)
    for name in ROLLUPS:
        began = time.perf_counter()
        record = workshop.make(workshop.named(name))
        yield Rolled(name=name, rows=record.rows, seconds=time.perf_counter() - began)
    database.close()


def _measured(asked: Asked, model: Path, rounds: int, rollups: tuple[Rolled, ...]) -> Measured:
    address = Address(asked.address, VERSION)
    engine = Engine.open(model, address, _LIMITS)
    rolled = Engine.open(model, address, _LIMITS, RollupSettings(mode="use")) if rollups else None
    for query in QUERIES:
        theirs = asked.by_hand(query.sql)
        for one in filter(None, (engine, rolled)):
            ours = flatten(one.query(query.request), Budget(Limits()))
            refuse_differences(f"{query.name} by {asked.title}", ours, theirs)
    with asking(model, asked.address, VERSION) as server:
        timed = tuple(_timed(query, asked, server, engine, rolled, rounds) for query in QUERIES)
    engine.close()
    return Measured(title=asked.title, rounds=rounds, queries=timed, rollups=rollups)


def _timed(query: StarQuery, asked: Asked, server: Asking, engine: Engine, rolled: Engine | None, rounds: int) -> Timed:
    request = query.request
    found = in_turn(
        partial(server.answer, server.ready(request)),
        # Between them: so the engine, too, follows on what this process read, not on a server with its own copy.
        partial(asked.by_hand, query.sql),
        partial(engine.query, request),
        partial(asked.by_hand, _statement(engine.explain(request))),
        *((partial(rolled.query, request),) if rolled else ()),
        rounds=rounds,
        worked=asked.worked or (lambda: 0.0),
    )
    of_http = [round_[0].wall - told for round_, told in zip(found, server.told[-rounds:], strict=True)]
    inner = [round_[2].here - round_[3].here for round_ in found]
    # Without a clock of its own: two processes, each with its own copy of what it reads, take different times
    # for one statement, so that only what is told by one process of one call is subtracted.
    parts = [sum(both) for both in zip(of_http, inner, strict=True)]
    overhead = [round_[0].here - round_[3].here for round_ in found] if asked.worked else parts
    served, star_join, ours, statement, *by_rollups = (
        median(spent.wall for spent in call) for call in zip(*found, strict=True)
    )
    return Timed(
        query=query.name,
        served=served,
        ours=ours,
        statement=statement,
        overhead=median(overhead),
        inner=median(inner),
        http=median(of_http),
        cpu=median(round_[2].cpu - round_[3].cpu for round_ in found),
        star_join=star_join,
        by_rollups=by_rollups[0] if by_rollups else None,
        source=rolled.query(request).source if rolled else "scan",
    )


def _statement(explained: str) -> str:
    """Find in an explanation the statement that is sent."""
    (found,) = (line.strip() for line in explained.splitlines() if line.strip().startswith("SELECT"))
    return found
