"""Arrow streams as tables of the libraries that are installed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


def to_arrow(stream: bytes) -> pyarrow.Table:
    """Read a stream into an Arrow table."""
    table: pyarrow.Table = _needed("pyarrow.ipc", "arrow").open_stream(stream).read_all()
    return table


def to_polars(stream: bytes) -> polars.DataFrame:
    """Read a stream into a polars frame."""
    frame: polars.DataFrame = _needed("polars", "polars").read_ipc_stream(stream)
    return frame


def to_pandas(stream: bytes) -> pandas.DataFrame:
    """Read a stream into a pandas frame."""
    _needed("pandas", "pandas")
    frame: pandas.DataFrame = to_arrow(stream).to_pandas()
    return frame


def _needed(module: str, extra: str) -> Any:  # noqa: ANN401 - a module
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        raise ModuleNotFoundError(
            f"{library} is not installed: pip install 'cube-server-client[{extra}]'.", name=library
        ) from error
