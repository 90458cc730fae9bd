"""The options that several commands share; what is not given comes from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.settings import Settings

ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="FILE", help="The model.", show_default="CUBE_MODEL, else cubes.json"),
]
WarehouseOption = Annotated[
    Path | None,
    typer.Option(
        "--warehouse",
        metavar="DIR",
        help="The folder of the loaded data.",
        show_default="CUBE_WAREHOUSE, else warehouse",
    ),
]
PlaceOption = Annotated[
    str | None,
    typer.Option(
        "--warehouse",
        metavar="DIR|URL",
        help="The folder of the loaded data, or the URL of a database that the facts live in.",
        show_default="CUBE_WAREHOUSE, else warehouse",
    ),
]
MetadataOption = Annotated[
    str | None,
    typer.Option(
        "--metadata",
        metavar="URL",
        help="The database of keys and reports, as an SQLAlchemy URL.",
        show_default="CUBE_METADATA, else metadata.sqlite in the warehouse's folder",
    ),
]

PortOption = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="PORT",
        min=0,
        max=65535,
        help="The port; 0 for a free one.",
        show_default="CUBE_PORT, else 8000",
    ),
]


def local_settings(
    *, model: Path | None = None, warehouse: Path | str | None = None, metadata: str | None = None, **others: object
) -> Settings:
    """Read the settings of a command that opens no port.

    Args:
        model: Wins over CUBE_MODEL.
        warehouse: Wins over CUBE_WAREHOUSE.
        metadata: Wins over CUBE_METADATA.
        others: Win over the settings of their names, unless they are None.

    Raises:
        SettingsError: A setting is wrong.
    """
    from api.settings import read_settings

    return read_settings(model=model, warehouse=warehouse, metadata=metadata, **others)
