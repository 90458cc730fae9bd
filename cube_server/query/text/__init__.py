"""The short text forms of questions, as GET addresses and the command line write them.

`parse_*` reads parameters into a request; `format_*` writes a request as parameters that read back to an equal
one. The grammar is in docs/api.md and, with its reasons, in ADR 0006. Reading knows no model: names and types are
for `resolve`.
"""

from __future__ import annotations

from cube_server.query.text.body import InvalidRequestError, read_body
from cube_server.query.text.format import (
    OTHERS_WORD,
    SHOWN_WORD,
    NoShortFormError,
    format_cut,
    format_facts,
    format_key,
    format_member,
    format_members,
    format_path,
    format_query,
)
from cube_server.query.text.parameters import Parameters
from cube_server.query.text.parse import (
    FACTS_PARAMETERS,
    MEMBERS_PARAMETERS,
    QUERY_PARAMETERS,
    parse_facts,
    parse_members,
    parse_query,
    read_members,
    with_cube,
)

__all__ = [
    "FACTS_PARAMETERS",
    "MEMBERS_PARAMETERS",
    "OTHERS_WORD",
    "QUERY_PARAMETERS",
    "SHOWN_WORD",
    "InvalidRequestError",
    "NoShortFormError",
    "Parameters",
    "format_cut",
    "format_facts",
    "format_key",
    "format_member",
    "format_members",
    "format_path",
    "format_query",
    "parse_facts",
    "parse_members",
    "parse_query",
    "read_body",
    "read_members",
    "with_cube",
]
