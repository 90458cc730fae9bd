"""What `cube-server rollups` does where the facts live in a database: tables there, made by a role that may."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cube_server.cli.console import say, show
from cube_server.cli.layout import laid_out
from cube_server.errors import NotFoundError
from cube_server.progress import counted

if TYPE_CHECKING:
    from api.settings import Settings
    from cube_server.backends.rollups.choosing import Chosen
    from cube_server.backends.rollups.definition import Definition
    from cube_server.backends.sql.rollups.shelf import Record
    from cube_server.backends.sql.rollups.workshop import Workshop


def list_there(settings: Settings) -> None:
    """List the rollups that a database holds."""
    with _workshop(settings) as workshop:
        listed = workshop.listed()
    if not listed:
        say("There are no rollups.")
        return
    lines = [
        (one.record.definition.name, f"{one.record.rows:,}", one.record.table, f"{one.record.built:%Y-%m-%d %H:%M}")
        for one in listed
    ]
    states = [(*line, one.status) for line, one in zip(lines, listed, strict=True)]
    show(laid_out([("Rollup", "Rows", "Table", "Made (UTC)", "Status")], states, labels=1))


def plan_there(settings: Settings) -> None:
    """Show what would be made."""
    with _workshop(settings) as workshop:
        chosen = tuple(workshop.plan(settings.rollup_budget))
    if not chosen:
        say("No rollup would spare much.")
        return
    lines = [
        (name_of(part), f"{part.candidate.rows:,.0f}", f"{part.candidate.bytes:,.0f}", reason_of(part))
        for part in chosen
    ]
    show(laid_out([("Rollup", "Rows, about", "Bytes, about", "Why")], lines, labels=1))


def build_there(settings: Settings, names: tuple[str, ...]) -> None:
    """Make rollups, by name or those that are chosen, but those that are there and up to date."""
    with _workshop(settings) as workshop:
        there = {one.record.definition.name for one in workshop.listed() if one.status == "used"}
        chosen = (part.candidate.definition for part in workshop.plan(settings.rollup_budget)) if not names else ()
        wanted = tuple(dict.fromkeys((*map(workshop.named, names), *chosen)))
        missing = [one for one in wanted if one.name not in there]
        _make_all(workshop, missing)
        if not missing:
            say("There is nothing to make: all are there." if wanted else "No rollup would spare much.")


def refresh_there(settings: Settings) -> None:
    """Make anew what is out of date."""
    with _workshop(settings) as workshop:
        stale = [one.record.definition for one in workshop.listed() if one.status != "used"]
        known = [one for one in stale if workshop.is_known(one)]
        for one in stale:
            if one not in known:
                workshop.drop([one.name])
                say(f"{one.name}: dropped, the model has no such levels any more")
        _make_all(workshop, known)
        if not stale:
            say("All rollups are up to date.")


def drop_there(settings: Settings, names: Iterable[str]) -> None:
    """Remove rollups, by default all."""
    with _workshop(settings) as workshop:
        say(f"Removed {counted(workshop.drop(names), 'rollup')}.")


def name_of(part: Chosen) -> str:
    """Give the name of what was chosen."""
    return part.candidate.definition.name


def reason_of(part: Chosen) -> str:
    """Tell why a rollup is made."""
    return "declared" if part.is_declared else "chosen"


def _make_all(workshop: Workshop, wanted: list[Definition]) -> None:
    for number, one in enumerate(wanted, start=1):
        began = time.monotonic()
        record = workshop.make(one)
        say(f"{number} of {len(wanted)}: {_made(record)}, {time.monotonic() - began:.1f} s")


def _made(record: Record) -> str:
    return f"{record.definition.name}: {record.rows:,} rows in {record.table}"


@contextmanager
def _workshop(settings: Settings) -> Iterator[Workshop]:
    from cube_server.backends.sql.addresses import open_writable
    from cube_server.backends.sql.live import LiveWarehouse
    from cube_server.backends.sql.rollups.workshop import Workshop
    from cube_server.model.read import read_model
    from cube_server.opening import Address

    place = settings.place
    assert isinstance(place, Address)
    database = open_writable(place.url)
    look = LiveWarehouse(database, settings.model, place.version).look
    try:
        yield Workshop(read_model(settings.model), database, settings.rollup_settings.schema, look)
    finally:
        database.close()


def names_in(file: Path | None, names: Iterable[str] | None) -> tuple[str, ...]:
    """Give the rollups that are named: one a line of a file, lines that begin with # aside, and one an argument.

    Raises:
        NotFoundError: There is no such file.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file else []
    except OSError as error:
        problem = f"Cannot read {file}: {error.strerror}."
        raise NotFoundError(problem, hint="Name a file with a rollup a line.") from error
    told = (line.strip() for line in lines)
    return (*(line for line in told if line and not line.startswith("#")), *(names or ()))
