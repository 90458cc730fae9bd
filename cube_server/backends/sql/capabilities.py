"""What each kind of database lacks, and what is done instead: never a wrong number, never a silent download."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

_HISTORY = "yes, where the table has the versions (`from`); those that loads make are `unsupported_by_database`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """A kind of database, as the table in `docs/scale-out.md` tells it: a field a row.

    Attributes:
        specification: Whether the cases of the specification hold.
        decimals: How exact they are.
        large_sums: What happens to sums over 64 bits.
        text: How keys of text are compared.
        dates: Which days there are.
        timestamps: In which zone they are compared.
        nulls: How nulls are told from other values.
        sending: How members that the database does not know travel.
        rows: How rows come out.
        holding: What keeps the data still while a question's statements run.
        ending: How a statement is ended.
        rollups: How rollups are kept.
        history: Whether dimensions as they were then can be asked.
        derived: Whether it can make derived tables.
        as_of: Whether an older state can be asked.
    """

    specification: str = "yes"
    decimals: str = "exact"
    large_sums: str = "`limit_exceeded`"
    text: str = "byte for byte"
    dates: str = "all"
    timestamps: str = "as stored"
    nulls: str = "as SQL says"
    sending: str = "a list a column, as parameters"
    rows: str = "rows of Python, in chunks"
    holding: str = "a transaction"
    ending: str = "interrupt"
    rollups: str = "tables in order"
    history: str = _HISTORY
    derived: str = "subselects"
    as_of: str = "only the present state"


_TITLES = {
    "specification": "the cases of the specification (`tests/spec`)",
    "decimals": "decimals",
    "large_sums": "sums over 64 bits",
    "text": "text keys",
    "dates": "dates",
    "timestamps": "timestamps",
    "nulls": "nulls",
    "sending": "members that travel with a statement",
    "rows": "how rows come out",
    "holding": "what keeps the data still between statements",
    "ending": "ending a statement that takes too long, or whose client has left",
    "rollups": "[rollups](#rollups-in-the-database)",
    "history": "[history](history.md#in-a-database): dimensions as they were then, versions of rows",
    "derived": "[derived tables](model.md#derived-tables)",
    "as_of": "`as_of`",
}


def capability_table(kinds: Iterable[tuple[str, Capabilities]]) -> str:
    """Write the table of the documentation.

    Args:
        kinds: The databases' titles, and what each can do.
    """
    titles, known = zip(*kinds, strict=True)
    rows = [("", *titles), ("---",) * (len(titles) + 1)]
    for field in fields(Capabilities):
        told = [getattr(one, field.name) for one in known]
        same = len(set(told)) == 1
        rows.append((_TITLES[field.name], *((told[0], *("the same",) * (len(told) - 1)) if same else told)))
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)
