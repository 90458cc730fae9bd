"""Version 3: rows that came in twice, were left out on purpose or were there before; and where a load's rejects are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns. Of loads before nobody knows the numbers: they are null."""
    for name in ("rows_repeated", "rows_filtered", "rows_known"):
        op.add_column("cube_load_tables", sa.Column(name, sa.BigInteger))
    op.add_column("cube_loads", sa.Column("rejects", sa.String(20)))
