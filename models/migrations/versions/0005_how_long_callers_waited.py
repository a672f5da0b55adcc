"""How long a caller waited for the operator who answered."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waiting", sa.Column("waited_s", sa.Integer(), nullable=True))
    op.create_index("ix_waiting_answered_at", "waiting", ["answered_at"])


def downgrade() -> None:
    op.drop_index("ix_waiting_answered_at", "waiting")
    op.drop_column("waiting", "waited_s")
