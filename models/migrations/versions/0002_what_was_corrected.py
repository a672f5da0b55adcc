"""What a second hearing made of an utterance, and which names were corrected in it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("utterance", sa.Column("corrections", Json, nullable=True))
    op.add_column("utterance", sa.Column("first_text", sa.Text(), nullable=True))
    op.add_column("utterance", sa.Column("second_raw", sa.Text(), nullable=True))
    op.add_column("utterance", sa.Column("second_text", sa.Text(), nullable=True))
    op.add_column("utterance", sa.Column("second_engine", sa.String(64), nullable=True))


def downgrade() -> None:
    for column in ("second_engine", "second_text", "second_raw", "first_text", "corrections"):
        op.drop_column("utterance", column)
