"""call control: what happens to callers we can't serve, and what of their channel is kept

Revision: 5b1f0c3a9d27
Follows: d14f5b8fec63
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5b1f0c3a9d27"
down_revision = "d14f5b8fec63"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    table = "telephony_configuration"
    op.add_column(table, sa.Column("on_failure", sa.String(length=32), nullable=False, server_default="refuse"))
    op.add_column(table, sa.Column("channel_variables", DOCUMENT, nullable=False, server_default="[]"))
    op.add_column(table, sa.Column("sip_headers", DOCUMENT, nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in ("on_failure", "channel_variables", "sip_headers"):
        op.drop_column("telephony_configuration", name)
