"""Whether a DuckDB file stays as it is while it is open for reading: nobody writes into it, but views look further.

A view may read other files, the clock, or draw at random; so may a column that is generated where it is read. DuckDB's
own plans in JSON tell what they do.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_SCAN = "seq_scan"
"""The one function that reads a table of the file itself. Of all others that give tables nothing is known."""

_CALLED = "$..qname.path[#-1]"
"""Where a plan names the functions that it calls."""

_BY_THE_CLOCK = ("age", "current_localtime", "current_localtimestamp", "timezone")
"""Functions that DuckDB calls consistent though with some arguments, or none, they go by the present day."""

_SAMPLE = "%LOGICAL_SAMPLE%"

_ELSEWHERE = r"(?i)read_|_scan|://|\.(parquet|csv|tsv|json|ndjson|arrow|xlsx)"
"""What words tell that a view reads other files: planning it would open them, all over a network perhaps."""

_GENERATED = "%GENERATED ALWAYS%"


def _is_frozen() -> sa.ColumnElement[bool]:
    made = _made_when_read()
    select = sa.func.format('SELECT * FROM "{}"."{}"', _within_quotes(made.c.schema_name), _within_quotes(made.c.name))
    # A view that reads a file has no plan in JSON, and so calls nothing that is known.
    plan = sa.func.json_serialize_plan(select)
    called = sa.func.json_extract_string(plan, _CALLED)
    is_planned = sa.func.json_extract_string(plan, "$.error") == "false"
    is_settled = sa.func.list_has_all(_settled(), called) & ~sa.cast(plan, sa.String).like(_SAMPLE)
    # CASE alone keeps what is behind it from being computed.
    is_still = sa.case((sa.func.regexp_matches(made.c.sql, _ELSEWHERE), False), else_=is_planned & is_settled)
    moving = sa.exists().select_from(made).where(~sa.func.coalesce(is_still, False))
    return sa.and_(sa.func.current_setting("access_mode") == "read_only", ~moving)


def _made_when_read() -> sa.Subquery:
    """List what is more than rows of the file: views, and tables with generated columns."""
    columns = ("sql", sa.column("internal", sa.Boolean))
    views = sa.func.duckdb_views().table_valued("schema_name", "view_name", *columns)
    tables = sa.func.duckdb_tables().table_valued("schema_name", "table_name", *columns)
    of_views = sa.select(views.c.schema_name, views.c.view_name.label("name"), views.c.sql).where(~views.c.internal)
    of_tables = sa.select(tables.c.schema_name, tables.c.table_name, tables.c.sql)
    return of_views.union_all(of_tables.where(~tables.c.internal, tables.c.sql.like(_GENERATED))).subquery("made")


def _within_quotes(name: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.replace(name, '"', '""')


def _settled() -> sa.ScalarSelect[Any]:
    """List the functions that give the same for the same arguments, whenever they are asked."""
    known = sa.func.duckdb_functions().table_valued("function_name", "stability")
    is_consistent = sa.func.bool_and(sa.func.coalesce(known.c.stability, "") == "CONSISTENT")
    is_settled = (is_consistent & known.c.function_name.not_in(_BY_THE_CLOCK)) | (known.c.function_name == _SCAN)
    names = sa.select(known.c.function_name).group_by(known.c.function_name).having(is_settled).subquery("settled")
    return sa.select(sa.func.list(names.c.function_name)).scalar_subquery()


IS_FROZEN = _is_frozen()
"""True where the file is open for reading only, and nothing in it may tell something else tomorrow."""
