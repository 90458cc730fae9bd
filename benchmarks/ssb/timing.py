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


def run(scale: float, folder: Path, rounds: int) -> Run:
    """Generate, load, compare and time.

    Args:
        scale: The scale factor.
        folder: An empty folder.
        rounds: How often each query is asked.

    Raises:
        DisagreementError: Not all give the same answer.
    """
    loaded = prepare(scale, folder)
    peers = open_peers(loaded.tables)
    engine = Engine.open(MODEL, loaded.warehouse)
    scattered = Engine.open(scattered_model(folder), loaded.warehouse)
    for query in QUERIES:
        _compare(query, (engine, scattered), peers)
    timed = tuple(_time(query, engine, scattered, peers, rounds) for query in QUERIES)
    return Run(machine=describe_machine(), scale=scale, rounds=rounds, stored=loaded.stored, queries=timed)


def _compare(query: StarQuery, engines: tuple[Engine, ...], peers: dict[str, Peer]) -> None:
    for engine in engines:
        ours = flatten(engine.query(query.request), Budget(Limits()))
        for name, peer in peers.items():
            refuse_differences(f"{query.name} by {name}", ours, peer(query))


def _time(query: StarQuery, engine: Engine, scattered: Engine, peers: dict[str, Peer], rounds: int) -> Timed:
    request = query.request
    ours, by_attribute, *theirs = median_milliseconds(
        lambda: engine.query(request),
        lambda: scattered.query(request),
        *(partial(peer, query) for peer in peers.values()),
        rounds=rounds,
    )
    times = dict(zip(peers, theirs, strict=True))
    return Timed(query=query.name, ours=ours, by_attribute=by_attribute, peers=times)
