"""What a driver's message means: whether the host, the password, the database or a right is missing, and the fix."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import sqlalchemy as sa

from cube_server.errors import WarehouseError
from cube_server.urls import shown, without_secrets

for _library in ("clickhouse_connect", "trino", "urllib3.connectionpool"):
    # What they warn of is in the error that follows, or was mended by trying again.
    logging.getLogger(_library).setLevel(logging.ERROR)

CONNECT_SECONDS = 5
"""How long a database has to take a connection; `?connect_timeout=` of its URL says otherwise."""


@dataclass(frozen=True, slots=True)
class _Cause:
    """Messages of drivers that mean the same.

    Attributes:
        pattern: Finds them, whatever the driver.
        problem: The sentence; `{url}`, `{user}`, `{host}`, `{database}` stand for parts of the address.
        hint: The fix.
    """

    pattern: re.Pattern[str]
    problem: str
    hint: str


def _cause(pattern: str, problem: str, hint: str) -> _Cause:
    return _Cause(re.compile(pattern, re.IGNORECASE), problem, hint)


_CAUSES = (
    _cause(
        r"password authentication failed|no password supplied|authentication failed|code: (193|194|516)\b|error 401",
        "The database {url} does not let {user} in",
        "Check user and password. In an URL `@`, `:`, `/` and `%` of a password are written %40, %3A, %2F and %25.",
    ),
    _cause(
        r"permission denied|not enough privileges|access denied|code: 497\b",
        "The database {url} does not let {user} read",
        "Give the role the right: GRANT SELECT ON the table TO {user}, and GRANT USAGE ON its schema.",
    ),
    _cause(
        r"database \"[^\"]*\" does not exist|code: 81\b|catalog '[^']*' (not found|does not exist)",
        "There is no database {database} at {url}",
        "Check the last part of the URL.",
    ),
    _cause(
        r"cannot open database .* does not exist|cannot open file|unable to open database file",
        "There is no file {database}",
        "A relative path follows three slashes, an absolute one four: duckdb:////data/shop.duckdb.",
    ),
    _cause(
        r"could not set lock on file|conflicting lock",
        "Another process has {url} open for writing",
        "End it, or copy the file: DuckDB lets many read a file, or one write it.",
    ),
    _cause(
        r"resolve host|name or service not known|name resolution|getaddrinfo|nodename nor servname",
        "Nobody knows the host {host} of {url}",
        "Check the name in the URL.",
    ),
    _cause(
        r"ssl negotiation|ssl connection|certificate|wrong version number|pg_hba\.conf",
        "The connection to {url} is refused before anybody is asked for a password",
        "Check host and port, and whether it wants encryption: `?sslmode=require` (PostgreSQL), `?secure=true` "
        "(ClickHouse), `?http_scheme=https` (Trino).",
    ),
    _cause(
        r"connection refused|timeout expired|timed out|time-?out|no route to host|unreachable|connection reset|"
        r"connection is bad|max retries exceeded|remote end closed|could not connect|no such file or directory",
        "The database {url} cannot be reached",
        "Check host and port, that it runs, and that no firewall is between.",
    ),
)
_OTHER = _Cause(
    re.compile(""),
    "The database {url} does not answer",
    "Check it against the model: `cube-server validate MODEL --against URL`.",
)


def failure(told: str, url: sa.URL) -> WarehouseError:
    """Say what went wrong with a database, and what to do about it.

    Args:
        told: The driver's message.
        url: Where the database is; its secrets are taken out of the message.

    Example:
        >>> url = sa.make_url("postgresql://me:x1y2@host/shpo")
        >>> failure('FATAL: database "shpo" does not exist', url).message
        'There is no database shpo at postgresql://me:***@host/shpo: FATAL: database "shpo" does not exist.'
    """
    found = next((cause for cause in _CAUSES if cause.pattern.search(told)), _OTHER)
    plain = url.set(drivername=url.get_backend_name())
    parts = {
        "url": shown(plain),
        "user": url.username or "the default user",
        "host": url.host or "localhost",
        "database": url.database or "of the user's name",
    }
    reason = without_secrets(_reason(" ".join(told.split())), url).rstrip(".")
    return WarehouseError(f"{found.problem.format(**parts)}: {reason}.", hint=found.hint.format(**parts))


def _reason(told: str) -> str:
    """Leave out what drivers put around the server's or the system's own words."""
    found = re.search(r"FATAL: .*|\[Errno -?\d+\] [\w ]+", told)
    return found[0] if found else told
