from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from rich.progress import Progress as Display
from rich.progress import TextColumn

from cube_server.cli import watching
from cube_server.cli.watching import Bars, Lines
from cube_server.progress import Progress


def work(progress: Progress) -> None:
    progress.start("read fact_sales", total=1500)
    progress.advance(1000)
    progress.advance(500)
    progress.finish("1,500 rows")


def test_lines_tell_the_time_the_task_and_its_end() -> None:
    out = io.StringIO()
    work(Lines(Console(file=out)))
    begun, done = out.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d read fact_sales: \.\.\.", begun)
    assert re.fullmatch(r"\d\d:\d\d:\d\d read fact_sales: 1,500 rows \(\d+\.\d s\)", done)


def test_lines_tell_of_long_work_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_SECONDS_BETWEEN_LINES", 0.0)
    out = io.StringIO()
    work(Lines(Console(file=out)))
    assert "read fact_sales: 1,000 of 1,500 rows\n" in out.getvalue()


def test_bars_fill_and_stay() -> None:
    out = io.StringIO()
    columns = (TextColumn("{task.description}"), TextColumn("{task.percentage:.0f}% {task.fields[state]}"))
    with Display(*columns, console=Console(file=out, force_terminal=True, width=60)) as display:
        bars = Bars(display)
        bars.start("download", unit="files")
        bars.advance()
        bars.finish()
        work(bars)
    shown = out.getvalue()
    assert re.search(r"download +100% done", shown)
    assert "read fact_sales 100% 1,500 rows" in shown


def test_without_a_terminal_there_are_no_bars(capsys: pytest.CaptureFixture[str]) -> None:
    with watching.watched() as progress:
        work(progress)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "\x1b" not in captured.err


@pytest.mark.parametrize(
    ("done", "total", "seconds", "told"),
    [
        (1000, 1500, 0.5, "1,000 of 1,500 rows"),
        (1000, 1500, 2.0, "1,000 of 1,500 rows, 500 rows/s, 1 s left"),
        (3_000_000, None, 10.0, "3,000,000 rows, 300,000 rows/s"),
        (2000, 1500, 10.0, "2,000 rows, 200 rows/s"),
    ],
)
def test_speed_and_time_left(done: int, total: int | None, seconds: float, told: str) -> None:
    assert watching._amount(done, total, "rows", seconds) == told
