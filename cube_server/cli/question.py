"""A question on the command line: the short forms of the HTTP API, an option each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from cube_server.cli.completion import complete_cube, complete_levels, complete_measures
from cube_server.cli.options import ModelOption, PlaceOption, local_settings

if TYPE_CHECKING:
    from api.settings import Settings
    from cube_server.query.request import QueryRequest

Texts = list[str]

_LISTS = "Repeat the option or separate by commas."


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What `query` and `explain` are asked. The fields that `request` reads are named as in HTTP."""

    cube: Annotated[str, typer.Argument(metavar="CUBE", help="The cube, such as sales.", autocompletion=complete_cube)]
    measures: Annotated[
        Texts | None,
        typer.Option(
            metavar="NAMES",
            help=f"What to show; by default the first measure. {_LISTS}",
            autocompletion=complete_measures,
        ),
    ] = None
    rows: Annotated[
        Texts | None,
        typer.Option(metavar="LEVELS", help=f"Levels on rows. {_LISTS}", autocompletion=complete_levels),
    ] = None
    columns: Annotated[
        Texts | None,
        typer.Option(metavar="LEVELS", help=f"Levels on columns. {_LISTS}", autocompletion=complete_levels),
    ] = None
    cut: Annotated[
        Texts | None,
        typer.Option(metavar="CUT", help="LEVEL:MEMBERS to keep to; ! before them excludes, a..b is a range."),
    ] = None
    having: Annotated[
        Texts | None, typer.Option(metavar="CONDITION", help="Such as 'sales > 1000', or LEVEL:CONDITION.")
    ] = None
    order: Annotated[
        Texts | None, typer.Option(metavar="ORDER", help="A measure or member, - before it for descending.")
    ] = None
    within: Annotated[
        str | None, typer.Option(metavar="parent|axis", help="Order inside each parent, or over the whole axis.")
    ] = None
    totals: Annotated[
        str | None, typer.Option(metavar="true|rows|columns", help="Show grand totals; rows:shown of what is shown.")
    ] = None
    subtotals: Annotated[
        Texts | None, typer.Option(metavar="LEVELS", help=f"Levels whose subtotals are shown. {_LISTS}")
    ] = None
    nonempty: Annotated[
        bool, typer.Option("--nonempty/--all-members", help="Leave out members without facts, or show them.")
    ] = True
    limit: Annotated[
        str | None, typer.Option(metavar="ROWS|all", help="The most rows; by default all, in a table 50.")
    ] = None
    offset: Annotated[int, typer.Option(metavar="ROWS", min=0, help="How many rows to leave out before.")] = 0
    as_of: Annotated[
        str | None, typer.Option(metavar="SNAPSHOT|DATE", help="The snapshot to ask; by default the newest.")
    ] = None
    scd: Annotated[
        str | None,
        typer.Option(metavar="now|then", help="Dimensions with history as they are now, or as they were then."),
    ] = None
    q: Annotated[
        str | None, typer.Option("--q", metavar="JSON", help="The whole question as JSON, instead of the above.")
    ] = None
    model: ModelOption = None
    warehouse: PlaceOption = None

    def request(self) -> QueryRequest:
        """Read the question; raises QueryError with every mistake."""
        from cube_server.query.text import parse_query

        return parse_query(self.cube, dict(self._parameters()))

    def settings(self) -> Settings:
        """Tell what is asked, and within which limits: those that a server would have."""
        return local_settings(model=self.model, warehouse=self.warehouse)

    def _parameters(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Give what differs from the defaults as the parameters of an address."""
        from cube_server.query.text import QUERY_PARAMETERS

        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in QUERY_PARAMETERS and value != field.default:
                yield field.name, value if isinstance(value, list) else [_text(value)]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a question; the command takes them as one value.

    Args:
        command: Takes a `Question` first, then options of its own.
    """
    shared = [field.name for field in fields(Question)]

    def run(**options: object) -> None:
        given: dict[str, Any] = options
        question = Question(**{name: given.pop(name) for name in shared})
        command(question, **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature([*_options(), *_own(command)])  # type: ignore[attr-defined]
    return run


def _options() -> Iterator[inspect.Parameter]:
    hints = get_type_hints(Question, include_extras=True)
    for option in inspect.signature(Question).parameters.values():
        yield option.replace(annotation=hints[option.name])


def _own(command: Callable[..., None]) -> Iterator[inspect.Parameter]:
    for option in list(inspect.signature(command, eval_str=True).parameters.values())[1:]:
        yield option.replace(kind=inspect.Parameter.KEYWORD_ONLY)
