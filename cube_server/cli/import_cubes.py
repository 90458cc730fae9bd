"""`cube-server import-cubes`: from an installation of Databrewery Cubes to a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text

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
    from cube_server.errors import SettingsError
    from loaders.databrewery import importing

    with watched() as progress:
        imported = importing.import_cubes(tuple(paths), source, progress=progress)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(imported.text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"Cannot write {output}: {error.strerror}.", hint="Name a file with -o.") from error
    if imported.notes:
        show(report_text(imported.notes))
    counted = importing.counted(imported.model)
    parts = ", ".join(f"{count} {noun}" + ("" if count == 1 else "s") for noun, count in counted.items())
    typer.echo(f"{output}: {parts}")
    say(f"Next: cube-server load --model {output} --from {source or 'SOURCE'}")


def report_text(notes: Iterable[Note]) -> Text:
    """Write what could not be taken over as it is, kind by kind."""
    from rich.text import Text

    from loaders.databrewery.findings import NoteKind

    heads = {
        NoteKind.UNSUPPORTED: ("Left out", "bold red"),
        NoteKind.APPROXIMATE: ("Not quite the same", "bold yellow"),
        NoteKind.IGNORED: ("Ignored", "bold"),
    }
    notes = tuple(notes)
    text = Text()
    for kind, (head, style) in heads.items():
        found = [note for note in notes if note.kind is kind]
        if found:
            text.append(f"{head} ({len(found)})\n", style=style)
        for note in found:
            text.append("  ").append(str(note.place), style="cyan").append(f": {note.message}\n")
    return text
