"""call quality

Revision: 3c9d7e51b2a8
Follows: d56bc9cc561d
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "3c9d7e51b2a8"
down_revision = "d56bc9cc561d"
branch_labels = None
depends_on = None


JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("workflow_run", sa.Column("recording_problem", sa.String(), nullable=True))
    op.add_column("workflow_run", sa.Column("quality", JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("workflow_run") as batch:
        batch.drop_column("quality")
        batch.drop_column("recording_problem")
