"""The values of a report's parameters: read as cuts are, and checked by their declaration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cube_server.errors import Issue
from cube_server.query.request import KeyDoc, MemberDoc, UnknownKey
from cube_server.query.text import Parameters, read_members
from cube_server.reports.document import ParameterRequest
from cube_server.types import DataType

Values = Mapping[str, Sequence[str]]
"""The values of parameters as an address has them; a repeated one has several."""

Declared = Mapping[str, ParameterRequest]


def read_parameters(declared: Declared, values: Values, issues: list[Issue]) -> dict[str, list[MemberDoc]]:
    """Read the values that an address gives, and the defaults of the others.

    Args:
        declared: The report's parameters.
        values: What the address has.
        issues: Takes what is wrong, each by the parameter's name.

    Returns:
        The members that each parameter stands for, as key paths; of those that are right.
    """
    texts = {name: values.get(name) or default_of(parameter) for name, parameter in declared.items()}
    given = Parameters({**texts, **values}, declared)
    found = {name: read_members(given, name) for name in declared if texts[name]}
    issues += given.issues
    wrong = {issue.place.partition(",")[0].partition(" (")[0] for issue in given.issues}
    for name, parameter in declared.items():
        if name not in wrong:
            mistakes = list(_mistakes(name, parameter, found.get(name, [])))
            issues += mistakes
            wrong |= {name} if mistakes else set()
    return {name: members for name, members in found.items() if name not in wrong}


def default_of(parameter: ParameterRequest) -> Sequence[str]:
    """Give the default as the text of an address; none if there is no default."""
    match parameter.default:
        case None:
            return ()
        case bool():
            return (str(parameter.default).lower(),)
        case _:
            return (str(parameter.default),)


def _mistakes(name: str, parameter: ParameterRequest, members: Sequence[MemberDoc]) -> Iterator[Issue]:
    if not members:
        yield Issue(name, f"The parameter {name!r} has no value.", f"Add {name}=... to the address.")
    if len(members) > 1 and not parameter.many:
        yield Issue(
            name, f"The parameter {name!r} takes one value, not {len(members)}.", "Quotes keep commas together."
        )
    for member in members if parameter.type else ():
        yield from _mistake_of_type(name, parameter, member)


def _mistake_of_type(name: str, parameter: ParameterRequest, member: MemberDoc) -> Iterator[Issue]:
    keys: list[KeyDoc] = member if isinstance(member, list) else [member]
    if len(keys) != 1:
        yield Issue(name, f"The parameter {name!r} is one key, not a path of {len(keys)}.")
        return
    (key,) = keys
    if key is None or isinstance(key, UnknownKey):
        return
    try:
        DataType.parse(str(parameter.type)).read(key)
    except ValueError as error:
        yield Issue(name, f"The parameter {name!r}: {error}.")
