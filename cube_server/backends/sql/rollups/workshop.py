"""Making, refreshing and dropping the rollups of a database: done by who may write there, not by the server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from cube_server.backends.rollups.choosing import Chosen
from cube_server.backends.rollups.definition import Definition
from cube_server.backends.sql.database import Writable
from cube_server.backends.sql.rollups.catalog import shape_in, tables_of
from cube_server.backends.sql.rollups.making import cells_of, table_name
from cube_server.backends.sql.rollups.planning import Planning
from cube_server.backends.sql.rollups.shape import Shape
from cube_server.backends.sql.rollups.shelf import Record, Shelf
from cube_server.backends.sql.star import Star
from cube_server.backends.sql.states import Look
from cube_server.errors import NotFoundError, StaleError
from cube_server.model.elements import Cube, Model

Status = Literal["used", "stale", "other model"]

_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A rollup that is there.

    Attributes:
        record: What the database says of it.
        status: Whether questions are answered from it: not where the facts are in another state by now, or where the
            model has changed in what it holds.
    """

    record: Record
    status: Status


class Workshop:
    """The rollups of a model's facts in one database.

    Args:
        model: The model.
        database: The database, open for writing.
        schema: The schema that they lie in; empty for that in which the database looks first.
        look: Looks which state the facts are in.
    """

    def __init__(self, model: Model, database: Writable, schema: str, look: Callable[[], Look]) -> None:
        self._model, self._database, self._look = model, database, look
        self._shelf = Shelf(database, schema)

    def listed(self) -> tuple[Listed, ...]:
        """List what there is."""
        look = self._look()
        return tuple(Listed(record=one, status=self._status(one, look)) for one in self._shelf.records())

    def plan(self, share: float) -> Iterator[Chosen]:
        """Choose rollups, table by table, the best first, for what the model suggests that people will ask.

        Args:
            share: The bytes that they may take, as a share of those of the facts.
        """
        tables: dict[str, tuple[Cube, ...]] = {}
        for cube in self._model.cubes:
            tables[cube.table.name] = (*tables.get(cube.table.name, ()), cube)
        star = self._star()
        for cubes in tables.values():
            yield from Planning(cubes, star, share).plan({})

    def make(self, definition: Definition) -> Record:
        """Make one rollup of the facts as they are; an older one of the same definition goes.

        Raises:
            NotFoundError: The model has no such cube, level or key.
            StaleError: The facts changed meanwhile.
            WarehouseError: The database refuses.
        """
        shape = self._shape(definition)
        older = [one for one in self._shelf.records() if one.definition == definition]
        record = self._made(shape)
        for one in older:
            if one.table != record.table:
                self._shelf.drop(self._database, one)
        return record

    def is_known(self, definition: Definition) -> bool:
        """Tell whether the model still has what a rollup is of."""
        return shape_in(self._model, definition) is not None

    def named(self, name: str) -> Definition:
        """Give the definition that a name such as `sales:product.department+time.month` stands for.

        Raises:
            NotFoundError: The model has no such cube, level or key.
        """
        cube, _, parts = name.partition(":")
        every = [part for part in parts.split("+") if part not in ("", "all")]
        levels = tuple(part for part in every if "." in part)
        definition = Definition(cube=cube, levels=levels, keys=tuple(part for part in every if "." not in part))
        self._shape(definition)
        return definition

    def drop(self, names: Iterable[str] = ()) -> int:
        """Drop rollups by name, by default all; give how many there were.

        Raises:
            NotFoundError: There is no rollup of a name.
        """
        wanted, records = frozenset(names), self._shelf.records()
        if lost := wanted - {one.definition.name for one in records}:
            raise NotFoundError(f"There is no rollup {min(lost)!r}.", hint="`cube-server rollups list` names them.")
        found = [one for one in records if not wanted or one.definition.name in wanted]
        for one in found:
            self._shelf.drop(self._database, one)
        return len(found)

    def _star(self) -> Star:
        return Star(self._model, self._database, _SECONDS)

    def _shape(self, definition: Definition) -> Shape:
        shape = shape_in(self._model, definition)
        if shape is None:
            problem = f"The model has nothing to make {definition.name!r} of."
            raise NotFoundError(problem, hint="Write CUBE:LEVEL+LEVEL, as `cube-server rollups plan` does.")
        return shape

    def _made(self, shape: Shape) -> Record:
        tables = tables_of(self._model, shape.definition)
        state = self._look().of(tables)
        name = table_name(shape, state)
        rows, adding = cells_of(shape, self._star(), self._shelf).fill(self._database, name)
        record = Record(
            table=name,
            definition=shape.definition,
            shape=shape.hash,
            state=state,
            rows=rows,
            adding=adding,
            built=dt.datetime.now(dt.UTC).replace(tzinfo=None),
        )
        if self._look().of(tables) != state:
            self._shelf.drop(self._database, record)
            problem = f"The facts changed while {shape.definition.name} was made of them."
            raise StaleError(problem, hint="Make it again when nobody loads.")
        self._shelf.enter(self._database, record)
        return record

    def _status(self, record: Record, look: Look) -> Status:
        shape = shape_in(self._model, record.definition)
        if shape is None or shape.hash != record.shape:
            return "other model"
        return "used" if record.state == look.of(tables_of(self._model, record.definition)) else "stale"
