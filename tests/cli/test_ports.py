from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from cube_server.cli.ports import address, listen
from cube_server.errors import SettingsError


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens at."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_taken_port_is_an_error_that_names_it(taken: int) -> None:
    with pytest.raises(SettingsError, match=f"Cannot listen at 127.0.0.1:{taken}: the port is taken") as caught:
        listen("127.0.0.1", taken)
    assert "--port" in caught.value.hint


def test_a_taken_port_gives_way_to_a_free_one_if_any_will_do(taken: int) -> None:
    with listen("127.0.0.1", taken, or_free=True) as listener:
        port = listener.getsockname()[1]
        assert port != taken
        assert address(listener) == f"http://127.0.0.1:{port}"


def test_a_wildcard_address_is_shown_as_one_that_a_browser_can_open() -> None:
    with listen("0.0.0.0", 0) as listener:
        assert address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("host", ["host.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_an_error(host: str) -> None:
    with pytest.raises(SettingsError, match=f"Cannot listen at {host}:0: "):
        listen(host, 0, or_free=True)
