"""The 13 queries timed on the engine and its peers, in turns, after all answers were compared."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.agreement import refuse_differences
from benchmarks.machine import describe_machine
from benchmarks.ssb.loading import MODEL, prepare, scattered_model
from benchmarks.ssb.peers import Peer, open_peers
from benchmarks.ssb.queries import QUERIES, StarQuery
from benchmarks.ssb.results import Run, Timed
from benchmarks.timing import median_milliseconds
from cube_server.budget import Budget, Limits
from cube_server.engine import Engine
from cube_server.result.flat import flatten

_SMALL = 2.0
"""Up to this scale factor all peers hold the tables in memory at once."""


def run(scale: float, folder: Path, rounds: int) -> Run:
    """Generate, load, compare and time.

    Args:
        scale: The scale factor.
        folder: Where tables and warehouse go; tables that are there are taken.
        rounds: How often each query is asked.

    Raises:
        DisagreementError: Not all give the same answer.
    """
    loaded = prepare(scale, folder)
    peers = open_peers(loaded.tables, are_large=scale > _SMALL)
    engine = Engine.open(MODEL, loaded.warehouse)
    scattered = Engine.open(scattered_model(folder), loaded.warehouse)
    rolled = _with_rollups(loaded.warehouse)
    for query in QUERIES:
        _compare(query, (engine, scattered, rolled), peers)
    timed = tuple(_time(query, (engine, scattered, rolled), peers, rounds) for query in QUERIES)
    return Run(machine=describe_machine(), scale=scale, rounds=rounds, stored=loaded.stored, queries=timed)


def _compare(query: StarQuery, engines: tuple[Engine, ...], peers: dict[str, Peer]) -> None:
    for engine in engines:
        ours = flatten(engine.query(query.request), Budget(Limits()))
        for name, peer in peers.items():
            refuse_differences(f"{query.name} by {name}", ours, peer(query))


def _with_rollups(warehouse: Path) -> Engine:
    """Open an engine with the rollups that it chooses once each query was asked, within the default room."""
    engine = Engine.open(MODEL, warehouse)
    for query in QUERIES:
        engine.query(query.request)
    for _ in engine.rollups.make_planned():
        pass
    return engine


def _time(query: StarQuery, engines: tuple[Engine, ...], peers: dict[str, Peer], rounds: int) -> Timed:
    request = query.request
    ours, by_attribute, by_rollups, *theirs = median_milliseconds(
        *(partial(engine.query, request) for engine in engines),
        *(partial(peer, query) for peer in peers.values()),
        rounds=rounds,
    )
    *_, rolled = engines
    return Timed(
        query=query.name,
        ours=ours,
        by_attribute=by_attribute,
        by_rollups=by_rollups,
        source=rolled.query(request).source,
        uncovered=uncovered(rolled.explain(request)),
        peers=dict(zip(peers, theirs, strict=True)),
    )


def uncovered(explained: str) -> str:
    """Find in an explanation why facts had to be scanned; empty where they had not."""
    lines = (line.strip() for line in explained.splitlines())
    return next((line for line in lines if line.startswith("from the facts")), "")
