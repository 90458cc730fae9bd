"""`python -m benchmarks log`: the drill log of the retail panel over HTTP, and answers that are kept already."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe_machine
from benchmarks.panel_log.replay import Replay, replay
from benchmarks.panel_log.steps import read_steps
from benchmarks.sample import MODEL, prepare
from benchmarks.serving import running

PATH = Path(__file__).parent.parent / "results" / "panel_log.json"
CONNECTIONS = (1, 8, 32)
SHARES = (5, 10, 25, 50, 75, 90, 95, 99)
"""The percentages of answers whose times are written."""

PROMISED = {1: 25.0, 32: 250.0}
"""The milliseconds within which 95 of 100 answers shall come."""

_KEPT = "/api/v1/cubes/sales/query?rows=product.department&measures=sales,households"


def main(arguments: list[str]) -> int:
    """Measure, print, and write the numbers; 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks log", description=__doc__)
    parser.add_argument("--workers", type=int, default=1, help="how many processes answer (1)")
    parser.add_argument("--warehouse", type=Path, help="a loaded sample with all of its cubes; made anew unless given")
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS, help="how many ask at once (1 8 32)")
    options = parser.parse_args(arguments)
    console = Console()
    with TemporaryDirectory(prefix="cube-server-bench-") as folder:
        model, warehouse = (MODEL, options.warehouse) if options.warehouse else _prepared(Path(folder))
        serve = ("serve", "--model", model, "--warehouse", warehouse, "--port", 0, "--workers", options.workers)
        replays, kept = _measure(serve, options.connections, console)
    _show(replays, kept, console)
    PATH.write_text(json.dumps(_document(replays, kept, options.workers), indent=1) + "\n", encoding="utf-8")
    return 0 if all(map(_is_good, replays)) else 1


def _prepared(folder: Path) -> tuple[Path, Path]:
    sample = prepare(folder)
    return sample.model, sample.warehouse


def _measure(
    serve: tuple[object, ...], connections: Sequence[int], console: Console
) -> tuple[list[Replay], dict[str, float] | None]:
    steps = read_steps()
    replays: list[Replay] = []
    kept = None
    for number in connections:
        # A server of its own each time, so that no answer is kept from the one before.
        with running(*serve) as server:
            for what in ("first time", "again"):
                found = replay(server.address, steps, connections=number, what=what)
                console.print(f"{number} x {len(steps)} steps, {what}: {found.seconds:,.1f} s, {found.errors} errors")
                replays.append(found)
            if number == connections[-1]:
                kept = _kept_answers(server.address)
    return replays, kept


def _kept_answers(address: str) -> dict[str, float] | None:
    """Ask one kept answer as fast as eight connections can, by wrk; None where that is not installed."""
    program = shutil.which("wrk")
    if program is None:
        return None
    command = [program, "-t1", "-c8", "-d5", "--latency", address + _KEPT]
    subprocess.run(command, capture_output=True, check=True)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    middle = re.search(r"50%\s+([\d.]+)(us|ms|s)", told)
    assert rate
    assert middle
    return {
        "requests_per_second": float(rate[1]),
        "median_milliseconds": float(middle[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[middle[2]],
    }


def _is_good(found: Replay) -> bool:
    return not found.errors and found.percentile(95) <= PROMISED.get(found.connections, float("inf"))


def _show(replays: list[Replay], kept: dict[str, float] | None, console: Console) -> None:
    table = Table("connections", "", "median", "95%", "longest", "answers/s", "errors", "promised")
    for found in replays:
        promised = PROMISED.get(found.connections)
        missed = "" if _is_good(found) else " (missed)"
        table.add_row(
            str(found.connections),
            found.what,
            *(f"{found.percentile(share):,.1f} ms" for share in (50, 95)),
            f"{max(found.milliseconds):,.1f} ms",
            f"{len(found.milliseconds) / found.seconds:,.0f}",
            str(found.errors),
            (f"95% < {promised:g} ms" if promised else "") + missed,
        )
    console.print(table)
    if kept is None:
        console.print("Kept answers were not measured: wrk is not installed.")
    else:
        rate, middle = kept["requests_per_second"], kept["median_milliseconds"]
        console.print(f"A kept answer, 8 connections of wrk: {rate:,.0f} a second, median {middle:.2f} ms.")


def _document(replays: list[Replay], kept: dict[str, float] | None, workers: int) -> dict[str, object]:
    return {
        "machine": describe_machine(),
        "workers": workers,
        "replays": [
            {
                "connections": found.connections,
                "what": found.what,
                "errors": found.errors,
                "seconds": round(found.seconds, 3),
                "milliseconds": {str(share): round(found.percentile(share), 2) for share in SHARES},
                "longest": round(max(found.milliseconds), 2),
            }
            for found in replays
        ],
        "kept": kept,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
