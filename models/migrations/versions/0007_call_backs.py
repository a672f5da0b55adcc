"""Attempts to call residents back."""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_back",
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("seat", sa.String(32), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("rung_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name="pk_call_back"),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_call_back_call_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_call_back_case_id"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_call_back_account_id"),
    )
    op.create_index("ix_call_back_state_started_at", "call_back", ["state", "started_at"])
    op.create_index("ix_call_back_case_id_started_at", "call_back", ["case_id", "started_at"])


def downgrade() -> None:
    op.drop_table("call_back")
