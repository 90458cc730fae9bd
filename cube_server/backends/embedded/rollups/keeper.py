"""Keeping the rollups of a served snapshot: opened from disk, chosen, made one at a time in the background."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from cube_server.backends.embedded.facts import FactRows
from cube_server.backends.embedded.levels import DimensionIndex
from cube_server.backends.embedded.rollups.building import build
from cube_server.backends.embedded.rollups.catalog import Catalog
from cube_server.backends.embedded.rollups.kept import Kept, Open, RollupRows, grain_of
from cube_server.backends.embedded.rollups.log import Log
from cube_server.backends.embedded.rollups.planning import Planning
from cube_server.backends.embedded.rollups.storage import Shelf, key_of
from cube_server.backends.rollups.choosing import Chosen
from cube_server.backends.rollups.definition import Definition, aggregates_of
from cube_server.model.dimensions import Dimension
from cube_server.model.elements import Cube, Model
from cube_server.warehouse.snapshot import Snapshot

Mode = Literal["auto", "use", "off"]
"""Whether rollups are made and used, only used as far as they are there, or neither."""

_PAUSE = 30.0
"""Seconds between looks at the log, and at what other processes have made."""

_NEW = 100
"""After so many more questions rollups are chosen anew."""

_NICE = 10

_MISJUDGED, _SMALL = 2, 1 << 20
"""A rollup that is so many times as large as was thought, and larger than this, is not worth its room."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupSettings:
    """How rollups are kept.

    Attributes:
        mode: Whether they are made and used.
        share: The bytes that they may take, as a share of the bytes of the facts.
        schema: Where facts live in a database, the schema that its rollups lie in; empty for the database's own.
    """

    mode: Mode = "off"
    share: float = 0.25
    schema: str = ""


class Source(Protocol):
    """The snapshot that rollups are of."""

    def fact_rows(self, cube: Cube) -> FactRows:
        """Give the facts of a cube."""

    def dimension(self, dimension: Dimension) -> DimensionIndex:
        """Give the index of a dimension."""

    @property
    def rollups(self) -> Catalog:
        """What its questions are routed to."""


class Keeper:
    """Keeps the rollups of one snapshot under one model.

    Args:
        model: The model.
        snapshot: The snapshot.
        source: Gives its facts, and takes the rollups.
        settings: How to keep them.
    """

    def __init__(self, model: Model, snapshot: Snapshot, source: Source, settings: RollupSettings) -> None:
        self._source, self._settings = source, settings
        self._root = snapshot.root / "rollups"
        self._tables: dict[str, tuple[Cube, ...]] = {}
        for cube in model.cubes:
            self._tables[cube.table.name] = (*self._tables.get(cube.table.name, ()), cube)
        self._shelves = {
            table: Shelf(self._root, table, key_of(snapshot.manifest, model.hash, cubes))
            for table, cubes in self._tables.items()
        }
        self.log = Log(self._root / f"log-{model.name}.json")
        self._open: dict[str, dict[str, Open]] = {table: {} for table in self._tables}
        self._misjudged: set[str] = set()
        self._ended = threading.Event()
        source.rollups.report_to(self.log.note)

    def start(self) -> None:
        """Open what is there, and in the background make what is missing."""
        if self._settings.mode != "off":
            threading.Thread(target=self._run, name="rollups", daemon=True).start()

    def end(self) -> None:
        """Make no more."""
        self._ended.set()

    def open(self) -> Mapping[str, tuple[Open, ...]]:
        """Open what is on disk and not open yet; give all that is open, by table."""
        for table, shelf in self._shelves.items():
            known = self._open[table]
            for kept in shelf.read(known):
                known[kept.definition.name] = self._opened(table, kept)
            self._source.rollups.keep(table, known.values())
        return {table: tuple(known.values()) for table, known in self._open.items()}

    def plan(self) -> Iterator[tuple[str, tuple[Chosen, ...]]]:
        """Choose rollups table by table."""
        needs = self.log.needs()
        for table, cubes in self._tables.items():
            facts = self._source.fact_rows(cubes[0])
            yield table, Planning(cubes, facts, self._source.dimension, self._settings.share).plan(needs)

    def make(self, definition: Definition) -> Open:
        """Make one rollup and put it on disk; it is used from now on.

        Raises:
            ValueError: There is no such cube, level or key.
        """
        table, cubes = next(
            ((table, cubes) for table, cubes in self._tables.items() if definition.cube in [c.name for c in cubes]),
            ("", ()),
        )
        if not cubes:
            raise ValueError(f"No cube {definition.cube!r}.")
        cube = next(cube for cube in cubes if cube.name == definition.cube)
        made = build(
            definition, cube, self._rows(table, definition, cube), self._source.dimension, aggregates_of(cubes, table)
        )
        found = self._opened(table, self._shelves[table].write(made))
        self._open[table][definition.name] = found
        self._source.rollups.keep(table, self._open[table].values())
        return found

    def drop(self) -> int:
        """Remove all rollups from disk; give how many there were."""
        count = 0
        for table, shelf in self._shelves.items():
            for known in self._open[table].values():
                shelf.drop(known.kept.definition)
                count += 1
            self._open[table] = {}
            self._source.rollups.keep(table, ())
        return count

    def make_planned(self) -> Iterator[tuple[Chosen, Open]]:
        """Choose, let go of what is no longer chosen, and make what is missing: the largest first, others of it."""
        for table, chosen in self.plan():
            wanted = {part.candidate.definition.name: part for part in chosen}
            for name in self._open[table].keys() - wanted.keys():
                self._drop(table, name)
            for part in sorted(chosen, key=lambda part: -part.candidate.rows):
                if self._ended.is_set():
                    return
                name = part.candidate.definition.name
                if name not in self._open[table] and name not in self._misjudged:
                    made = self.make(part.candidate.definition)
                    yield part, made
                    if made.kept.bytes > _MISJUDGED * part.candidate.bytes + _SMALL:
                        self._misjudged.add(name)
                        _log.info("Let go of the rollup %s: it has %d rows", name, made.kept.size)
                        self._drop(table, name)
            self._shelves[table].sweep()

    def _drop(self, table: str, name: str) -> None:
        self._shelves[table].drop(self._open[table].pop(name).kept.definition)
        self._source.rollups.keep(table, self._open[table].values())

    def _rows(self, table: str, definition: Definition, cube: Cube) -> FactRows | RollupRows:
        """Give what a rollup is made of: the smallest one that tells its levels and holds its keys, else the facts."""
        facts = self._source.fact_rows(cube)
        for one in sorted(self._open[table].values(), key=lambda one: one.kept.size):
            refs = definition.refs(cube)
            if one.kept.keys.keys() >= set(definition.keys) and all(
                one.grain.tells(facts.axis(ref.link), ref, self._source.dimension(ref.link.dimension)) for ref in refs
            ):
                return RollupRows(one.kept, facts)
        return facts

    def _opened(self, table: str, kept: Kept) -> Open:
        cube = next(cube for cube in self._tables[table] if cube.name == kept.definition.cube)
        return Open(kept, grain_of(kept, cube, self._source.fact_rows(cube), self._source.dimension))

    def _run(self) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        seen: int | None = None
        while not self._ended.is_set():
            try:
                self.open()
                count = sum(self.log.needs().values())
                if self._settings.mode == "auto" and (seen is None or count - seen >= _NEW):
                    seen = self._make_alone(count, seen)
                self.log.write()
            except Exception:
                _log.exception("Rollups could not be kept; questions are answered from the facts.")
            self._ended.wait(_PAUSE)

    def _make_alone(self, count: int, seen: int | None) -> int | None:
        """Make what is missing, unless another process does; tell what is seen of the log then."""
        with _alone(self._root) as is_alone:
            if not is_alone:
                return seen
            for chosen, made in self.make_planned():
                name, rows = chosen.candidate.definition.name, made.kept.size
                _log.info("Made the rollup %s: %d rows, %d bytes", name, rows, made.kept.bytes)
        return count


@contextmanager
def _alone(root: Path) -> Iterator[bool]:
    """Hold the right to make rollups for the length of a `with`; tell whether it could be had."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
