"""An answer as an HTML table, for notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from cube_server_client.members import Member
from cube_server_client.numbers import formatted

if TYPE_CHECKING:
    from cube_server_client.answer import Answer

_LEFT, _RIGHT = 'style="text-align:left"', 'style="text-align:right;font-variant-numeric:tabular-nums"'
_MOST_ROWS = 200


def html_table(answer: Answer[Any]) -> str:
    """Write an answer as one table: a line a row tuple, a column for each measure of each column tuple.

    More than 200 rows are not shown; the line below the table says how many there are.
    """
    body = "".join(_line(answer, row) for row in range(min(len(answer.rows), _MOST_ROWS)))
    note = f"{min(len(answer.rows), _MOST_ROWS):,} of {answer.total:,} rows · snapshot {escape(answer.snapshot)}"
    return f"<table><thead>{''.join(_heads(answer))}</thead><tbody>{body}</tbody></table><small>{note}</small>"


def _heads(answer: Answer[Any]) -> Iterator[str]:
    width = len(answer.row_levels)
    for depth in range(len(answer.column_levels)):
        texts = (_text(members, depth) for members in answer.columns)
        spans = (f'<th colspan="{len(answer.measures)}" {_LEFT}>{text}</th>' for text in texts)
        yield f"<tr>{'<th></th>' * width}{''.join(spans)}</tr>"
    labels = [measure.label + (f" ({measure.unit})" if measure.unit else "") for measure in answer.measures]
    measures = "".join(f"<th {_RIGHT}>{escape(label)}</th>" for _ in answer.columns for label in labels)
    levels = "".join(f"<th {_LEFT}>{escape(level)}</th>" for level in answer.row_levels)
    yield f"<tr>{levels}{measures}</tr>"


def _line(answer: Answer[Any], row: int) -> str:
    members = answer.rows[row]
    labels = "".join(f"<th {_LEFT}>{_text(members, depth)}</th>" for depth in range(len(answer.row_levels)))
    numbers = (
        formatted(answer.cells[measure.name][row][column], measure.format)
        for column in range(len(answer.columns))
        for measure in answer.measures
    )
    return f"<tr>{labels}{''.join(f'<td {_RIGHT}>{number}</td>' for number in numbers)}</tr>"


def _text(members: Sequence[Member | None], depth: int) -> str:
    member = members[depth]
    if member is not None:
        return escape(str(member))
    is_first = depth == 0 or members[depth - 1] is not None
    return "<i>Total</i>" if is_first else ""
