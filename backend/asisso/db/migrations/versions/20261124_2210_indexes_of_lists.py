"""indexes of lists: each filter with the list's order behind it

Revision: d56bc9cc561d
Follows: 7c2e9a4d1f60
"""

from alembic import op

revision = "d56bc9cc561d"
down_revision = "7c2e9a4d1f60"
branch_labels = None
depends_on = None

Indexes = tuple[tuple[str, str, tuple[str, ...]], ...]
ORDER = ("created_at", "id")
NEW: Indexes = (
    ("api_key", "ix_api_key_organization_id_created_at_id", ("organization_id", *ORDER)),
    (
        "phone_number",
        "ix_phone_number_telephony_configuration_id_created_at_id",
        ("telephony_configuration_id", *ORDER),
    ),
    (
        "telephony_configuration",
        "ix_telephony_configuration_organization_id_created_at_id",
        ("organization_id", *ORDER),
    ),
    ("user", "ix_user_organization_id_created_at_id", ("organization_id", *ORDER)),
    ("user_session", "ix_user_session_user_id_created_at_id", ("user_id", *ORDER)),
    ("workflow", "ix_workflow_organization_id_created_at_id", ("organization_id", *ORDER)),
    ("workflow_version", "ix_workflow_version_workflow_id_created_at_id", ("workflow_id", *ORDER)),
    (
        "workflow_run",
        "ix_workflow_run_list",
        ("organization_id", *ORDER, "from_number", "to_number", "duration_ms"),
    ),
    (
        "workflow_run",
        "ix_workflow_run_configuration_list",
        ("telephony_configuration_id", "organization_id", *ORDER),
    ),
    (
        "workflow_run",
        "ix_workflow_run_workflow_id_organization_id_created_at_id",
        ("workflow_id", "organization_id", *ORDER),
    ),
    ("workflow_run", "ix_workflow_run_state_organization_id", ("state", "organization_id")),
    *(
        ("workflow_run", f"ix_workflow_run_organization_id_{name}_created_at_id", ("organization_id", name, *ORDER))
        for name in ("direction", "outcome", "from_number", "to_number")
    ),
)
OLD: Indexes = (
    ("api_key", "ix_api_key_organization_id", ("organization_id",)),
    ("phone_number", "ix_phone_number_telephony_configuration_id", ("telephony_configuration_id",)),
    ("telephony_configuration", "ix_telephony_configuration_organization_id", ("organization_id",)),
    ("user", "ix_user_organization_id", ("organization_id",)),
    ("user_session", "ix_user_session_user_id", ("user_id",)),
    ("workflow", "ix_workflow_organization_id", ("organization_id",)),
    ("workflow_version", "ix_workflow_version_workflow_id", ("workflow_id",)),
    ("workflow_run", "ix_workflow_run_organization_id_created_at_id", ("organization_id", *ORDER)),
    ("workflow_run", "ix_workflow_run_organization_id_state", ("organization_id", "state")),
    ("workflow_run", "ix_workflow_run_workflow_id", ("workflow_id",)),
)


def upgrade() -> None:
    replace(OLD, NEW)


def downgrade() -> None:
    replace(NEW, OLD)


def replace(old: Indexes, new: Indexes) -> None:
    for table, name, _columns in old:
        op.drop_index(name, table_name=table)
    for table, name, columns in new:
        op.create_index(name, table, list(columns))
