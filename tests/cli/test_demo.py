"""The demo on the real retail panel; its figures are those of docs/sample.md."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.sample import CACHE, sample_wheel
from tests.toy.star import FOLDER, MODEL

from .conftest import ROOT, Run, process
from .serving import serving


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse that the demo has loaded."""
    sample_wheel()
    warehouse = tmp_path_factory.mktemp("demo") / "warehouse"
    ended = process("demo", *_options(warehouse), "--no-serve", seconds=300)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^fact_sales +full +1,469,307 ", ended.stdout, re.MULTILINE)
    assert re.search(r"build the retail star: \d+ tables", ended.stderr)
    return warehouse


def _options(warehouse: Path) -> tuple[str, ...]:
    return ("--model", str(ROOT / "cubes.json"), "--warehouse", str(warehouse), "--cache", str(CACHE))


def test_a_second_run_serves_what_is_loaded_and_tells_where(loaded: Path) -> None:
    with serving("demo", *_options(loaded)) as server:
        assert server.url.startswith("http://127.0.0.1:")
        row = server.get("/api/v1/cubes/sales/query?measures=sales,baskets,households")
        code, out, err = server.stop()
    assert (row["sales"], row["baskets"], row["households"]) == (4596039.58, 155848, 2469)
    assert code == 130
    assert out == ""
    assert "Using snapshot 000001" in err
    assert f"curl '{server.url}/api/v1/cubes/sales/query?" in err


def test_refresh_loads_again(loaded: Path, run: Run) -> None:
    assert "Snapshot 000002 is loaded" in run("demo", *_options(loaded), "--no-serve", "--refresh").stdout
    told = run("loads", "--warehouse", loaded).stdout
    assert re.search(r"^2 .* loaded +000002 ", told, re.MULTILINE)
    assert re.search(r"^1 .* loaded +000001 ", told, re.MULTILINE)


@pytest.mark.parametrize("by_flag", [True, False])
def test_a_port_that_was_chosen_and_is_taken_is_an_error_before_the_load(tmp_path: Path, by_flag: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        chosen = ("--port", port) if by_flag else ()
        env = {} if by_flag else {"CUBE_PORT": port}
        ended = process("demo", *_options(tmp_path / "warehouse"), *chosen, env=env)
    assert ended.returncode == 2
    assert "the port is taken" in ended.stderr
    assert not (tmp_path / "warehouse").exists()


def test_other_data_is_not_replaced_by_the_panel(tmp_path: Path, run: Run) -> None:
    run("load", "--model", MODEL, "--from", FOLDER, "--warehouse", tmp_path)
    result = run("demo", *_options(tmp_path), "--no-serve", "--refresh")
    assert result.exit_code == 6
    assert "holds 'toy', not 'retail_panel'" in result.stderr
    assert not (tmp_path / "snapshots" / "000002.json").exists()
