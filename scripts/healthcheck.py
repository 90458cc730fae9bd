"""Ask this container's server whether it is alive: exit 0 if /health answers 200, else 1.

Standard library only; the image's HEALTHCHECK runs it. The key guards every route, so it is sent here too.
"""

from __future__ import annotations

import os
import sys
import urllib.request


def is_healthy(port: str, key: str, *, timeout: float = 2.0) -> bool:
    """Tell whether the server on this machine's `port` answers /health with 200."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health", headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return bool(response.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if is_healthy(os.environ.get("CUBE_PORT", "8000"), os.environ.get("CUBE_API_KEY", "")) else 1)
