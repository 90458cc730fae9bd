"""Whether a DuckDB file stays as it is while it is open for reading: nobody writes into it, but views look further.

A view may read other files, the clock, or draw at random. DuckDB itself tells what a view does, as a plan in JSON.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_SCAN = "seq_scan"
"""The one function that reads a table of the file itself. Of all others that give tables nothing is known."""

_CALLED = "$..qname.path[#-1]"
"""Where a plan names the functions that it calls."""

_SAMPLE = "%LOGICAL_SAMPLE%"

_ELSEWHERE = r"(?i)read_|_scan|://|\.(parquet|csv|tsv|json|ndjson|arrow|xlsx)"
"""What words tell that a view reads other files: planning it would open them, all over a network perhaps."""


def _is_frozen() -> sa.ColumnElement[bool]:
    views = sa.func.duckdb_views().table_valued("schema_name", "view_name", "sql", sa.column("internal", sa.Boolean))
    select = sa.func.format(
        'SELECT * FROM "{}"."{}"', _within_quotes(views.c.schema_name), _within_quotes(views.c.view_name)
    )
    # A view that reads a file has no plan in JSON, and so calls nothing that is known.
    plan = sa.func.json_serialize_plan(select)
    called = sa.func.json_extract_string(plan, _CALLED)
    is_planned = sa.func.json_extract_string(plan, "$.error") == "false"
    is_settled = sa.func.list_has_all(_settled(), called) & ~sa.cast(plan, sa.String).like(_SAMPLE)
    # CASE alone keeps what is behind it from being computed.
    is_still = sa.case((sa.func.regexp_matches(views.c.sql, _ELSEWHERE), False), else_=is_planned & is_settled)
    moving = sa.exists().select_from(views).where(~views.c.internal, ~sa.func.coalesce(is_still, False))
    return sa.and_(sa.func.current_setting("access_mode") == "read_only", ~moving)


def _within_quotes(name: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.replace(name, '"', '""')


def _settled() -> sa.ScalarSelect[Any]:
    """List the functions that give the same for the same arguments, whenever they are asked."""
    known = sa.func.duckdb_functions().table_valued("function_name", "function_type", "stability")
    is_settled = sa.func.bool_and(sa.func.coalesce(known.c.stability, "") == "CONSISTENT") | (
        known.c.function_name == _SCAN
    )
    names = sa.select(known.c.function_name).group_by(known.c.function_name).having(is_settled).subquery("settled")
    return sa.select(sa.func.list(names.c.function_name)).scalar_subquery()


IS_FROZEN = _is_frozen()
"""True where the file is open for reading only, and no view of it may tell something else tomorrow."""
