"""Threads of incidents: replies, the pace of channels, diagnoses, and how far was looked."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create their tables and columns."""
    _messages()
    _incidents()
    op.create_table(
        "diagnoses",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("incident_id", sa.String(length=255), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("diagnoses_incident", "diagnoses", ["incident_id"])
    op.create_table(
        "channel_pace",
        sa.Column("channel_id", sa.String(length=64), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel_id"),
    )
    op.create_table(
        "looks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _messages() -> None:
    op.add_column(
        "messages",
        sa.Column("parent", sa.String(length=128), nullable=False, server_default=""),
    )
    op.add_column("messages", sa.Column("rank", sa.Integer(), nullable=False, server_default="0"))


def _incidents() -> None:
    op.add_column(
        "incidents",
        sa.Column("thread", sa.String(length=128), nullable=False, server_default=""),
    )
    op.add_column(
        "incidents", sa.Column("position", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "incidents", sa.Column("behind", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("incidents", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.create_index("incidents_behind", "incidents", ["behind"])
    op.create_index("incidents_thread", "incidents", ["thread", "position"])
    op.create_index("incidents_received", "incidents", ["received_at"])
