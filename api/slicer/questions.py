"""What a request to a cube asks: its cube, its cell, how to answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from cube_server.engine import Engine

from ..deps.serving import EngineDep
from ..wire.bodies import read_bytes
from .aggregate import AggregateQuestion
from .asking import Asker
from .cut_reader import CutReader, reader
from .cuts import Cut
from .drills import read_drilldown
from .errors import request_mistake
from .facts import FactsQuestion, read_fields
from .grammar import read_cuts, read_drills, read_orders
from .members import MembersQuestion, depth_asked
from .parameters import Parameters, read_parameters
from .replies import Manner, read_manner
from .report import Report
from .workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A request to a cube."""

    parameters: Parameters
    workspace: Workspace
    asker: Asker
    reader: CutReader

    def manner(self, *formats: str) -> Manner:
        """Read how to answer; without formats only JSON is given."""
        return manner_of(self.parameters, self.workspace, *formats)

    def cuts(self, name: str = "cut") -> tuple[Cut, ...]:
        """Read the cuts of a parameter."""
        return tuple(map(self.reader.read, read_cuts(self.parameters.all(name))))

    def aggregate(self) -> AggregateQuestion:
        """Read a question to `/aggregate`."""
        cube, cuts, given = self.asker.cube, self.cuts(), self.parameters
        return AggregateQuestion(
            cuts=cuts,
            drills=read_drilldown(cube, read_drills(given.all("drilldown")), cuts),
            aggregates=cube.aggregates(given.names("aggregates")),
            split=self.cuts("split"),
            orders=read_orders(given.all("order")),
            page=given.page(),
        )

    def facts(self) -> FactsQuestion:
        """Read a question to `/facts`."""
        given = self.parameters
        fields = read_fields(self.asker.cube, given.names("fields"))
        return FactsQuestion(cuts=self.cuts(), fields=fields, orders=read_orders(given.all("order")), page=given.page())

    def members(self, name: str) -> MembersQuestion:
        """Read a question to `/members`."""
        given = self.parameters
        if given.first("depth") and given.first("level"):
            raise request_mistake("Both depth and level provided, use only one (preferably level)")
        dimension = self.asker.cube.dimension(name)
        hierarchy = dimension.hierarchy(given.first("hierarchy"))
        depth = depth_asked(hierarchy, given.number("depth"), given.first("level"))
        return MembersQuestion(
            dimension=dimension, hierarchy=hierarchy, depth=depth, cuts=self.cuts(), page=given.page()
        )

    def report(self) -> Report:
        """Read what the address says of a report."""
        limit = self.workspace.settings.json_record_limit
        return Report(asker=self.asker, reader=self.reader, cuts=self.cuts(), limit=limit)


def manner_of(parameters: Parameters, workspace: Workspace, *formats: str) -> Manner:
    """Read how to answer, by what the workspace says; without formats only JSON is given."""
    settings = workspace.settings
    given = parameters if formats else Parameters({"prettyprint": parameters.all("prettyprint")})
    return read_manner(given, formats or ("json",), pretty=settings.prettyprint, limit=settings.json_record_limit)


def read_query(request: Request) -> Parameters:
    """Read the parameters of a request."""
    return read_parameters(request.scope["query_string"])


def read_workspace(engine: EngineDep) -> Workspace:
    """Give the model that is served, as a workspace."""
    return Workspace(engine.model)


ParametersDep = Annotated[Parameters, Depends(read_query)]
WorkspaceDep = Annotated[Workspace, Depends(read_workspace)]


def read_asked(
    cube: Annotated[str, Path()],
    parameters: ParametersDep,
    workspace: WorkspaceDep,
    engine: EngineDep,
) -> Asked:
    """Read a request to a cube."""
    return make_asked(cube, parameters, workspace, engine)


def make_asked(name: str, parameters: Parameters, workspace: Workspace, engine: Engine) -> Asked:
    """Find the cube of a request, and who to ask about it."""
    cube = workspace.cube(name, parameters.first("lang") or "")
    return Asked(
        parameters=parameters,
        workspace=workspace,
        asker=Asker(engine, cube),
        reader=reader(cube, workspace.settings),
    )


async def read_json(request: Request) -> object:
    """Read the body of a report, whatever its content type."""
    try:
        return json.loads(await read_bytes(request.stream()) or b"null")
    except (ValueError, RecursionError) as error:
        raise request_mistake("The body of a report is JSON") from error


AskedDep = Annotated[Asked, Depends(read_asked)]
BodyDep = Annotated[object, Depends(read_json)]
