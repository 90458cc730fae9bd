"""Does a snapshot hold what a model asks for? Checked before anything is served."""

from __future__ import annotations

from collections.abc import Iterator

from cube_server.backends.embedded.facts import stored_name
from cube_server.errors import Issue, ModelError
from cube_server.model.elements import Dimension, Model, Table
from cube_server.warehouse.manifest import Manifest


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
    for cube in model.cubes:
        yield from _table_misfits(cube.table, {link.column.name for link in cube.links}, manifest)
        stored = manifest.tables.get(cube.table.name)
        for link in cube.links:
            if stored and stored_name(link) not in stored.columns:
                message = f"The snapshot has no link from {cube.table.name}.{link.column.name}"
                yield Issue(f"/cubes/{cube.name}/links/{link.name}", f"{message} to {link.dimension.name!r}.")


def _tree_misfits(dimension: Dimension, manifest: Manifest) -> Iterator[Issue]:
    stored = manifest.tables.get(dimension.table.name)
    if stored and any(column.name not in stored.columns for column in dimension.made_columns):
        place = f"/dimensions/{dimension.name}/hierarchies"
        yield Issue(place, f"The snapshot's table {dimension.table.name!r} has other levels of the tree, or none.")


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
