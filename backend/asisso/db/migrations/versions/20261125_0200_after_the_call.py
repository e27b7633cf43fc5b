"""after the call

Revision: 5e8f20c4d6a1
Follows: 8e4a1c6f2d90
"""

import sqlalchemy as sa
from alembic import op

revision = "5e8f20c4d6a1"
down_revision = "8e4a1c6f2d90"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workflow_run", sa.Column("node_id", sa.String(length=100), nullable=True))
    op.add_column("workflow_run", sa.Column("summary", sa.String(), nullable=True))
    op.add_column("workflow_run", sa.Column("disposition", sa.String(length=100), nullable=True))
    op.add_column("workflow_run", sa.Column("analysis", sa.String(length=32), nullable=True))
    op.add_column("workflow_run", sa.Column("analysis_problem", sa.String(), nullable=True))
    op.create_table(
        "run_analysis",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["workflow_run.id"], name=op.f("fk_run_analysis_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_run_analysis_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_analysis")),
        sa.UniqueConstraint("run_id", name=op.f("uq_run_analysis_run_id")),
    )
    op.create_index(op.f("ix_run_analysis_organization_id"), "run_analysis", ["organization_id"])


def downgrade() -> None:
    op.drop_table("run_analysis")
    with op.batch_alter_table("workflow_run") as batch:
        batch.drop_column("analysis_problem")
        batch.drop_column("analysis")
        batch.drop_column("disposition")
        batch.drop_column("summary")
        batch.drop_column("node_id")
