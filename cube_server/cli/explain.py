"""`cube-server explain`: what a query means, and how it would be answered."""

from __future__ import annotations

import typer

from cube_server.cli.question import Question, asking

EXAMPLES = """
[bold]Examples[/bold]
  cube-server explain sales --measures sales,baskets --rows product.department
"""


@asking
def explain(question: Question) -> None:
    """Tell what a query means and how it would be answered: its spec and its plan."""
    from cube_server.engine import Engine

    request, settings = question.request(), question.settings()
    engine = Engine.open(settings.model, settings.place, settings.limits, settings.rollups_there)
    if settings.rollups != "off" and settings.database is None:
        engine.rollups.open()
    typer.echo(engine.explain(request), nl=False)
