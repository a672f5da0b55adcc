"""The operators' seats, and the line of callers who wait for one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _seat()
    _seat_change()
    _waiting()


def downgrade() -> None:
    for table in ("waiting", "seat_change", "seat"):
        op.drop_table(table)


def _seat() -> None:
    op.create_table(
        "seat",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(24), nullable=True),
        sa.Column("since", Time, nullable=False),
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("call_id", sa.String(32), nullable=True),
        sa.Column("has_telephone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_seat_account_id"),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_seat_call_id"),
        sa.PrimaryKeyConstraint("name", name="pk_seat"),
        sa.UniqueConstraint("account_id", name="uq_seat_account_id"),
    )
    op.create_index("ix_seat_state_since", "seat", ["state", "since"])


def _seat_change() -> None:
    op.create_table(
        "seat_change",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("seat", sa.String(32), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("from_state", sa.String(24), nullable=False),
        sa.Column("to_state", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(24), nullable=True),
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("call_id", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_seat_change_account_id"),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_seat_change_call_id"),
        sa.PrimaryKeyConstraint("id", name="pk_seat_change"),
    )
    op.create_index("ix_seat_change_seat_at", "seat_change", ["seat", "at"])
    op.create_index("ix_seat_change_account_id_at", "seat_change", ["account_id", "at"])


def _waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("joined_at", Time, nullable=False),
        sa.Column("held_since", Time, nullable=True),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("seat", sa.String(32), nullable=True),
        sa.Column("offered_at", Time, nullable=True),
        sa.Column("rung_at", Time, nullable=True),
        sa.Column("answered_at", Time, nullable=True),
        sa.Column("left_at", Time, nullable=True),
        sa.Column("left_reason", sa.String(24), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_waiting_call_id"),
        sa.ForeignKeyConstraint(["seat"], ["seat.name"], name="fk_waiting_seat"),
        sa.PrimaryKeyConstraint("call_id", name="pk_waiting"),
    )
    op.create_index("ix_waiting_state_rank_joined_at", "waiting", ["state", "rank", "joined_at"])
