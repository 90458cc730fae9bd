"""The engine: a model and a warehouse, opened to be asked. It ties the layers together and holds nothing else."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TypeVar

from cube_server.backends.embedded.backend import EmbeddedBackend
from cube_server.backends.embedded.rollups.keeper import Keeper, RollupSettings
from cube_server.backends.embedded.rollups.lately import Lately
from cube_server.budget import Budget, Limits
from cube_server.cache import Keyed, Recent
from cube_server.errors import BusyError, CapabilityError, CubeServerError, MovedError
from cube_server.execution import Execution
from cube_server.model.elements import Model
from cube_server.model.read import modified, read_model
from cube_server.opening import AnyBackend, AnySnapshot, Place, described, keeper_of, open_backend, open_warehouse
from cube_server.plan.build import plan_query
from cube_server.plan.explain import explain_plan
from cube_server.plan.nodes import QueryPlan
from cube_server.query.request import FactsRequest, MembersRequest, QueryRequest
from cube_server.query.resolve import resolve_facts, resolve_members, resolve_query
from cube_server.result.cellset import CellSet
from cube_server.result.pages import FactsPage, MembersPage
from cube_server.warehouse.store import Warehouse

_OLDER_KEPT = 3
"""How many older snapshots stay open for `as_of`."""

_PLANS = 2_000
"""How many questions are kept as plans, by what was asked."""

_LATELY = 4
"""One part in so many of the cache is for cuboids."""

_LOOKS = 3
"""How often a question looks again at a database that changes under its hands."""

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotInfo:
    """What is served.

    Attributes:
        id: The snapshot.
        created: When its load was committed, or a database's state first seen.
        source: Where its load read, or the database that is asked; without passwords.
        data_date: The last day with facts in any cube; None where no cube has a time dimension.
        model_hash: The hash of the model in use.
        rows: The rows of each table, by name.
    """

    id: str
    created: dt.datetime
    source: str
    data_date: dt.date | None
    model_hash: str
    rows: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A question's plan, and its spec as a key: equal questions are equal keys, however they are spelled."""

    plan: QueryPlan
    key: Keyed


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """A model and the newest snapshot that go together. Replaced as one, so that a query sees one of each."""

    model: Model
    model_mtime: int
    info: SnapshotInfo
    executions: Mapping[str, Execution]
    keeper: Keeper | None
    plans: Recent[str, Planned]


class Engine:
    """A cube server without doors: asked in Python, answering with values. Safe to share between threads.

    Attributes:
        limits: The most that one query may use.

    >>> engine = Engine.open(Path("cubes.json"), Path("warehouse"))  # doctest: +SKIP
    >>> engine.query(QueryRequest(cube="sales", measures=["sales"])).matrix("sales")  # doctest: +SKIP
    [[4596039.58]]
    """

    def __init__(self, model: Path, warehouse: Place, limits: Limits, rollups: RollupSettings, cache: int) -> None:
        self._model_path = model
        self._warehouse = open_warehouse(warehouse, model)
        self.limits, self._rollups, self._cache = limits, rollups, cache
        room = cache - cache // _LATELY
        self._answers: Recent[Hashable, CellSet] = Recent(most=room, weigh=lambda cells: cells.bytes)
        self._refreshing = Lock()
        self._rejected: tuple[int, str | None] = (0, None)
        try:
            self._state = self._read()
        except BaseException:
            self._let_go()
            raise
        _start(self._state.keeper)

    @classmethod
    def open(
        cls,
        model: Path,
        warehouse: Place,
        limits: Limits | None = None,
        rollups: RollupSettings | None = None,
        cache: int = 0,
    ) -> Engine:
        """Open a model on the newest snapshot of a warehouse.

        Args:
            model: Where cubes.json lies.
            warehouse: The folder that `cube-server load` fills, or a database that holds the facts, or its URL.
            limits: The most that one query may use.
            rollups: How rollups are kept; by default they are neither made nor used.
            cache: The bytes that answers may take, to be given again, and cuboids of them, to answer others from.

        Raises:
            ModelError: The model is wrong, or does not fit what is loaded.
            WarehouseError: There is nothing to serve.
        """
        return cls(model, warehouse, limits or Limits(), rollups or RollupSettings(), cache)

    def close(self) -> None:
        """Make no more rollups in the background, and let go of a database: a warehouse still answers."""
        _end(self._state.keeper)
        self._let_go()

    @property
    def model(self) -> Model:
        """The model in use."""
        return self._state.model

    @property
    def snapshot(self) -> SnapshotInfo:
        """The snapshot in use."""
        return self._state.info

    @property
    def rollups(self) -> Keeper:
        """The rollups of the snapshot in use.

        Raises:
            CapabilityError: The facts live in a database: rollups are kept beside a warehouse.
        """
        if self._state.keeper is None:
            raise CapabilityError("Rollups are kept beside a warehouse.", hint="Name the folder of one: --warehouse.")
        return self._state.keeper

    def find_snapshot(self, as_of: str | None) -> str:
        """Give the id of the snapshot that answers a question: the newest, or that which `as_of` means.

        Raises:
            NotFoundError: No such snapshot, or none so old.
        """
        return self._state.info.id if as_of is None else self._warehouse.find(as_of)

    def query(self, request: QueryRequest) -> CellSet:
        """Answer a query.

        Raises:
            NotFoundError: No such cube or snapshot.
            QueryError: The request is wrong; the error lists every mistake.
            LimitError: The answer would be too large.
            BusyError: The time is up.
        """
        return self._settled(lambda state: self._answer(state, request, self._execution(state, request.as_of)))

    @contextmanager
    def pinned(self) -> Iterator[Pinned]:
        """Hold on to the model and the snapshot of this moment, to ask several questions of the same.

        Of a database one transaction is held: what others commit meanwhile is not seen.
        """
        with ExitStack() as stack:
            yield self._settled(lambda state: self._held(state, stack))

    def explain(self, request: QueryRequest) -> str:
        """Tell what a query means and how it would be answered; raises as `query` does for a wrong request."""

        def tell(state: _State) -> str:
            plan = plan_query(resolve_query(state.model, request))
            with self._execution(state, request.as_of).reading() as execution:
                return explain_plan(plan, execution.telling(plan, Budget(self.limits)))

        return self._settled(tell)

    def members(self, request: MembersRequest) -> MembersPage:
        """List a page of a level's members; raises as `query` does."""
        budget = Budget(self.limits)

        def find(state: _State) -> MembersPage:
            spec = resolve_members(state.model, request)
            with self._execution(state, request.as_of).reading() as execution:
                return execution.members(spec, budget)

        return self._settled(find)

    def facts(self, request: FactsRequest) -> FactsPage:
        """List a page of the fact rows within cuts; raises as `query` does."""
        budget = Budget(self.limits)

        def find(state: _State) -> FactsPage:
            spec = resolve_facts(state.model, request)
            with self._execution(state, request.as_of).reading() as execution:
                return execution.facts(spec, budget)

        return self._settled(find)

    def refresh(self, agree: Callable[[Hashable], object] | None = None) -> bool:
        """Take up a newer snapshot or a changed model, if there is one and it is good.

        Queries that run finish on what they began with. A model that is wrong, or does not fit the data, is logged
        and left; the old one stays.

        Args:
            agree: Is called when all is ready, before it is served, with what tells it from all others: so several
                processes can change over together.

        Returns:
            Whether anything changed.
        """
        with self._refreshing:
            found = (modified(self._model_path), self._warehouse.latest_id())
            if found in ((self._state.model_mtime, self._state.info.id), self._rejected):
                return False
            try:
                ready = self._read()
            except CubeServerError as error:
                self._rejected = found
                _log.warning("Kept the served model and snapshot: %s", error)
                return False
            if agree is not None:
                agree((ready.model_mtime, ready.info.id))
            _end(self._state.keeper)
            self._state = ready
            _start(ready.keeper)
            _log.info("Serving snapshot %s with model %s", self._state.info.id, self._state.info.model_hash)
            return True

    def _let_go(self) -> None:
        if not isinstance(self._warehouse, Warehouse):
            self._warehouse.database.close()

    def _read(self) -> _State:
        """Open the newest snapshot; again, where a live database changes while it is read."""
        for _ in range(_LOOKS):
            try:
                return self._opened(self._warehouse.latest())
            except MovedError:
                _log.info("The data changed while it was looked at.")
        raise _restless()

    def _opened(self, snapshot: AnySnapshot) -> _State:
        mtime = modified(self._model_path)
        model = read_model(self._model_path)
        backend = open_backend(model, snapshot, self._rollups)
        keeper = keeper_of(model, snapshot, backend, self._rollups)
        if isinstance(backend, EmbeddedBackend):
            backend.rollups.lately = Lately(self._cache // _LATELY) if self._cache else None
        plans: Recent[str, Planned] = Recent(most=_PLANS, weigh=lambda _: 1)
        with backend.reading() as reading:
            info = _describe(model, snapshot, reading)
        return _State(model, mtime, info, {snapshot.id: Execution(backend)}, keeper, plans)

    def _settled(self, ask: Callable[[_State], _T]) -> _T:
        """Ask what is served; where a live database has changed since it was looked at, look again and ask once more.

        Raises:
            BusyError: It changes faster than it can be looked at.
        """
        for _ in range(_LOOKS):
            try:
                return ask(self._state)
            except MovedError:
                self.refresh()
        raise _restless()

    def _held(self, state: _State, stack: ExitStack) -> Pinned:
        return Pinned(self, state, stack.enter_context(state.executions[state.info.id].reading()))

    def _answer(self, state: _State, request: QueryRequest, execution: Execution) -> CellSet:
        """Answer a query on a state: from the answers that are kept, or with all who ask the same now, or alone."""
        budget = Budget(self.limits)
        planned = state.plans.get(request.model_dump_json(), lambda: _planned(state.model, request))
        made: list[CellSet] = []

        def make() -> CellSet:
            with execution.reading() as reading:
                made.append(reading.query(planned.plan, budget))
            return made[0]

        if not self._cache:
            return make()

        key = (execution.snapshot, state.model.hash, planned.key)
        found = self._answers.get(key, make, budget.check_time)
        return found if made else replace(found, source="cache")

    def _execution(self, state: _State, asked: str | None) -> Execution:
        """Give the execution on a snapshot; an older one is opened when first asked for and kept with the state."""
        served = state.info.id
        as_of = served if asked is None or asked == served else self._warehouse.find(asked)
        if as_of in state.executions:
            return state.executions[as_of]
        execution = Execution(open_backend(state.model, self._warehouse.snapshot(as_of), self._rollups))
        with self._refreshing:
            older = [id for id in state.executions if id != state.info.id][-(_OLDER_KEPT - 1) :]
            kept = {id: state.executions[id] for id in (state.info.id, *older)} | {as_of: execution}
            if self._state is state:
                self._state = replace(state, executions=kept)
        return execution


class Pinned:
    """One model with one snapshot, whatever the engine takes up meanwhile: what a report is answered from.

    >>> with engine.pinned() as pinned:  # doctest: +SKIP
    ...     sales, visits = (pinned.query(request) for request in requests)
    """

    def __init__(self, engine: Engine, state: _State, execution: Execution) -> None:
        self._engine, self._state, self._execution = engine, state, execution

    @property
    def model(self) -> Model:
        """The model."""
        return self._state.model

    @property
    def snapshot(self) -> SnapshotInfo:
        """The snapshot that answers, unless a question names another by `as_of`."""
        return self._state.info

    def query(self, request: QueryRequest) -> CellSet:
        """Answer a query; raises as `Engine.query` does."""
        is_own = request.as_of in (None, self._state.info.id)
        execution = self._execution if is_own else self._engine._execution(self._state, request.as_of)
        return self._engine._answer(self._state, request, execution)


def _planned(model: Model, request: QueryRequest) -> Planned:
    spec = resolve_query(model, request)
    return Planned(plan_query(spec), Keyed(spec))


def _describe(model: Model, snapshot: AnySnapshot, backend: AnyBackend) -> SnapshotInfo:
    days = [day for cube in model.cubes if isinstance(day := backend.last_day(cube), dt.date)]
    created, source, rows = described(snapshot)
    return SnapshotInfo(
        id=snapshot.id,
        created=created,
        source=source,
        data_date=max(days, default=None),
        model_hash=model.hash,
        rows=rows,
    )


def _restless() -> BusyError:
    hint = "Declare a version that changes once a load: CUBE_DATABASE_VERSION."
    return BusyError("The data changes faster than its members can be read.", hint=hint)


def _start(keeper: Keeper | None) -> None:
    if keeper is not None:
        keeper.start()


def _end(keeper: Keeper | None) -> None:
    if keeper is not None:
        keeper.end()
