"""Openings of incidents: how many of them are told, and how many in which thread."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what has a thread is told as far as it is known."""
    for name in ("opens_told", "opens_before"):
        op.add_column(
            "incidents", sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        )
    op.execute("update incidents set opens_told = opens where thread <> ''")
