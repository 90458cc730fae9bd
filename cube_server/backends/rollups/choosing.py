"""Choosing rollups: those that spare most rows for their bytes, until the room is full.

The greedy algorithm of Harinarayan, Rajaraman and Ullman, Implementing Data Cubes Efficiently, SIGMOD 1996, by benefit
a byte: what a question costs is the rows of the smallest rollup that answers it, or those of the facts. It spares at
least 0.63 - f of what the best choice would, f being the share of the room that the largest rollup takes. Candidates
are what questions needed, what two of them needed together, and what the model's hierarchies suggest; never the whole
lattice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cube_server.backends.rollups.definition import Definition
from cube_server.backends.rollups.needs import Need

_FEWER = 4
"""A rollup has to have so many times fewer rows than the facts, or it is not worth its bytes."""

_FLOOR = 2_000
"""Fewer rows than these take no less time."""

_EACH = 1 << 18
"""What each rollup costs beside its bytes: it has to be made, and to be looked at by every question."""

_LEAST = 0.02
"""A rollup has to spare what the model suggests this share of the facts, or it is not worth making."""

_MERGED = 24
"""So many of the most frequent needs are merged with each other."""

_SUGGESTED = 0.05
"""What the model suggests counts as little as this beside a question that was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A rollup that might be made.

    Attributes:
        definition: What it would be of.
        rows: How many rows it would have, as estimated.
        bytes: What it would take.
    """

    definition: Definition
    rows: float
    bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A rollup to make.

    Attributes:
        candidate: The rollup.
        benefit: The rows that it spares all questions, beside those chosen before it.
        is_declared: Whether the model wants it, however large it is.
    """

    candidate: Candidate
    benefit: float
    is_declared: bool = False


def weighted(asked: Mapping[Need, int], suggested: Iterable[Need]) -> dict[Need, float]:
    """Weigh needs: those of questions by how often they were asked, those that the model suggests by little."""
    weights: dict[Need, float] = {need: float(count) for need, count in asked.items()}
    for need in suggested:
        weights[need] = weights.get(need, 0.0) + _SUGGESTED
    return weights


def merged(needs: Mapping[Need, float]) -> Iterator[Need]:
    """Go through needs, then through what two frequent ones need together."""
    yield from needs
    frequent = sorted(needs, key=lambda need: -needs[need])[:_MERGED]
    for one, other in combinations(frequent, 2):
        if one.cube == other.cube:
            yield Need(
                cube=one.cube,
                levels=tuple(sorted({*one.levels, *other.levels})),
                keys=tuple(sorted({*one.keys, *other.keys})),
                counted=tuple(sorted({*one.counted, *other.counted})),
            )


def choose(
    needs: Mapping[Need, float],
    candidates: Sequence[Candidate],
    answers: Callable[[Candidate, Need], bool],
    *,
    facts: int,
    room: float,
    declared: Sequence[Candidate] = (),
) -> tuple[Chosen, ...]:
    """Choose rollups, the best first after those that are declared.

    Args:
        needs: What is needed, with weights.
        candidates: What might be made.
        answers: Tells whether a candidate answers a need.
        facts: How many facts a scan reads.
        room: The bytes that all may take together, beside those that are declared.
        declared: What is made in any case.
    """
    weights = np.fromiter(needs.values(), np.float64)
    cost = np.full(len(weights), float(max(facts, _FLOOR)))
    found: list[Chosen] = []
    for part in declared:
        least = np.where(_reach([part], needs, answers)[0], np.minimum(cost, max(part.rows, _FLOOR)), cost)
        found.append(Chosen(candidate=part, benefit=float((cost - least) @ weights), is_declared=True))
        cost = least
    fitting = (part for part in candidates if part.rows * _FEWER <= facts and part.bytes <= room)
    candidates = [part for part in fitting if part not in declared]
    reach = _reach(candidates, needs, answers)
    if not reach.size:
        return tuple(found)
    rows = np.maximum([part.rows for part in candidates], _FLOOR)
    sizes = np.array([part.bytes for part in candidates])
    while True:
        spared = reach * np.maximum(cost - rows[:, None], 0.0) @ weights
        spared[sizes > room] = 0.0
        best = int(np.argmax(spared / (sizes + _EACH)))
        if spared[best] <= _SUGGESTED * _LEAST * facts:
            return tuple(found)
        found.append(Chosen(candidate=candidates[best], benefit=float(spared[best])))
        room -= sizes[best]
        cost = np.where(reach[best] > 0.0, np.minimum(cost, rows[best]), cost)


def _reach(
    candidates: Sequence[Candidate], needs: Iterable[Need], answers: Callable[[Candidate, Need], bool]
) -> npt.NDArray[np.float64]:
    """Mark with 1 which candidates (rows) answer which needs (columns)."""
    every = tuple(needs)
    marked = [answers(part, need) for part in candidates for need in every]
    return np.array(marked, np.float64).reshape(len(candidates), len(every))
