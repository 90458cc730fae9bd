"""`cube-server import-cubes`: from an installation of Databrewery Cubes to a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.drafts import Section, notes_text, parts, write_draft

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loaders.databrewery.findings import Note

EXAMPLES = """
[bold]Examples[/bold]
  cube-server import-cubes slicer.ini -o cubes.json
  cube-server import-cubes sales.json shop.cubesmodel --from sqlite:///shop.db -o cubes.json
"""


def import_cubes(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="A slicer.ini, or model files and .cubesmodel folders."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the model is written.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="Where the tables are that the models are about, as for load.",
            show_default="the store of the ini file",
        ),
    ] = None,
) -> None:
    """Turn an installation of Databrewery Cubes 1.1 into a model, and report what has no equal."""
    from cube_server.cli.console import say, show
    from cube_server.cli.watching import watched
    from loaders.databrewery import importing

    with watched() as progress:
        imported = importing.import_cubes(tuple(paths), source, progress=progress)
    write_draft(output, imported.text)
    if imported.notes:
        show(notes_text(_sections(imported.notes)))
    typer.echo(f"{output}: {parts(imported.model)}")
    say(f"Next: cube-server load --model {output} --from {source or 'SOURCE'}")


def _sections(notes: Iterable[Note]) -> Iterator[Section]:
    from loaders.databrewery.findings import NoteKind

    heads = {
        NoteKind.UNSUPPORTED: ("Left out", "bold red"),
        NoteKind.APPROXIMATE: ("Not quite the same", "bold yellow"),
        NoteKind.IGNORED: ("Ignored", "bold"),
    }
    notes = tuple(notes)
    for kind, (head, style) in heads.items():
        yield Section(head, style, tuple((str(note.place), note.message) for note in notes if note.kind is kind))
