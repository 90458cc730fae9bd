"""`cube-server keys`: who may ask a server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.options import MetadataOption, WarehouseOption, local_settings

if TYPE_CHECKING:
    from cube_server.metadata.keys import KeyInfo, Keys

_ADD = """
[bold]Examples[/bold]
  cube-server keys add ann
  cube-server keys add nightly-report --expires 90d
"""
_LIST = """
[bold]Examples[/bold]
  cube-server keys list
"""
_REVOKE = """
[bold]Examples[/bold]
  cube-server keys revoke ann
  cube-server keys revoke 84dc4e33
"""
EXAMPLES = f"{_ADD.rstrip()}\n  cube-server keys list\n  cube-server keys revoke ann\n"

LONGEST_NAME = 100

commands = typer.Typer(
    help="Make, list and revoke keys: a server that has one wants one at every request.",
    epilog=EXAMPLES,
    no_args_is_help=True,
)


@commands.command(epilog=_ADD)
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, or what for.")],
    expires: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="How long it works: 90d, 12h, 4w.", show_default="until it is revoked"),
    ] = None,
    warehouse: WarehouseOption = None,
    metadata: MetadataOption = None,
) -> None:
    """Make a key and show it, this once: only a hash of it is kept."""
    from cube_server.cli.console import say

    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise typer.BadParameter(f"A name has 1 to {LONGEST_NAME} characters.", param_hint="NAME")
    with _keys(warehouse, metadata) as keys:
        info, text = keys.add(name, span(expires) if expires else None)
    typer.echo(text)
    say(f"This is the key {info.name!r}, id {info.id}, {_end(info)}. It is not shown again.")


@commands.command("list", epilog=_LIST)
def list_keys(warehouse: WarehouseOption = None, metadata: MetadataOption = None) -> None:
    """List the keys, without what is secret of them."""
    from cube_server.cli.console import say, show
    from cube_server.cli.layout import laid_out
    from cube_server.metadata.moments import now

    with _keys(warehouse, metadata) as keys:
        known = keys.all()
    if not known:
        say("There are no keys.")
        return
    at = now()
    heads = [("Id", "Name", "State", "Created", "Expires", "Last used")]
    show(laid_out(heads, [_line(key, at) for key in known], labels=6))


@commands.command(epilog=_REVOKE)
def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME-OR-ID", help="The key's name or id.")],
    warehouse: WarehouseOption = None,
    metadata: MetadataOption = None,
) -> None:
    """Revoke a key: running servers refuse it within two seconds."""
    from cube_server.cli.console import say

    with _keys(warehouse, metadata) as keys:
        info = keys.revoke(name)
    say(f"The key {info.name!r}, id {info.id}, is revoked.")


def span(text: str) -> dt.timedelta:
    """Read an option that is a span of time."""
    from cube_server.metadata.moments import parse_span

    try:
        return parse_span(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--expires") from error


def moment(at: dt.datetime | None, otherwise: str = "") -> str:
    """Write a time to the minute."""
    return at.strftime("%Y-%m-%d %H:%M") if at else otherwise


@contextmanager
def _keys(warehouse: Path | None, metadata: str | None) -> Iterator[Keys]:
    from api.access import settings_database
    from cube_server.metadata.keys import Keys

    database = settings_database(local_settings(warehouse=warehouse, metadata=metadata))
    try:
        yield Keys(database)
    finally:
        database.close()


def _end(key: KeyInfo) -> str:
    return f"good until {moment(key.expires)} UTC" if key.expires else "good until it is revoked"


def _line(key: KeyInfo, at: dt.datetime) -> tuple[str, ...]:
    state = "revoked" if key.revoked else "good" if key.is_good(at) else "expired"
    return (key.id, key.name, state, moment(key.created), moment(key.expires, "never"), moment(key.last_used, "never"))
