"""Schedules: the line of each, and since when it has had it; why Slack refused a message."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create their table, and fill it by the newest slot of each."""
    op.create_table(
        "schedules",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("line", sa.String(length=255), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute(
        "insert into schedules (name, line, since) select schedule, cron, due from slots as one "
        "where due = (select max(due) from slots where schedule = one.schedule)"
    )
    op.execute("delete from slots where state = 'before'")
    op.drop_column("slots", "cron")
    op.add_column(
        "messages",
        sa.Column("refused", sa.String(length=64), nullable=False, server_default=""),
    )
