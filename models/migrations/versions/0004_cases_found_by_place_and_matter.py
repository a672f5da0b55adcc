"""Indexes by which likely duplicates and joined cases are found."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_case_subdistrict_code_category_code_created_at": ["subdistrict_code", "category_code", "created_at"],
    "ix_case_district_code_category_code_created_at": ["district_code", "category_code", "created_at"],
    "ix_case_merged_into": ["merged_into"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "case", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "case")
