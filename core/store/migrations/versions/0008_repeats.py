"""How often a notifier has repeated itself of an incident."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the count; of the incidents that are known it is not known."""
    op.add_column(
        "incidents", sa.Column("repeats", sa.Integer(), nullable=False, server_default="0")
    )
