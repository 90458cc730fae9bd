"""The step of a load that keeps history: tables with history are split when read, and their versions are stored."""

from __future__ import annotations

from collections.abc import Mapping

from cube_server.types import DataType
from cube_server.warehouse.manifest import TableManifest, versions_table

from .dimensions import Numbering
from .mistakes import Mistakes
from .origins import TypedTable
from .star import Star
from .versions import VERSION_TYPES, Versions, given_versions, numbered
from .writing import Writer


def split_versions(star: Star, tables: Mapping[str, TypedTable], mistakes: Mistakes) -> dict[str, Versions]:
    """Split the tables that have history, by name; versions that overlap or leave gaps are noted as mistakes."""
    kept = (table for table in star.dimensions if table.history is not None)
    return {table.name: given_versions(tables[table.name], mistakes) for table in kept}


def store_versions(
    writer: Writer, star: Star, versions: Mapping[str, Versions], numberings: Mapping[str, Numbering]
) -> dict[str, TableManifest]:
    """Store the versions of each table that has some.

    Args:
        writer: Writes to the warehouse.
        star: What is loaded.
        versions: By table.
        numberings: The surrogate keys of each table's rows.
    """
    stored = {}
    for table in star.dimensions:
        if table.name in versions:
            made = {column.name: column.type for made_of, column in star.made if made_of == table}
            rows = numberings[table.name].rows()
            frame = numbered(versions[table.name].frame, rows, table.key[0].name, [*made])
            types: dict[str, DataType] = {column.name: column.type for column in table.columns}
            name = versions_table(table.name)
            stored[name] = writer.store_dimension(name, frame, {**types, **made, **VERSION_TYPES})
    return stored
