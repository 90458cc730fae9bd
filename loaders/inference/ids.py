"""Names of columns that identify something."""

from __future__ import annotations

from .vocabulary import IDS
from .wording import words


def is_id(name: str) -> bool:
    """Tell whether a column's name says that it identifies something.

    >>> is_id("CustomerID"), is_id("quantity")
    (True, False)
    """
    parts = words(name)
    return bool(parts) and parts[-1] in IDS


def bare(name: str) -> tuple[str, ...]:
    """Tell what an id is that of: its words but the last.

    >>> bare("campaign_id"), bare("region")
    (('campaign',), ('region',))
    """
    parts = words(name)
    return parts[:-1] if len(parts) > 1 and parts[-1] in IDS else parts
