"""Manifests of older formats, turned into the newest one, a step at a time.

Format 1 was the first. In format 2 files of facts know their columns in numbers, their time, and the load that wrote
them; and tables of facts know what was loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]

READ = (1, 2)
"""The formats that this program reads; it writes the last."""


def as_newest(document: Document) -> Document:
    """Turn a manifest of any format in `READ` into one of the newest.

    >>> as_newest({"format": 1, "tables": {}})["format"]
    2

    Args:
        document: The JSON of the manifest; left as it is.
    """
    for version in range(document["format"], READ[-1]):
        document = _STEPS[version](document)
    return document


def _from_1(document: Document) -> Document:
    """Add what format 2 knows of files: here nobody knows it, so that a load has to read them to tell them apart.

    Fields are spelled out, although the shape has the same defaults: they may change with a later format.
    """
    unknown: Document = {"load": None, "time": None, "columns": {}}
    tables = {
        name: {**table, "contents": [], "files": [{**file, **unknown} for file in table["files"]]}
        for name, table in document["tables"].items()
    }
    return {**document, "format": 2, "tables": tables}


_STEPS: dict[int, Callable[[Document], Document]] = {1: _from_1}
