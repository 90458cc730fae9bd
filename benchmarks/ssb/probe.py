"""`python -m benchmarks.ssb.probe MODEL WAREHOUSE`: what opening costs a process that does nothing else, as JSON."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from benchmarks.ssb.queries import QUERIES
from cube_server.engine import Engine


def main(model: Path, warehouse: Path) -> dict[str, float]:
    """Open, ask the first query, then all; give milliseconds and MiB by the names of `Stored`."""
    imported, started = _resident(), time.perf_counter()
    engine = Engine.open(model, warehouse)
    opened = time.perf_counter()
    engine.query(QUERIES[0].request)
    answered = time.perf_counter()
    for query in QUERIES:
        engine.query(query.request)
    return {
        "open_milliseconds": (opened - started) * 1000,
        "first_milliseconds": (answered - opened) * 1000,
        "mebibytes": _resident(),
        "import_mebibytes": imported,
    }


def _resident() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, flags=re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
