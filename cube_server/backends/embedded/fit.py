"""Does a snapshot hold what a model asks for? Checked before anything is served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cube_server.backends.embedded.facts import stored_name
from cube_server.errors import Issue, ModelError
from cube_server.model.dimensions import Dimension, Link, ThroughTable
from cube_server.model.elements import Cube, Model
from cube_server.model.tables import Table
from cube_server.warehouse.manifest import Manifest, versions_table


def check_fit(model: Model, manifest: Manifest) -> None:
    """Refuse a model that the loaded tables do not carry.

    Raises:
        ModelError: Tables or columns are missing or of another type; the error lists all.
    """
    issues = tuple(_misfits(model, manifest))
    if issues:
        raise ModelError(
            f"The model does not fit snapshot {manifest.snapshot}.",
            hint="Load with this model: `cube-server load`.",
            issues=issues,
        )


def _misfits(model: Model, manifest: Manifest) -> Iterator[Issue]:
    for dimension in model.dimensions:
        yield from _table_misfits(dimension.table, set(), manifest)
        yield from _tree_misfits(dimension, manifest)
        yield from _history_misfits(dimension, manifest)
    for cube in model.cubes:
        # A column that any cube over the table links by is stored as a link, for the other cubes as well.
        linked = {link.column.name for table, link in _stored_links(model) if table.name == cube.table.name}
        yield from _table_misfits(cube.table, linked, manifest)
        for link in cube.links:
            if isinstance(through := link.through, ThroughTable):
                linked = {link.column.name for table, link in _stored_links(model) if table.name == through.table.name}
                yield from _table_misfits(through.table, linked, manifest)
            for table, stored in _stored(cube, link):
                yield from _link_misfits(cube.name, table, stored, manifest)


def _stored_links(model: Model) -> Iterator[tuple[Table, Link]]:
    """Go through the links that are stored with a table, be it of facts or a bridge."""
    return (found for cube in model.cubes for link in cube.links for found in _stored(cube, link))


def _stored(cube: Cube, link: Link) -> Iterator[tuple[Table, Link]]:
    """Give a link with the table that it is stored with; a bridged link as that of its bridge table, if it has one."""
    if link.through is None:
        yield cube.table, link
    elif isinstance(link.through, ThroughTable):
        yield link.through.table, replace(link, column=link.through.target, through=None)


def _link_misfits(cube: str, table: Table, link: Link, manifest: Manifest) -> Iterator[Issue]:
    stored = manifest.tables.get(table.name)
    if stored and stored_name(link) not in stored.columns:
        message = f"The snapshot has no link from {table.name}.{link.column.name} to {link.dimension.name!r}."
        yield Issue(f"/cubes/{cube}/links/{link.name}", message)


def _tree_misfits(dimension: Dimension, manifest: Manifest) -> Iterator[Issue]:
    stored = manifest.tables.get(dimension.table.name)
    if stored and any(column.name not in stored.columns for column in dimension.made_columns):
        place = f"/dimensions/{dimension.name}/hierarchies"
        yield Issue(place, f"The snapshot's table {dimension.table.name!r} has other levels of the tree, or none.")


def _history_misfits(dimension: Dimension, manifest: Manifest) -> Iterator[Issue]:
    """Without versions there is no answer as it was then; which columns they tell apart is the loads' matter."""
    table = dimension.table
    if table.history is not None and versions_table(table.name) not in manifest.tables:
        yield Issue(f"/tables/{table.name}/history", f"The snapshot has no versions of the rows of {table.name!r}.")


def _table_misfits(table: Table, links: set[str], manifest: Manifest) -> Iterator[Issue]:
    stored = manifest.tables.get(table.name)
    if stored is None:
        yield Issue(f"/tables/{table.name}", f"The snapshot has no table {table.name!r}.")
        return
    for column in table.columns:
        place = f"/tables/{table.name}/columns/{column.name}"
        if column.name in links:
            continue
        if column.name not in stored.columns:
            yield Issue(place, f"The snapshot's table {table.name!r} has no column {column.name!r}.")
        elif (loaded := stored.columns[column.name].type) != str(column.type):
            yield Issue(place, f"Loaded as {loaded}, but the model says {column.type}.")
