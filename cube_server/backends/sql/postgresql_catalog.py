"""What PostgreSQL's catalog tells of tables, in one statement: views, partitions and foreign tables like any other."""

from __future__ import annotations

import sqlalchemy as sa

_CLASSES = sa.table("pg_class", *map(sa.column, ("oid", "relname", "relnamespace")), schema="pg_catalog")
_SPACES = sa.table("pg_namespace", *map(sa.column, ("oid", "nspname")), schema="pg_catalog")
_PARTS = sa.table(
    "pg_attribute",
    *map(sa.column, ("attrelid", "attname", "attnum", "atttypid", "atttypmod", "attisdropped")),
    schema="pg_catalog",
)
_TYPES = sa.table(
    "pg_type", *map(sa.column, ("oid", "typtype", "typbasetype", "typtypmod", "typelem")), schema="pg_catalog"
)


def columns_of(schema: str, name: str) -> sa.Select[str, str]:
    """Ask for the names and types of a table's columns; enums are told as such, domains as what they are made of.

    Args:
        schema: Its schema; empty for those that the role looks into by itself (`search_path`).
        name: Its name.
    """
    is_meant = _SPACES.c.nspname == schema if schema else sa.func.pg_table_is_visible(_CLASSES.c.oid)
    is_domain = _TYPES.c.typtype == "d"
    type_ = sa.case((is_domain, _TYPES.c.typbasetype), else_=_PARTS.c.atttypid)
    modifier = sa.case((is_domain, _TYPES.c.typtypmod), else_=_PARTS.c.atttypmod)
    told = sa.func.format_type(type_, modifier, type_=sa.Text)
    kind = sa.case((_TYPES.c.typtype == "e", sa.literal("enum ")), else_="")
    return (
        sa.select(sa.cast(_PARTS.c.attname, sa.Text), kind + told)
        .select_from(_PARTS)
        .join(_CLASSES, _CLASSES.c.oid == _PARTS.c.attrelid)
        .join(_SPACES, _SPACES.c.oid == _CLASSES.c.relnamespace)
        .join(_TYPES, _TYPES.c.oid == _PARTS.c.atttypid)
        .where(_CLASSES.c.relname == name, is_meant, _PARTS.c.attnum > 0, ~_PARTS.c.attisdropped)
        .order_by(_PARTS.c.attnum)
    )
