"""What `cube-server validate --against` tells: tables, what facts cover, and each finding with its fix."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cube_server.errors import ModelError

if TYPE_CHECKING:
    from rich.text import Text

    from cube_server.backends.sql.findings import Finding
    from cube_server.backends.sql.inspection import Inspection
    from cube_server.model.elements import Model


def check_database(model: Model, address: str, *, as_json: bool) -> None:
    """Tell what the tables of a database are like.

    Args:
        model: The model.
        address: The URL of a database.
        as_json: Whether to write JSON in place of a table; progress goes to stderr in any case.

    Raises:
        ModelError: Something makes numbers wrong or questions fail; the error lists all of it.
        WarehouseError: The database does not answer.
    """
    from cube_server.backends.sql.addresses import open_database
    from cube_server.backends.sql.findings import counted
    from cube_server.backends.sql.inspection import inspect
    from cube_server.cli.watching import watched

    database = open_database(address)
    try:
        with watched() as progress:
            found = inspect(model, database, progress)
    finally:
        database.close()
    _tell(model, database.dialect.title, found, as_json=as_json)
    if found.mistakes:
        raise ModelError(
            f"{database.dialect.title} does not hold what the model says: {counted(len(found.mistakes), 'mistake')}.",
            hint="Mend the tables there, or the model.",
            issues=[finding.issue() for finding in found.mistakes],
        )


def _tell(model: Model, title: str, found: Inspection, *, as_json: bool) -> None:
    from cube_server.cli.console import show, write

    if as_json:
        from pydantic_core import to_json

        written = {"database": title, "valid": not found.mistakes, **asdict(found), "rows": dict(found.rows)}
        write([to_json(written, indent=2), b"\n"])
        return
    show(_tables(model, found))
    if found.coverages:
        show(_coverages(found))
    for finding in found.findings:
        if not finding.is_mistake:
            show(_note(finding))


def _tables(model: Model, found: Inspection) -> Text:
    from cube_server.cli.layout import laid_out

    rows, sources = dict(found.rows), {table.name: table.source for table in model.tables}
    wrong = {name: sum(part.table == sources[name] and part.is_mistake for part in found.findings) for name in rows}
    lines = [(name, sources[name], f"{count:,}", str(wrong[name] or "")) for name, count in rows.items()]
    return laid_out([("Table", "In the database", "Rows", "Mistakes")], lines, labels=2)


def _coverages(found: Inspection) -> Text:
    from cube_server.cli.layout import laid_out

    lines = [
        (part.cube, part.link, str(part.first), str(part.last), f"{part.days:,} of {part.all:,}")
        for part in found.coverages
    ]
    return laid_out([("Cube", "Time", "First", "Last", "Days with facts")], lines, labels=4)


def _note(finding: Finding) -> Text:
    from rich.text import Text

    text = Text.assemble(("note ", "cyan"), (finding.place, "yellow"), f": {finding.told()}")
    return text.append(f" {finding.fix}", style="cyan") if finding.fix else text
