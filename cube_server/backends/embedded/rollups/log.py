"""The log of real questions: what was needed how often, and which rollups answered."""

from __future__ import annotations

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

    Args:
        path: Where it is kept, so that a server that starts knows what was asked of the one before.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._noted: deque[tuple[Cuboid, str | None]] = deque(maxlen=_RECENT)
        self._needs: Counter[Need] = Counter()
        self._hits: Counter[str] = Counter()
        self._read()

    def note(self, node: Cuboid, rollup: str | None) -> None:
        """Note a cuboid of facts, and the name of the rollup that answered it, if one did."""
        self._noted.append((node, rollup))

    def needs(self) -> Mapping[Need, int]:
        """Give how often what was needed."""
        self._take_up()
        with self._lock:
            return dict(self._needs)

    def hits(self) -> Mapping[str, int]:
        """Give how often each rollup answered."""
        self._take_up()
        with self._lock:
            return dict(self._hits)

    def write(self) -> None:
        """Put the log down for the next one; who cannot write goes without."""
        self._take_up()
        with self._lock:
            needs = [
                [need.cube, need.levels, need.keys, need.counted, count]
                for need, count in self._needs.most_common(_KEPT)
            ]
            text = json.dumps({"format": FORMAT, "needs": needs, "hits": self._hits})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            made = self._path.with_suffix(f".{os.getpid()}")
            made.write_text(text, encoding="utf-8")
            made.replace(self._path)
        except OSError as error:
            _log.warning("Cannot keep the log of questions: %s", error)

    def _take_up(self) -> None:
        with self._lock:
            while self._noted:
                node, rollup = self._noted.popleft()
                if rollup is not None:
                    self._hits[rollup] += 1
                if (need := need_of(node)) is not None:
                    self._needs[need] += 1

    def _read(self) -> None:
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            if told["format"] == FORMAT:
                self._hits.update(told["hits"])
                for cube, levels, keys, counted, count in told["needs"]:
                    need = Need(cube=cube, levels=tuple(levels), keys=tuple(keys), counted=tuple(counted))
                    self._needs[need] += count
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("Began a new log of questions: %s", error)
