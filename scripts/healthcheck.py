"""Ask this container's server whether it is alive: exit 0 if /health answers 200, else 1.

Standard library only; the image's HEALTHCHECK runs it. Every route wants a key: CUBE_API_KEY if it is set. Where it is
not, the keys are in the metadata database, where they cannot be read; a server that then asks for one is alive.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request


def is_healthy(port: str, key: str, *, timeout: float = 2.0) -> bool:
    """Tell whether the server on this machine's `port` answers /health with 200, or without a key with 401."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health", headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as error:
        return error.code == 401 and not key
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_healthy(os.environ.get("CUBE_PORT", "8000"), os.environ.get("CUBE_API_KEY", "")) else 1)
