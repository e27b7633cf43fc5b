"""The tables. Importing this package registers all of them with `SQLModel.metadata`."""

from asisso.db.models.api_key import ApiKey
from asisso.db.models.audit_entry import AuditEntry
from asisso.db.models.organization import Organization
from asisso.db.models.phone_number import PhoneNumber
from asisso.db.models.telephony_configuration import TelephonyConfiguration
from asisso.db.models.telephony_diagnosis import TelephonyDiagnosis
from asisso.db.models.user import User, UserSession
from asisso.db.models.webhook import Webhook, WebhookDelivery
from asisso.db.models.workflow import Workflow, WorkflowVersion
from asisso.db.models.workflow_run import RunAnalysis, RunEvent, RunTurn, WorkflowRun
from asisso.db.models.workflow_test import WorkflowTest
from asisso.vocabulary import (
    ActorKind,
    AddressType,
    Analysis,
    AuditAction,
    DeliveryStatus,
    DiagnosisTrigger,
    Direction,
    EndedBy,
    MediaFormatName,
    OnFailure,
    Outcome,
    Provider,
    Role,
    RunState,
    Speaker,
    UserState,
    WebhookEvent,
)

__all__ = [
    "ActorKind",
    "AddressType",
    "Analysis",
    "ApiKey",
    "AuditAction",
    "AuditEntry",
    "DeliveryStatus",
    "DiagnosisTrigger",
    "Direction",
    "EndedBy",
    "MediaFormatName",
    "OnFailure",
    "Organization",
    "Outcome",
    "PhoneNumber",
    "Provider",
    "Role",
    "RunAnalysis",
    "RunEvent",
    "RunState",
    "RunTurn",
    "Speaker",
    "TelephonyConfiguration",
    "TelephonyDiagnosis",
    "User",
    "UserSession",
    "UserState",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "Workflow",
    "WorkflowRun",
    "WorkflowTest",
    "WorkflowVersion",
]
