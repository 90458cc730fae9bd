"""The FastAPI application, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response

from cube_server.errors import NotFoundError, UserError
from cube_server.query.text import InvalidRequestError

from .access import Access
from .deps.cutover import Cutover
from .deps.serving import Serving
from .errors import MethodError, fault, problem
from .middleware.abandoning import Abandoning
from .middleware.access import AccessLog
from .middleware.admission import Admission
from .middleware.answers import Answers
from .middleware.compression import GZIP
from .middleware.faults import Faults
from .middleware.hosts import Hosts
from .middleware.keys import Keys
from .middleware.methods import Methods, allowed_methods
from .middleware.origins import origins
from .routes import cell, connections, cubes, explain, facts, health, members, opened, page, query, reports, warehouse
from .settings import Settings, program_version, read_settings
from .slicer import routes as slicer
from .slicer.door import PREFIX, Door
from .slicer.errors import SlicerError
from .slicer.replies import answer_error
from .wire.openapi import OpenApi

API = "/api/v1"


def create_app(settings: Settings, cutover: Cutover | None = None) -> FastAPI:
    """Make the application. It opens the engine when it starts, and keeps it fresh.

    Args:
        settings: What to serve, and how; see `read_settings`.
        cutover: Shared by the workers, where several processes answer.

    >>> from pathlib import Path
    >>> create_app(Settings(model=Path("cubes.json"))).title
    'cube-server'
    """
    access, serving = Access(settings), Serving(settings, cutover)
    app = FastAPI(
        title="cube-server",
        version=program_version(),
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        middleware=_middleware(settings, access, serving),
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.serving = serving
    app.state.access = access
    # They are tried in this order, so what is asked most comes first.
    for resource in (query, cell, members, facts, cubes, connections, explain):
        app.include_router(resource.router, prefix=f"{API}/cubes")
    app.include_router(page.router)
    app.include_router(health.router)
    app.include_router(opened.router)
    app.include_router(reports.router, prefix=f"{API}/reports")
    app.include_router(warehouse.router, prefix=f"{API}/warehouse")
    app.include_router(slicer.router, prefix=PREFIX)
    app.add_exception_handler(SlicerError, answer_error)
    app.add_exception_handler(UserError, _answer_user_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    app.openapi = OpenApi(app)  # type: ignore[method-assign]
    return app


def create_app_from_environment() -> FastAPI:
    """Make the application by `CUBE_*`: `uvicorn api.app:create_app_from_environment --factory`."""
    return create_app(read_settings())


def _middleware(settings: Settings, access: Access, serving: Serving) -> list[Middleware]:
    door = Middleware(Door, serving=serving)
    outer = [Middleware(AccessLog), *origins(settings.cors_origins), door, Middleware(Faults)]
    guards = [Middleware(Hosts, allowed=settings.hosts), Middleware(Keys, access=access)]
    most = int(settings.answer_cache)
    computing = [
        *([Middleware(Answers, served=serving.served, most=most)] if most else []),
        Middleware(Abandoning),
        Middleware(
            Admission,
            running=settings.max_running,
            waiting=settings.max_waiting,
            seconds=settings.max_seconds,
        ),
    ]
    return [*outer, *guards, *computing, Middleware(Methods), GZIP]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    serving: Serving = app.state.serving
    access: Access = app.state.access
    await asyncio.to_thread(access.open)
    await asyncio.to_thread(serving.open)
    freshness = [asyncio.create_task(each.keep_fresh()) for each in (serving, access)]
    try:
        yield
    finally:
        for task in freshness:
            task.cancel()
        await asyncio.gather(*freshness, return_exceptions=True)
        serving.close()
        access.close()


def _answer_user_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)
    return problem(error, request.scope["path"])


def _answer_http_error(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: a path or a method that no route has."""
    path = request.scope["path"]
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return problem(
            NotFoundError(f"There is nothing at {path}.", hint=f"{API}/openapi.json lists the routes."), path
        )
    if status == 405:
        allow = ", ".join(allowed_methods(request.scope))
        refused = MethodError(f"{path} does not answer to {request.method}.", hint=f"Valid: {allow}.")
        return problem(refused, path, headers={"Allow": allow})
    if 400 <= status < 500:
        return problem(InvalidRequestError(f"The request is refused: {error}."), path)
    return fault(error, path)


def _answer_validation_error(request: Request, error: Exception) -> Response:
    return problem(InvalidRequestError(f"The request is wrong: {error}."), request.scope["path"])
