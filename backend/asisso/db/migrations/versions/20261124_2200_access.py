"""access: invitations, sessions that tell where they are, keys that expire, the log of changes

Revision: 7c2e9a4d1f60
Follows: 6b1f0c72a9e4
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7c2e9a4d1f60"
down_revision = "6b1f0c72a9e4"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
JOINED = sa.text("password_hash IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("user") as users:
        users.alter_column("password_hash", existing_type=sa.String(length=255), nullable=True)
        users.add_column(sa.Column("is_enabled", sa.Boolean(), nullable=False, server_default=sa.true()))
        users.add_column(sa.Column("invitation_hash", sa.String(length=64), nullable=True))
        users.add_column(sa.Column("invitation_expires_at", MOMENT, nullable=True))
        users.add_column(sa.Column("last_signed_in_at", MOMENT, nullable=True))
        users.drop_constraint("uq_user_email", type_="unique")
        users.create_unique_constraint("uq_user_organization_id_email", ["organization_id", "email"])
        users.create_unique_constraint("uq_user_invitation_hash", ["invitation_hash"])
    op.create_index(
        "uq_user_joined_email", "user", ["email"], unique=True, sqlite_where=JOINED, postgresql_where=JOINED
    )

    with op.batch_alter_table("user_session") as sessions:
        sessions.add_column(sa.Column("ends_at", MOMENT, nullable=True))
        sessions.add_column(sa.Column("signed_in_at", MOMENT, nullable=True))
        sessions.add_column(sa.Column("address", sa.String(length=64), nullable=False, server_default=""))
        sessions.add_column(sa.Column("user_agent", sa.String(length=300), nullable=False, server_default=""))

    op.execute("UPDATE user_session SET ends_at = expires_at, signed_in_at = created_at")
    with op.batch_alter_table("user_session") as sessions:
        sessions.alter_column("ends_at", existing_type=MOMENT, nullable=False)
        sessions.alter_column("signed_in_at", existing_type=MOMENT, nullable=False)

    op.add_column("api_key", sa.Column("expires_at", MOMENT, nullable=True))

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("actor_kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=True),
        sa.Column("actor_name", sa.String(length=320), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("object_kind", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=32), nullable=False),
        sa.Column("object_name", sa.String(length=320), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_audit_entry_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_organization_id_created_at_id"),
        "audit_entry",
        ["organization_id", "created_at", "id"],
    )


def downgrade() -> None:
    op.drop_table("audit_entry")
    op.drop_column("api_key", "expires_at")
    with op.batch_alter_table("user_session") as sessions:
        for name in ("ends_at", "signed_in_at", "address", "user_agent"):
            sessions.drop_column(name)
    # Whoever has not joined has no place in the older tables.
    op.execute('DELETE FROM "user" WHERE password_hash IS NULL')
    op.drop_index("uq_user_joined_email", "user")
    with op.batch_alter_table("user") as users:
        users.drop_constraint("uq_user_invitation_hash", type_="unique")
        users.drop_constraint("uq_user_organization_id_email", type_="unique")
        users.create_unique_constraint("uq_user_email", ["email"])
        for name in ("is_enabled", "invitation_hash", "invitation_expires_at", "last_signed_in_at"):
            users.drop_column(name)
        users.alter_column("password_hash", existing_type=sa.String(length=255), nullable=False)
