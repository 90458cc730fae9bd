"""From a report and the values of its parameters to questions."""

from __future__ import annotations

from cube_server.errors import Issue, NotFoundError, QueryError, nearest
from cube_server.model.elements import Model
from cube_server.query.request import QueryRequest
from cube_server.reports.document import ReportRequest
from cube_server.reports.parameters import Values, read_parameters
from cube_server.reports.questions import Question, read_question


def open_report(
    report: ReportRequest, model: Model, values: Values, *, as_of: str | None = None, only: str | None = None
) -> dict[str, QueryRequest]:
    """Make the questions of a report.

    Args:
        report: The report.
        model: The model to ask.
        values: The values of parameters by the address.
        as_of: The snapshot to answer all of them from; by default the newest.
        only: The one query to make; by default all.

    Returns:
        The questions by name, in the report's order.

    Raises:
        NotFoundError: The report has no such query.
        QueryError: A parameter is unknown, missing or wrong (the issue's place is its name), or the report does not
            fit the model (a JSON pointer into the report); every mistake at once.
    """
    if only is not None and only not in report.queries:
        raise NotFoundError(f"The report has no query {only!r}.", hint=nearest(only, report.queries))
    issues: list[Issue] = []
    members = read_parameters(report.parameters, values, issues)
    if issues:
        raise QueryError(_count(issues, "The parameters have"), issues=issues)
    chosen = [name for name in report.queries if only in (None, name)]
    questions = {name: read_question(report.queries[name], members, model) for name in chosen}
    found = dict.fromkeys(issue for name, question in questions.items() for issue in _placed(name, question))
    if found:
        raise QueryError(_count(found, "The report has"), issues=found)
    asked = {"as_of": as_of}
    return {name: part.request.model_copy(update=asked) for name, part in questions.items() if part.request}


def _placed(name: str, question: Question) -> list[Issue]:
    """Blame a parameter by its name, all else by its place in the report."""
    filling = question.filling
    return [
        Issue(
            filling.parameter(issue.place) or f"/queries/{name}{filling.origin(issue.place)}",
            issue.message,
            issue.hint,
        )
        for issue in question.issues
    ]


def _count(issues: list[Issue] | dict[Issue, None], what: str) -> str:
    return f"{what} {len(issues)} mistake" + ("s." if len(issues) > 1 else ".")
