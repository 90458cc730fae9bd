"""`cube-server infer`: from a stranger's data to the draft of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.drafts import Section, notes_text, parts, write_draft

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loaders.inference.notes import Note

EXAMPLES = """
[bold]Examples[/bold]
  cube-server infer exports/ -o cubes.json
  cube-server infer sales.csv -o cubes.json --name shop
  cube-server infer duckdb:///shop.duckdb -o cubes.json --table orders --table customers --sample 100000
"""


def infer(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A folder or file (CSV, Parquet, Delta, Iceberg), a URL of Parquet, or an SQLAlchemy URL.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the model is written.")] = Path(
        "cubes.json"
    ),
    table: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A table to look at; may be repeated. Default: all.")
    ] = None,
    sample: Annotated[
        int, typer.Option(metavar="ROWS", min=1, help="How many rows of each table to look at.")
    ] = 2_000_000,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The model's name. Default: the source's.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Draft a model from data: types, keys, joins, a calendar, hierarchies and measures; and say what is unsure."""
    from cube_server.backends.sql.addresses import is_served
    from cube_server.cli.console import say, show
    from cube_server.cli.watching import watched
    from cube_server.errors import SettingsError
    from loaders.inference.drafting import infer as drafted

    if output.exists() and not force:
        raise SettingsError(f"There is a file {output} already.", hint="Name another with -o, or add --force.")
    with watched() as progress:
        draft = drafted(source, tables=tuple(table or ()), sample=sample, name=name, progress=progress)
    write_draft(output, draft.text)
    if draft.notes:
        show(notes_text(_sections(draft.notes)))
    typer.echo(f"{output}: {parts(draft.model)}")
    place = _shown(source)
    say(f"Next: cube-server load --model {output} --from {place} && cube-server serve --model {output}")
    if is_served(source):
        say(f"Or where the data is: cube-server serve --model {output} --warehouse {place}")


def _shown(source: str) -> str:
    """Write a source for a command to be copied, without a password."""
    if "://" not in source:
        return source
    import sqlalchemy as sa

    from cube_server.urls import shown

    return f"'{shown(sa.make_url(source))}'"


def _sections(notes: Iterable[Note]) -> Iterator[Section]:
    from loaders.inference.notes import NoteKind

    heads = {
        NoteKind.UNSURE: ("Look at these", "bold yellow"),
        NoteKind.LEFT_OUT: ("Left out", "bold"),
        NoteKind.FOUND: ("Found", "bold"),
    }
    notes = tuple(notes)
    for kind, (head, style) in heads.items():
        yield Section(head, style, tuple(_together(note for note in notes if note.kind is kind)))


def _together(notes: Iterable[Note]) -> Iterator[tuple[str, str]]:
    """Tell what holds for several columns of a table once: `customer.phone, .fax`."""
    places: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        table, _, column = note.place.partition(".")
        places.setdefault((note.message, table if column else ""), []).append(column or table)
    for (message, table), found in places.items():
        yield f"{table}.{', .'.join(found)}" if table else ", ".join(found), message
