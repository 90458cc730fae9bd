"""Asks a cube server: discover cubes, build queries, get answers as Python values, Arrow, polars or pandas.

>>> from cube_server_client import Client
>>> sales = Client("http://127.0.0.1:8000").cube("sales")  # doctest: +SKIP
>>> sales.query("sales").rows("product.department").run().records()  # doctest: +SKIP
"""

from __future__ import annotations

from cube_server_client.answer import Answer
from cube_server_client.asynchronous import AsyncClient, AsyncCube, AsyncQuery
from cube_server_client.errors import (
    BusyError,
    ConnectionFailedError,
    CubeServerError,
    FaultError,
    InvalidQueryError,
    LimitError,
    NotFoundError,
    UnauthorizedError,
)
from cube_server_client.members import Member
from cube_server_client.model import CubeInfo, Dimension, Hierarchy, Level, Measure
from cube_server_client.synchronous import Client, Cube, Query

__all__ = [
    "Answer",
    "AsyncClient",
    "AsyncCube",
    "AsyncQuery",
    "BusyError",
    "Client",
    "ConnectionFailedError",
    "Cube",
    "CubeInfo",
    "CubeServerError",
    "Dimension",
    "FaultError",
    "Hierarchy",
    "InvalidQueryError",
    "Level",
    "LimitError",
    "Measure",
    "Member",
    "NotFoundError",
    "Query",
    "UnauthorizedError",
]
