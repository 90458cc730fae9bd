"""How hard the laws are tried."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from tests.clickhouse import running_clickhouse
from tests.postgresql import running_postgresql

settings.register_profile(
    "laws",
    max_examples=16,
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    # Each example loads a warehouse; hypothesis would rather draw thousands.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A PostgreSQL of its own."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[str]:
    """The URL of a ClickHouse of its own."""
    with running_clickhouse() as server:
        yield server
