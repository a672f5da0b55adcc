"""Mass events: many calls about one matter from one area."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from models.base import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mass_event",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("open_key", sa.String(64), nullable=True),
        sa.Column("area_code", sa.String(9), nullable=False),
        sa.Column("category_code", sa.String(32), nullable=False),
        sa.Column("codes", Json, nullable=False),
        sa.Column("head_case_id", sa.String(32), nullable=False),
        sa.Column("recent", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("last_call_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mass_event"),
        sa.UniqueConstraint("open_key", name="uq_mass_event_open_key"),
        sa.ForeignKeyConstraint(["head_case_id"], ["case.id"], name="fk_mass_event_head_case_id"),
    )
    op.create_index("ix_mass_event_area_code", "mass_event", ["area_code"])


def downgrade() -> None:
    op.drop_table("mass_event")
