from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from .conftest import ROOT, process
from .serving import serving


@pytest.fixture
def toy_options(toy_paths: tuple[Path, Path]) -> tuple[str, ...]:
    model, warehouse = toy_paths
    return ("--model", str(model), "--warehouse", str(warehouse))


def test_it_serves_when_it_tells_its_address_and_ends_with_130(toy_options: tuple[str, ...]) -> None:
    with serving("serve", *toy_options, "--port", "0") as server:
        assert server.get("/ready")["snapshot"] == "000001"
        assert server.get("/api/v1/cubes/sales/query?measures=amount")["amount"] == 65.94
        code, out, err = server.stop()
    assert code == 130
    assert out == ""
    assert "GET /ready 200" in err
    assert "Traceback" not in err


def test_settings_come_from_the_environment_and_flags_win(toy_options: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = str(other.getsockname()[1])
        ended = process("serve", *toy_options, env={"CUBE_PORT": taken})
        with serving("serve", *toy_options, "--port", "0", CUBE_PORT=taken, CUBE_LOG_LEVEL="error") as server:
            assert server.get("/health") == {"status": "ok"}
            assert server.stop()[2] == ""
    assert ended.returncode == 2
    assert f"Cannot listen at 127.0.0.1:{taken}: the port is taken." in ended.stderr
    assert ended.stdout == ""


def test_it_listens_for_others_only_with_a_key(toy_options: tuple[str, ...]) -> None:
    ended = process("serve", *toy_options, "--host", "0.0.0.0", "--port", "0")
    assert ended.returncode == 2
    assert "CUBE_API_KEY" in ended.stderr
    assert "cube-server keys add" in ended.stderr


def test_a_key_of_its_own_opens_it_to_others_and_is_in_no_log(toy_paths: tuple[Path, Path], tmp_path: Path) -> None:
    model, warehouse = toy_paths
    metadata = f"sqlite:///{tmp_path / 'keys.sqlite'}"
    made = process("keys", "add", "ann", "--metadata", metadata)
    key = made.stdout.strip()
    options = ("--model", model, "--warehouse", warehouse, "--host", "0.0.0.0", "--port", "0")
    with serving("serve", *options, CUBE_METADATA=metadata) as server:
        address = f"http://127.0.0.1:{server.url.rpartition(':')[2]}"
        asked = Request(f"{address}/health", headers={"Authorization": f"Bearer {key}"})
        with urlopen(asked, timeout=30) as answer:
            assert answer.status == 200
        with pytest.raises(HTTPError, match="401"):
            urlopen(f"{address}/health?token=cubet_secret", timeout=30)
        _, out, err = server.stop()
    assert "GET /health 200" in err
    assert "GET /health 401" in err
    assert key not in out + err
    assert "cubet_secret" not in out + err


def test_a_model_that_does_not_fit_is_refused_before_anything_is_served(toy_options: tuple[str, ...]) -> None:
    ended = process("serve", *toy_options[2:], "--model", ROOT / "cubes.json", "--port", "0")
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert "/tables/dim_household" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_snapshot_is_refused(tmp_path: Path, toy_options: tuple[str, ...]) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "000001.json").write_text(json.dumps({"format": 99}))
    ended = process("serve", *toy_options[:2], "--warehouse", tmp_path, "--port", "0")
    assert ended.returncode == 6
    assert "has format 99" in ended.stderr
