"""Every mistake of a report at once: when it is saved, and when a later model no longer has what it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_json

from cube_server.errors import Issue, QueryError, nearest
from cube_server.model.elements import Model
from cube_server.query.text import read_body
from cube_server.reports.document import RESERVED, ParameterRequest, ReportRequest
from cube_server.reports.parameters import default_of, read_parameters
from cube_server.reports.places import Use, fill
from cube_server.reports.questions import Question, read_question

_ANY = [[None]]
"""Stands for a parameter without default: the member null, which every level can have."""


class InvalidReportError(QueryError):
    """The report is wrong; `issues` lists every mistake."""

    code = "invalid_report"


def check_report(report: ReportRequest, model: Model) -> None:
    """Raise InvalidReportError unless a report is right and fits a model."""
    issues = report_issues(report, model)
    if issues:
        count = f"{len(issues)} mistake" + ("s" if len(issues) > 1 else "")
        raise InvalidReportError(f"The report has {count}.", issues=issues)


def saved_issues(document: Mapping[str, Any], model: Model) -> tuple[Issue, ...]:
    """Tell what of a saved report does not fit a model, or this program; nothing if it can be opened."""
    try:
        report = read_body(ReportRequest, to_json(document))
    except QueryError as error:
        return error.issues or (Issue("", error.message, error.hint),)
    return report_issues(report, model)


def report_issues(report: ReportRequest, model: Model) -> tuple[Issue, ...]:
    """List what is wrong with a report, by JSON pointers into it."""
    wrong: list[Issue] = []
    defaults = {name: parameter for name, parameter in report.parameters.items() if default_of(parameter)}
    used = {use.parameter for query in report.queries.values() for use in fill(query, {}).uses}
    members: dict[str, Any] = dict.fromkeys(used, _ANY) | read_parameters(defaults, {}, wrong)
    issues = [Issue(f"/parameters/{_name(issue.place)}/default", issue.message, issue.hint) for issue in wrong]
    checked = {issue.place for issue in issues}
    questions = {name: read_question(query, members, model) for name, query in report.queries.items()}
    uses = [(name, use) for name, question in questions.items() for use in question.filling.uses]
    issues += _sheet_names(report)
    issues += _declarations(report.parameters, used)
    for name, use in uses:
        issues += _use(f"/queries/{name}{use.place}", use, report.parameters)
    for name, question in questions.items():
        issues += [issue for issue in _placed(name, question, set(defaults)) if issue.place not in checked]
    return tuple(dict.fromkeys(issues))


def _placed(name: str, question: Question, defaults: set[str]) -> Iterator[Issue]:
    """Blame the default that was filled in; what only stands in for a value is nobody's mistake."""
    known = {use.place for use in question.filling.uses}
    for issue in question.issues:
        parameter = question.filling.parameter(issue.place)
        origin = question.filling.origin(issue.place)
        if parameter is None and origin not in known:
            yield Issue(f"/queries/{name}{origin}", issue.message, issue.hint)
        elif parameter in defaults:
            yield Issue(f"/parameters/{parameter}/default", issue.message, issue.hint)


def _declarations(parameters: Mapping[str, ParameterRequest], used: set[str]) -> Iterator[Issue]:
    for name, parameter in parameters.items():
        place = f"/parameters/{name}"
        if name in RESERVED:
            yield Issue(place, f"The name {name!r} means something else in an address.", "Choose another name.")
        if bool(parameter.level) == bool(parameter.type):
            yield Issue(place, f"The parameter {name!r} needs one of level and type.")
        if name not in used:
            yield Issue(place, f"No cut uses the parameter {name!r}.", f'Write {{"parameter": "{name}"}} for a member.')


def _use(place: str, use: Use, parameters: Mapping[str, ParameterRequest]) -> Iterator[Issue]:
    parameter = parameters.get(use.parameter)
    if parameter is None:
        yield Issue(place, f"There is no parameter {use.parameter!r}.", nearest(use.parameter, parameters))
        return
    if parameter.level and parameter.level.lstrip("~") != use.level.lstrip("~"):
        yield Issue(
            place,
            f"The parameter {use.parameter!r} is of {parameter.level}, the cut of {use.level}.",
            "Name one level.",
        )
    if use.is_end and parameter.many:
        yield Issue(place, f"The end of a range is one member; {use.parameter!r} may have many.")


def _sheet_names(report: ReportRequest) -> Iterator[Issue]:
    """Names of queries are names of sheets, which do not tell case apart."""
    taken = {"about", "history"}
    for name in report.queries:
        if name.lower() in taken:
            yield Issue(f"/queries/{name}", f"No sheet can have the name {name!r} too.", "Choose another name.")
        taken.add(name.lower())


def _name(place: str) -> str:
    """Give the parameter of an issue's place, such as "year, character 5"."""
    return place.partition(",")[0].partition(" ")[0]
