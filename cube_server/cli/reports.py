"""`cube-server reports`: the saved reports of a server, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cube_server.cli.keys import moment, span
from cube_server.cli.options import MetadataOption, ModelOption, WarehouseOption, local_settings

if TYPE_CHECKING:
    from cube_server.metadata.database import Database
    from cube_server.metadata.reports import Reports, SavedReport
    from cube_server.model.elements import Model
    from cube_server.reports.document import ReportRequest

_LIST = """
[bold]Examples[/bold]
  cube-server reports list
"""
_SHOW = """
[bold]Examples[/bold]
  cube-server reports show sales-by-department
  cube-server reports show sales-by-department --version 1
"""
_EXPORT = """
[bold]Examples[/bold]
  cube-server reports export > reports.json
  cube-server reports export sales-by-department --output one.json
"""
_IMPORT = """
[bold]Examples[/bold]
  cube-server reports import reports.json
  cube-server reports import reports.json --replace
"""
_SHARE = """
[bold]Examples[/bold]
  cube-server reports share sales-by-department --expires 7d
"""
EXAMPLES = """
[bold]Examples[/bold]
  cube-server reports list
  cube-server reports export > reports.json
  cube-server reports import reports.json
  cube-server reports share sales-by-department --expires 7d
"""

AUTHOR = "command line"
"""Who has saved what is imported."""

Report = Annotated[str, typer.Argument(metavar="REPORT", help="The report's slug or id.")]

commands = typer.Typer(
    help="List, show, export, import and share saved reports.", epilog=EXAMPLES, no_args_is_help=True
)


@commands.command("list", epilog=_LIST)
def list_reports(
    archived: Annotated[bool, typer.Option("--archived", help="Those that were put away, too.")] = False,
    model: ModelOption = None,
    warehouse: WarehouseOption = None,
    metadata: MetadataOption = None,
) -> None:
    """List the reports, and whether they fit the model."""
    from cube_server.cli.console import say, show
    from cube_server.cli.layout import laid_out

    with _reports(warehouse, metadata) as reports:
        found = [report for report in reports.all() if archived or report.archived is None]
    if not found:
        say("There are no reports.")
        return
    read = _model(model)
    heads = [("Slug", "Name", "Version", "Saved", "By", "State")]
    show(laid_out(heads, [_line(report, read) for report in found], labels=6))


@commands.command(epilog=_SHOW)
def show(
    report: Report,
    version: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, help="An old version.", show_default="the newest")
    ] = None,
    warehouse: WarehouseOption = None,
    metadata: MetadataOption = None,
) -> None:
    """Show a report as JSON: what `PUT /api/v1/reports/REPORT` takes."""
    from pydantic_core import to_json

    from cube_server.cli.console import say, write

    with _reports(warehouse, metadata) as reports:
        found = reports.find(report, version)
    saved = f"version {found.version} of {found.latest}, saved {moment(found.saved)} UTC"
    say(f"{found.slug}: {saved} by {found.author or 'nobody in particular'}")
    write([to_json({**found.document, "slug": found.slug}, indent=2), b"\n"])


@commands.command(epilog=_EXPORT)
def export(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[REPORT]...", help="Which; by default all in use.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write to this file, not to stdout.")
    ] = None,
    warehouse: WarehouseOption = None,
    metadata: MetadataOption = None,
) -> None:
    """Write reports as JSON, their newest versions, to be imported elsewhere."""
    from cube_server.cli.console import save
    from cube_server.reports.transfer import write_reports

    with _reports(warehouse, metadata) as reports:
        found = [reports.find(name) for name in names or ()] if names else reports.all()
    kept = [report for report in found if names or report.archived is None]
    save([write_reports({**report.document, "slug": report.slug} for report in kept)], output)


@commands.command("import", epilog=_IMPORT)
def import_reports(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What export has written.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Add a version to reports that are there already and differ.")
    ] = False,
    model: ModelOption = None,
    warehouse: WarehouseOption = None,
    metadata: MetadataOption = None,
) -> None:
    """Read reports that were exported. All are checked against the model before any is saved."""
    from cube_server.cli.console import say
    from cube_server.reports.transfer import check_reports, read_reports, slugs_of

    found = read_reports(file.read_bytes())
    check_reports(found, _model(model))
    with _reports(warehouse, metadata) as reports:
        known = {report.slug: report for report in reports.all()}
        if not replace:
            _refuse_known(slugs_of(found), known)
        done = [_import(reports, slug, report, known) for slug, report in zip(slugs_of(found), found, strict=True)]
    say(f"{sum(done)} of {len(done)} reports were new or have changed.")


@commands.command(epilog=_SHARE)
def share(
    report: Report,
    expires: Annotated[str, typer.Option(metavar="SPAN", help="How long the address works: 90d, 12h, 4w.")] = "30d",
    warehouse: WarehouseOption = None,
    metadata: MetadataOption = None,
) -> None:
    """Make an address that opens one report without a key, to read, until it expires."""
    from cube_server.cli.console import say
    from cube_server.metadata.tokens import Tokens

    lifetime = span(expires)
    with _database(warehouse, metadata) as database:
        from cube_server.metadata.reports import Reports

        found = Reports(database).find(report)
        token, text = Tokens(database).add(found.id, lifetime, author=AUTHOR)
    typer.echo(f"/r/{found.slug}?token={text}")
    until = f"{moment(token.expires)} UTC"
    say(f"Put the server's address before it. It opens {found.slug!r} until {until}. Its id is {token.id}.")


@contextmanager
def _database(warehouse: Path | None, metadata: str | None) -> Iterator[Database]:
    from api.access import settings_database

    database = settings_database(local_settings(warehouse=warehouse, metadata=metadata))
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _reports(warehouse: Path | None, metadata: str | None) -> Iterator[Reports]:
    from cube_server.metadata.reports import Reports

    with _database(warehouse, metadata) as database:
        yield Reports(database)


def _model(model: Path | None) -> Model:
    from cube_server.model.read import read_model

    return read_model(local_settings(model=model).model)


def _line(report: SavedReport, model: Model) -> tuple[str, ...]:
    from cube_server.reports.checking import saved_issues

    issues = len(saved_issues(report.document, model))
    state = f"{issues} mistake{'s' if issues > 1 else ''} by the model" if issues else "fits"
    name = str(report.document.get("name", ""))
    shown = "archived" if report.archived else state
    return (report.slug, name, str(report.version), moment(report.saved), report.author, shown)


def _refuse_known(slugs: list[str], known: dict[str, SavedReport]) -> None:
    from cube_server.errors import ConflictError, Issue

    taken = [
        Issue(f"/reports/{at}/slug", f"There is a report {slug!r} already.")
        for at, slug in enumerate(slugs)
        if slug in known
    ]
    if taken:
        raise ConflictError("Nothing was imported.", hint="--replace adds versions to those.", issues=taken)


def _import(reports: Reports, slug: str, report: ReportRequest, known: dict[str, SavedReport]) -> bool:
    """Save a report; tell whether there was anything to save."""
    from cube_server.reports.transfer import document_of

    document, there = document_of(report), known.get(slug)
    if there is None:
        reports.create(document, slug=slug, author=AUTHOR)
        return True
    if there.document == document and there.archived is None:
        return False
    reports.save(there.id, document, author=AUTHOR, expected=there.version)
    return True
