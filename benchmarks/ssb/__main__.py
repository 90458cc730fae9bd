"""`python -m benchmarks ssb`, or `python -m benchmarks.ssb`: the Star Schema Benchmark beside its peers, in one run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.ssb.report import show, show_growth
from benchmarks.ssb.results import Run
from benchmarks.ssb.timing import run


def main(arguments: list[str]) -> int:
    """Run the benchmark at one scale or several; return the exit code."""
    options = _parser().parse_args(arguments)
    scales = tuple(options.scale or [1.0])
    console, runs = Console(width=130), list[Run]()
    with _folder(options.folder) as folder:
        for scale in sorted(scales):
            runs.append(run(scale, _of(folder, scale), options.rounds))
            show(runs[-1], console)
            if options.keep:
                runs[-1].write()
    show_growth(runs, console)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks ssb", description="The Star Schema Benchmark.")
    parser.add_argument(
        "--scale", "--sf", type=float, action="append", help="a scale factor (1); again for more: growth is shown"
    )
    parser.add_argument("--rounds", type=int, default=20, help="how often each query is asked (20)")
    parser.add_argument("--folder", type=Path, help="where tables are kept for the next run (a folder that is removed)")
    parser.add_argument("--keep", action="store_true", help="write the numbers to benchmarks/results/ssb-sf*.json")
    return parser


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with TemporaryDirectory(prefix="cube-server-ssb-") as folder:
        yield Path(folder)


def _of(folder: Path, scale: float) -> Path:
    made = folder / f"sf{scale:g}"
    made.mkdir(parents=True, exist_ok=True)
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
