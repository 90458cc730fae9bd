"""`python -m cube_server` is the program `cube-server`."""

from __future__ import annotations

from cube_server.cli import main

if __name__ == "__main__":
    main()
