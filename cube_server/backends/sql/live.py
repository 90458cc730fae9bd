"""A live database as something with states: what a snapshot is where nobody writes snapshots.

Which state it is in is seen in the very transaction that answers a question (`states.py`), so that an answer names what
it is of, and caches, ETags and pinned reports change when the data does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from cube_server.backends.sql.addresses import open_database
from cube_server.backends.sql.backend import SqlBackend
from cube_server.backends.sql.database import Database
from cube_server.backends.sql.fit import check_columns
from cube_server.backends.sql.rollups.catalog import Catalog
from cube_server.backends.sql.rollups.shelf import Shelf
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.states import Expected, Look, States
from cube_server.errors import ModelError, NotFoundError
from cube_server.model.elements import Model
from cube_server.model.read import modified, read_model
from cube_server.model.tables import Table
from cube_server.urls import shown

_SECONDS = 60.0
"""The longest that it may take to read members, or to find out which state it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """A state of a database.

    Attributes:
        id: It changes when the data does.
        seen: When it was first seen.
        source: The database's URL without password; where it was opened by somebody else, which kind it is.
        rows: The rows of each table, by name; none where a query of the administrator's tells states.
        look: What was seen.
        database: The database.
        states: What looks at it.
    """

    id: str
    seen: dt.datetime
    source: str
    rows: tuple[tuple[str, int], ...]
    look: Look
    database: Database
    states: States


class LiveWarehouse:
    """A database that answers in place of a warehouse; it has one state, its present one.

    Args:
        address: Its URL, or the database itself.
        model: Where cubes.json lies: it says which tables matter.
        version: A query that tells states apart, in the database's own SQL; empty if there is none.
        matters: Tells whether a table of the model lies in the database.
    """

    def __init__(
        self,
        address: str | Database,
        model: Path,
        version: str = "",
        matters: Callable[[Table], bool] = lambda _: True,
    ) -> None:
        self.database = open_database(address) if isinstance(address, str) else address
        self._source = shown(sa.make_url(address)) if isinstance(address, str) else address.dialect.title
        self._matters = matters
        self._model, self._version = model, version
        self._states: tuple[int, str, States] | None = None
        self._seen: LiveState | None = None

    def latest_id(self) -> str:
        """Give the id of the present state."""
        return self.latest().id

    def look(self) -> Look:
        """Look at the present state, table by table where they are told apart; see `latest`."""
        return self.latest().look

    def latest(self) -> LiveState:
        """Look at the present state.

        Raises:
            ModelError: A column is of a type that the model's cannot be, so that answers might be rounded.
            WarehouseError: The database does not answer, or lacks a table.
        """
        states = self._looking()
        with self.database.transaction(states.ahead) as database:
            found = states.look(database)
        if self._seen is None or (self._seen.id, self._seen.states) != (found.id, states):
            now = dt.datetime.now(dt.UTC)
            self._seen = LiveState(
                id=found.id,
                seen=now,
                source=self._source,
                rows=found.rows,
                look=found,
                database=self.database,
                states=states,
            )
        return self._seen

    def _looking(self) -> States:
        """Give what looks at the model's tables; a model that was not written since is not read again."""
        written = modified(self._model)
        if self._states is not None and self._states[0] == written:
            return self._states[2]
        model = read_model(self._model)
        if self._states is not None and self._states[1] == model.hash:
            states = self._states[2]
        else:
            self._check(model)
            states = States(model, self.database, self._version, _SECONDS, self._matters)
        self._states = (written, model.hash, states)
        return states

    def _check(self, model: Model) -> None:
        try:
            check_columns(model, self.database, self._matters)
        except ModelError:
            # Who could not open it has nothing to close.
            if self._states is None:
                self.database.close()
            raise

    def find(self, as_of: str) -> str:
        """Give the id of a state that is asked for.

        Raises:
            NotFoundError: It is not the present one: a database keeps no others.
        """
        if as_of == self.latest_id():
            return as_of
        raise NotFoundError(
            f"There is no snapshot {as_of!r}: the database answers as it is now.",
            hint="Leave as_of out, or load the data into a warehouse, which keeps snapshots.",
        )

    def snapshot(self, as_of: str) -> LiveState:
        """Open a state; see `find`."""
        self.find(as_of)
        return self.latest()


def open_state(model: Model, state: LiveState, rollups: str | None = None) -> SqlBackend:
    """Open a state of a database for a model.

    Args:
        model: The model.
        state: The state.
        rollups: The schema whose rollups are asked in place of facts, empty for the database's own; None asks none.
    """
    shelf = None if rollups is None else Shelf(state.database, rollups)
    star = Star(model, state.database, _SECONDS)
    return SqlBackend(star, state.id, Expected(state.states, state.id), Catalog(shelf, state.look))
