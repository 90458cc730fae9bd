"""The log of real questions: what was needed how often, and which rollups answered."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from cube_server.backends.rollups.needs import Need, need_of
from cube_server.plan.nodes import Cuboid

FORMAT = 1
_RECENT = 1 << 14
_KEPT = 500
"""So many different needs are kept, the most frequent."""

_log = logging.getLogger(__name__)


class Log:
    """Counts what questions need. Noting one costs next to nothing; what it needs is found out when the log is read.

    Several processes share the file: each adds what it has noted since it last did, and knows what all have then.

    Args:
        path: Where it is kept, so that a server that starts knows what was asked of the one before.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._noted: deque[tuple[Cuboid, str | None]] = deque(maxlen=_RECENT)
        self._needs, self._hits = self._read()
        self._new_needs: Counter[Need] = Counter()
        self._new_hits: Counter[str] = Counter()

    def note(self, node: Cuboid, rollup: str | None) -> None:
        """Note a cuboid of facts, and the name of the rollup that answered it, if one did."""
        self._noted.append((node, rollup))

    def needs(self) -> Mapping[Need, int]:
        """Give how often what was needed."""
        self._take_up()
        with self._lock:
            return dict(self._needs + self._new_needs)

    @property
    def count(self) -> int:
        """How many needs of questions were counted."""
        return sum(self.needs().values())

    def hits(self) -> Mapping[str, int]:
        """Give how often each rollup answered."""
        self._take_up()
        with self._lock:
            return dict(self._hits + self._new_hits)

    def write(self) -> None:
        """Add what was noted to the file, and take up what others have added; who cannot write goes without."""
        self._take_up()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, self._path.with_suffix(".lock").open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                self._add()
        except OSError as error:
            _log.warning("Cannot keep the log of questions: %s", error)

    def _add(self) -> None:
        needs, hits = self._read()
        self._needs, self._hits = needs + self._new_needs, hits + self._new_hits
        if self._new_needs or self._new_hits:
            told = [[n.cube, n.levels, n.keys, n.counted, count] for n, count in self._needs.most_common(_KEPT)]
            made = self._path.with_suffix(f".{os.getpid()}")
            made.write_text(json.dumps({"format": FORMAT, "needs": told, "hits": self._hits}), encoding="utf-8")
            made.replace(self._path)
        self._new_needs, self._new_hits = Counter(), Counter()

    def _take_up(self) -> None:
        with self._lock:
            while self._noted:
                node, rollup = self._noted.popleft()
                if rollup is not None:
                    self._new_hits[rollup] += 1
                if (need := need_of(node)) is not None:
                    self._new_needs[need] += 1

    def _read(self) -> tuple[Counter[Need], Counter[str]]:
        needs: Counter[Need] = Counter()
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            if told["format"] != FORMAT:
                return Counter(), Counter()
            for cube, levels, keys, counted, count in told["needs"]:
                needs[Need(cube=cube, levels=tuple(levels), keys=tuple(keys), counted=tuple(counted))] += count
            return needs, Counter(told["hits"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("Began a new log of questions: %s", error)
        return Counter(), Counter()
