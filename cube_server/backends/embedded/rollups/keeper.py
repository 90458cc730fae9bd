"""Keeping the rollups of a served snapshot: opened from disk, chosen, made one at a time in the background."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
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
from cube_server.backends.embedded.rollups.refreshing import Indexes, RebuildError, Refreshing, State
from cube_server.backends.embedded.rollups.storage import Choice, Shelf, state_of
from cube_server.backends.rollups.choosing import Chosen
from cube_server.backends.rollups.definition import Definition, aggregates_of
from cube_server.model.dimensions import Dimension
from cube_server.model.elements import Cube, Model
from cube_server.warehouse.snapshot import Snapshot, StoredTable

Mode = Literal["auto", "use", "off"]
"""Whether rollups are made and used, only used as far as they are there, or neither."""

_PAUSE = 2.0
"""Seconds between looks at the log, and at what other processes have made or let go."""

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

    def facts_of(self, table: StoredTable) -> FactRows:
        """Give some of the files of a fact table as facts."""

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
        open_former: Gives the dimensions of a former state.
    """

    def __init__(
        self,
        model: Model,
        snapshot: Snapshot,
        source: Source,
        settings: RollupSettings,
        open_former: Callable[[Snapshot], Indexes],
    ) -> None:
        self._snapshot, self._source, self._settings = snapshot, source, settings
        self._open_former = open_former
        self._root = snapshot.root / "rollups"
        self._tables: dict[str, tuple[Cube, ...]] = {}
        for cube in model.cubes:
            self._tables[cube.table.name] = (*self._tables.get(cube.table.name, ()), cube)
        self._shelves = {
            table: Shelf(self._root, table, model.hash, state_of(snapshot.manifest, cubes))
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
        """Open what is on disk and not open yet, let go of what is not there; give all that is open, by table."""
        for table, shelf in self._shelves.items():
            known = {name: one for name, one in self._open[table].items() if shelf.holds(one.kept.definition)}
            self._open[table] = known
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
        return self._add(table, made)

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
                    if not part.is_declared and made.kept.bytes > _MISJUDGED * part.candidate.bytes + _SMALL:
                        self._misjudged.add(name)
                        _log.info("Let go of the rollup %s: it has %d rows", name, made.kept.size)
                        self._drop(table, name)
            self._shelves[table].sweep()

    def refresh(self) -> Iterator[tuple[Open, str]]:
        """Bring the rollups of the former snapshot up to date, where this one has none yet.

        Yields:
            Each rollup, and why it had to be made anew; "" where it was brought up to date.
        """
        for table, shelf in self._shelves.items():
            former = shelf.former() if shelf.is_new else None
            if former is None:
                continue
            refreshing = self._refreshing(table, former)
            for kept in sorted(former.read(), key=lambda kept: -kept.size):
                if self._ended.is_set():
                    return
                yield self._refreshed(table, refreshing, kept)

    def _refreshing(self, table: str, former: Shelf) -> Refreshing:
        before, cube = Snapshot(self._snapshot.root, former.state), self._tables[table][0]
        return Refreshing(
            cube.table.name,
            State(before, self._open_former(before)),
            State(self._snapshot, self._source.dimension),
            self._source.fact_rows(cube),
            self._source.facts_of,
        )

    def _refreshed(self, table: str, refreshing: Refreshing, kept: Kept) -> tuple[Open, str]:
        cubes, definition = self._tables[table], kept.definition
        cube = next(cube for cube in cubes if cube.name == definition.cube)
        try:
            made = refreshing.refreshed(kept, cube, aggregates_of(cubes, table))
        except RebuildError as reason:
            return self.make(definition), str(reason)
        return self._add(table, made), ""

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
                return RollupRows(one.kept, one.grain, facts)
        return facts

    def _add(self, table: str, made: Kept) -> Open:
        """Put a rollup on disk, and use it from now on."""
        found = self._opened(table, self._shelves[table].write(made))
        self._open[table][made.definition.name] = found
        self._source.rollups.keep(table, self._open[table].values())
        return found

    def _opened(self, table: str, kept: Kept) -> Open:
        cube = next(cube for cube in self._tables[table] if cube.name == kept.definition.cube)
        return Open(kept, grain_of(kept, cube, self._source.fact_rows(cube), self._source.dimension))

    def _run(self) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while not self._ended.is_set():
            try:
                self.open()
                self.log.write()
                if self._settings.mode == "auto" and self._is_due():
                    self._make_alone()
            except Exception:
                _log.exception("Rollups could not be kept; questions are answered from the facts.")
            self._ended.wait(_PAUSE)

    def _is_due(self) -> bool:
        """Tell whether rollups are to be chosen: nobody has for this state, or other things were asked since."""
        choices = [shelf.choice for shelf in self._shelves.values()]
        return any(
            choice is None or choice.share != self._settings.share or self.log.count - choice.questions >= _NEW
            for choice in choices
        )

    def _make_alone(self) -> None:
        """Make what is missing, unless another process does."""
        with _alone(self._root) as is_alone:
            # Who held the lock until now may have made everything.
            if not is_alone or not self._is_due():
                return
            self.open()
            count = self.log.count
            # What was chosen for the former snapshot is chosen for this one, until other things are asked.
            if not self._refresh():
                for chosen, made in self.make_planned():
                    name, rows = chosen.candidate.definition.name, made.kept.size
                    _log.info("Made the rollup %s: %d rows, %d bytes", name, rows, made.kept.bytes)
            if not self._ended.is_set():
                for shelf in self._shelves.values():
                    shelf.chosen(Choice(questions=count, share=self._settings.share))

    def _refresh(self) -> bool:
        found = False
        for made, reason in self.refresh():
            found, name = True, made.kept.definition.name
            if reason:
                _log.info("Made the rollup %s anew, as %s: %d rows read", name, reason, made.kept.read)
            else:
                _log.info("Brought the rollup %s up to date: %d new facts read", name, made.kept.read)
        return found


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
