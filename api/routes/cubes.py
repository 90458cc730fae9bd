"""`/cubes` and `/cubes/{cube}`: what can be asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from cube_server.query.resolve import find_cube

from ..deps.asked import CubeName, language_asked
from ..deps.serving import EngineDep
from ..wire.cubes import CubeList, CubeView, view_cube, view_cubes
from ..wire.openapi import GET_CUBE, GET_CUBES

router = APIRouter()
Language = Annotated[str, Depends(language_asked)]


@router.get("", **GET_CUBES)
def get_cubes(engine: EngineDep, language: Language, request: Request) -> CubeList:
    """List the cubes."""
    return view_cubes(engine.model, engine.snapshot, language, request.scope["path"])


@router.get("/{cube}", **GET_CUBE)
def get_cube(engine: EngineDep, language: Language, cube: CubeName) -> CubeView:
    """Show all that a question to a cube can name."""
    return view_cube(find_cube(engine.model, cube), engine.snapshot, language)
