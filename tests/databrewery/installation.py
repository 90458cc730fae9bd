"""The toy installation of Databrewery Cubes: a copy of `shop/` with its SQLite file made of `tables.sql`."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

FOLDER = Path(__file__).parent / "shop"


def install(folder: Path) -> Path:
    """Copy the installation into a folder; give its ini file."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    with sqlite3.connect(folder / "shop.sqlite") as connection:
        connection.executescript((FOLDER / "tables.sql").read_text(encoding="utf-8"))
    connection.close()
    return folder / "slicer.ini"
