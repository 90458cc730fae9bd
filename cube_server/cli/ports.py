"""Taking a port to serve at."""

from __future__ import annotations

import errno
import socket

from cube_server.errors import SettingsError


def listen(host: str, port: int, *, or_free: bool = False) -> socket.socket:
    """Take a port, so that it is ours before anything is told of it.

    Args:
        host: The address to listen at.
        port: The port; 0 for any free one.
        or_free: Whether any free one will do if it is taken.

    Raises:
        SettingsError: The port is taken or may not be used, or the address is not one of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and or_free:
            return listen(host, 0)
        raise SettingsError(
            f"Cannot listen at {host}:{port}: {_reason(error)}.",
            hint="Choose another: --port, --host, CUBE_PORT, CUBE_HOST; --port 0 takes a free port.",
        ) from error


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is taken"
    return (error.strerror or str(error)).lower()


def address(listener: socket.socket) -> str:
    """Give the URL of a listening socket; a wildcard address is shown as loopback, where it answers, too."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
