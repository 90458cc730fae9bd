"""Databases with rollups in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cube_server.backends.embedded.rollups.keeper import RollupSettings
from cube_server.backends.rollups.definition import Definition
from cube_server.backends.sql.addresses import open_writable
from cube_server.backends.sql.live import LiveWarehouse
from cube_server.backends.sql.rollups.workshop import Workshop
from cube_server.engine import Engine
from cube_server.errors import CapabilityError
from cube_server.model.elements import Model
from cube_server.model.read import read_model
from tests.rollups.forcing import every_grain

SCHEMA = ""
USED = RollupSettings(mode="use")


@contextmanager
def workshop(model: Path, address: str, schema: str = SCHEMA) -> Iterator[Workshop]:
    """Open a database to make rollups in it."""
    database = open_writable(address)
    yield Workshop(read_model(model), database, schema, LiveWarehouse(database, model).look)
    database.close()


def every_definition(model: Model) -> Iterable[Definition]:
    """Go through rollups of all kinds: those of `every_grain` but the last, which cross each two links."""
    known: set[object] = set()
    for cube in model.cubes:
        grains = list(every_grain(cube))
        for one in (*grains[:3], *grains[3:7:2]):
            if (place := (cube.table.name, one.levels, one.keys)) not in known:
                known.add(place)
                yield one


def rolled(
    model: Path, address: str, definitions: Callable[[Model], Iterable[Definition]] = every_definition
) -> Engine:
    """Make rollups in a database and open it so that questions are answered from them."""
    with workshop(model, address) as making:
        for one in definitions(read_model(model)):
            # Of members that have history there is no answer in a database.
            with suppress(CapabilityError):
                making.make(one)
    return Engine.open(model, address, rollups=USED)
