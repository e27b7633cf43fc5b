"""The closed vocabularies of the database and the API. Stored as text."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a user or an API key may do; each role includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Whether this role may do everything `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class Provider(StrEnum):
    ARI = "ari"


class MediaFormatName(StrEnum):
    """Asterisk's names of the audio formats a call's media may use."""

    SLIN16 = "slin16"
    SLIN = "slin"
    ULAW = "ulaw"
    ALAW = "alaw"


class OnFailure(StrEnum):
    """What becomes of a caller whom we can't serve: a proper refusal, or the dialplan behind its Stasis() line."""

    REFUSE = "refuse"
    DIALPLAN = "dialplan"


class AddressType(StrEnum):
    EXTENSION = "extension"
    E164 = "e164"
    SIP = "sip"
    PATTERN = "pattern"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class RunState(StrEnum):
    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


LIVE_STATES = (RunState.QUEUED, RunState.RINGING, RunState.IN_PROGRESS)
"""The call goes on. Named one by one, as "not completed" would be looked for in every row."""


class LiveState(StrEnum):
    """What happens in a live call now: finer than `RunState`, and known only to the process that carries it."""

    SETTING_UP = "setting_up"
    RINGING = "ringing"
    TALKING = "talking"
    ON_HOLD = "on_hold"
    TRANSFERRING = "transferring"
    TRANSFERRED = "transferred"
    ENDING = "ending"


class Outcome(StrEnum):
    """How a run ended. The `refused_*` ones were never connected to an agent."""

    COMPLETED = "completed"
    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    TRANSFERRED = "transferred"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    FAILED = "failed"
    CANCELED = "canceled"
    MAX_DURATION = "max_duration"
    SILENCE_TIMEOUT = "silence_timeout"
    REFUSED_NO_NUMBER = "refused_no_number"
    REFUSED_NO_WORKFLOW = "refused_no_workflow"
    REFUSED_INACTIVE = "refused_inactive"
    REFUSED_QUOTA = "refused_quota"
    REFUSED_CAPACITY = "refused_capacity"


class EndedBy(StrEnum):
    """Who ended a call. `caller` is the person on the line, also when we called; `target` whom we put through."""

    CALLER = "caller"
    AGENT = "agent"
    SYSTEM = "system"
    OPERATOR = "operator"
    PBX = "pbx"
    TARGET = "target"


class Analysis(StrEnum):
    """Where the work on a run stands that its workflow asks for after the call."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


USAGE_KINDS = (
    "call_seconds",
    "stt_seconds",
    "tts_seconds",
    "tts_characters",
    "llm_input_tokens",
    "llm_output_tokens",
)
"""What every run's usage tells; each name ends with its unit. Agents may add amounts of their own."""


class Speaker(StrEnum):
    CALLER = "caller"
    AGENT = "agent"


class DiagnosisTrigger(StrEnum):
    """Why a connection was checked."""

    PERSON = "person"
    COMMAND_LINE = "command_line"
    NEEDS_ATTENTION = "needs_attention"
    REFUSED_CALL = "refused_call"


class WebhookEvent(StrEnum):
    """What other programs can be told of. `webhook.test` is only sent when somebody asks for it."""

    RUN_STARTED = "run.started"
    RUN_ANSWERED = "run.answered"
    RUN_COMPLETED = "run.completed"
    RUN_ANALYZED = "run.analyzed"
    CONFIGURATION_STATE_CHANGED = "telephony_configuration.state_changed"
    TEST = "webhook.test"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class UserState(StrEnum):
    """Where a person's account stands."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class ActorKind(StrEnum):
    """Who did something: a signed-in person, a program with an API key, or the server's own command line."""

    USER = "user"
    API_KEY = "api_key"
    SERVER = "server"


class AuditAction(StrEnum):
    """What was done, in the log of changes."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    CALL_STARTED = "call_started"
    CALL_HUNG_UP = "call_hung_up"
    CALL_TRANSFERRED = "call_transferred"
    SECRETS_READ = "secrets_read"
