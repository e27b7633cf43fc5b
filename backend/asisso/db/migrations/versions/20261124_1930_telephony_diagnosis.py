"""telephony diagnosis

Revision: 6b1f0c72a9e4
Follows: 5b1f0c3a9d27
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "6b1f0c72a9e4"
down_revision = "5b1f0c3a9d27"
branch_labels = None
depends_on = None


JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "telephony_diagnosis",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("telephony_configuration_id", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(length=32), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("drift", JSON, nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["telephony_configuration_id"],
            ["telephony_configuration.id"],
            name=op.f("fk_telephony_diagnosis_telephony_configuration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephony_diagnosis")),
        sa.UniqueConstraint(
            "telephony_configuration_id", name=op.f("uq_telephony_diagnosis_telephony_configuration_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("telephony_diagnosis")
