"""workflow tests

Revision: 8e4a1c6f2d90
Follows: 3c9d7e51b2a8
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8e4a1c6f2d90"
down_revision = "3c9d7e51b2a8"
branch_labels = None
depends_on = None


JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
WITH_AGENT = ("workflow", "workflow_version")


def upgrade() -> None:
    for table in WITH_AGENT:
        op.add_column(
            table, sa.Column("agent_secrets_encrypted", sa.String(), nullable=False, server_default="")
        )
        op.add_column(
            table, sa.Column("agent_secrets_revision", sa.String(length=32), nullable=False, server_default="")
        )
    op.create_table(
        "workflow_test",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("workflow_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("context", JSON, nullable=False),
        sa.Column("opening", JSON, nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("http", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_workflow_test_organization_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflow.id"], name=op.f("fk_workflow_test_workflow_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_test")),
    )
    op.create_index(
        op.f("ix_workflow_test_workflow_id_created_at_id"),
        "workflow_test",
        ["workflow_id", "created_at", "id"],
    )


def downgrade() -> None:
    op.drop_table("workflow_test")
    for table in WITH_AGENT:
        op.drop_column(table, "agent_secrets_revision")
        op.drop_column(table, "agent_secrets_encrypted")
