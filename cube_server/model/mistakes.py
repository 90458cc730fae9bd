"""What building the model's parts shares: gathering mistakes, looking columns up, labels."""

from __future__ import annotations

from collections.abc import Mapping

from cube_server.errors import Issue, nearest
from cube_server.model.shapes import Described, TextDoc
from cube_server.model.tables import Column, Text


class Mistakes:
    """Gathers what is wrong with a document. A part with a mistake is left out, and what refers to it is not blamed."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def blame(self, place: str, message: str, hint: str = "") -> None:
        """Note a mistake at a JSON pointer."""
        self.issues.append(Issue(place, message, hint))

    def column(self, place: str, name: str, columns: Mapping[str, Column], table: str) -> Column | None:
        """Find a column of a table, or blame the name."""
        if name not in columns:
            self.blame(place, f"Table {table!r} has no column {name!r}.", nearest(name, columns))
        return columns.get(name)


def text(document: TextDoc | None, default: str = "") -> Text:
    """Turn a label of the document into text by language."""
    if document is None:
        return Text((("en", default),)) if default else Text()
    return Text(tuple(document.items())) if isinstance(document, dict) else Text((("en", document),))


def spoken(name: str) -> str:
    """Make a label of a name: avg_basket becomes "Avg basket"."""
    return name.replace("_", " ").capitalize()


def label(name: str, part: Described) -> Text:
    """Give a part's label, else one made of its name."""
    return text(part.label, spoken(name))
