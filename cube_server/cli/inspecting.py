"""What `cube-server validate --against` tells: tables, what facts cover, and each finding with its fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cube_server.errors import ModelError

if TYPE_CHECKING:
    from rich.text import Text

    from cube_server.backends.sql.findings import Finding
    from cube_server.backends.sql.inspection import Inspection
    from cube_server.model.elements import Model


def check_database(model: Model, address: str, *, as_json: bool) -> None:
    """Tell what the tables of a database are like, or those of both places that a storage.json names.

    Args:
        model: The model.
        address: The URL of a database, or the path of a storage.json.
        as_json: Whether to write JSON in place of tables; progress goes to stderr in any case.

    Raises:
        ModelError: Something makes numbers wrong or questions fail; the error lists all of it.
        WarehouseError: The database does not answer.
    """
    from cube_server.backends.sql.findings import counted

    found = _of_places(model, address) if address.endswith(".json") else _of_database(model, address)
    _tell(model, found, as_json=as_json)
    mistakes = [finding.issue() for part in found.values() for finding in part.mistakes]
    if mistakes:
        raise ModelError(
            f"{' and '.join(found)} do not hold what the model says: {counted(len(mistakes), 'mistake')}.",
            hint="Mend the tables there, or the model.",
            issues=mistakes,
        )


def _of_database(model: Model, address: str) -> dict[str, Inspection]:
    from cube_server.backends.sql.addresses import open_database
    from cube_server.backends.sql.inspection import inspect
    from cube_server.cli.watching import watched

    database = open_database(address)
    try:
        with watched() as progress:
            return {f"The tables in {database.dialect.title}": inspect(model, database, progress)}
    finally:
        database.close()


def _of_places(model: Model, path: str) -> dict[str, Inspection]:
    from cube_server.backends.mixed.inspection import inspect_places
    from cube_server.backends.mixed.storage import read_storage
    from cube_server.backends.sql.addresses import open_database
    from cube_server.cli.watching import watched
    from cube_server.warehouse.store import Warehouse

    storage = read_storage(Path(path))
    snapshot = Warehouse(storage.here).latest()
    database = open_database(storage.there)
    try:
        with watched() as progress:
            here, there = inspect_places(model, storage, database, snapshot, progress)
            return {"The warehouse": here, f"the tables in {database.dialect.title}": there}
    finally:
        database.close()


def _tell(model: Model, found: Mapping[str, Inspection], *, as_json: bool) -> None:
    from cube_server.cli.console import show, write

    if as_json:
        from pydantic_core import to_json

        places = [{"place": place, **asdict(part), "rows": dict(part.rows)} for place, part in found.items()]
        valid = not any(part.mistakes for part in found.values())
        write([to_json({"valid": valid, "places": places}, indent=2), b"\n"])
        return
    for place, part in found.items():
        show(_tables(model, place, part))
        if part.coverages:
            show(_coverages(part))
        for finding in part.findings:
            if not finding.is_mistake:
                show(_note(finding))


def _tables(model: Model, place: str, found: Inspection) -> Text:
    from cube_server.cli.layout import laid_out

    rows, sources = dict(found.rows), {table.name: table.source for table in model.tables}
    wrong = {name: sum(part.table == sources[name] and part.is_mistake for part in found.findings) for name in rows}
    lines = [(name, sources[name], f"{count:,}", str(wrong[name] or "")) for name, count in rows.items()]
    return laid_out([(place[:1].upper() + place[1:], "Named", "Rows", "Mistakes")], lines, labels=2)


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
