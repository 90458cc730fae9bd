"""`python -m benchmarks drafts SOURCE...`: how long a stranger's data takes to its first answer over HTTP.

Each step is a process of its own, as somebody would type it: infer, validate, load, serve; then the first question is
asked. Five minutes are promised.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from rich.console import Console

from benchmarks.sample import ROOT

_PROMISED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What came of a source.

    Attributes:
        seconds: By step: how long it took.
        cubes: The cubes that are served.
        answer: The first cube's first measure in all, and how many rows of facts it has, as served.
    """

    seconds: dict[str, float]
    cubes: tuple[str, ...]
    answer: dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the benchmark; return 1 if a source takes longer than five minutes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks drafts", description=__doc__)
    parser.add_argument("sources", nargs="+", help="folders, files or URLs")
    console, is_good = Console(width=160), True
    for source in parser.parse_args(arguments).sources:
        with TemporaryDirectory(prefix="cube-server-bench-") as folder:
            walk = walked(source, Path(folder))
        whole = sum(walk.seconds.values())
        steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in walk.seconds.items())
        console.print(f"{source}: {whole:.0f} s ({steps}); cubes {', '.join(walk.cubes)}; {walk.answer}")
        is_good = is_good and whole < _PROMISED
    return 0 if is_good else 1


def walked(source: str, folder: Path) -> Walk:
    """Draft a model of a source, load it, serve it and ask; `subprocess.CalledProcessError` if a step fails."""
    model, warehouse = str(folder / "cubes.json"), str(folder / "warehouse")
    seconds: dict[str, float] = {}
    for step, arguments in (
        ("infer", [source, "-o", model]),
        ("validate", [model]),
        ("load", ["--model", model, "--from", source, "--warehouse", warehouse]),
    ):
        began = time.monotonic()
        subprocess.run([*_COMMAND, step, *arguments], check=True, capture_output=True, env=_environment())
        seconds[step] = time.monotonic() - began
    began = time.monotonic()
    serve = [*_COMMAND, "serve", "--model", model, "--warehouse", warehouse, "--port", "0"]
    with subprocess.Popen(
        serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", env=_environment()
    ) as server:
        try:
            assert server.stdout is not None
            address = f"{server.stdout.readline().strip()}/api/v1/cubes"
            cubes = tuple(cube["name"] for cube in _read(address)["cubes"])
            (measure, *_) = (measure["name"] for measure in _read(f"{address}/{cubes[0]}")["measures"])
            (answer,) = _read(f"{address}/{cubes[0]}/query?measures={measure},row_count")
        finally:
            server.terminate()
    seconds["serve and ask"] = time.monotonic() - began
    return Walk(seconds=seconds, cubes=cubes, answer=answer)


_COMMAND = (sys.executable, "-m", "cube_server")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CUBE_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def _read(address: str) -> Any:  # noqa: ANN401 - JSON
    with urlopen(address, timeout=60) as answer:  # our own address
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
