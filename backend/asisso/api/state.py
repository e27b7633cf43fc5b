"""What every request can reach: the parts of the running product."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from asisso.agents.http_fetch import HttpFetch
from asisso.calls.credentials import MediaCredentials
from asisso.calls.directory import Directory
from asisso.clock import Clock, SystemClock
from asisso.db.engine import Database
from asisso.security import Passwords, SecretBox
from asisso.services.credentials import Credentials
from asisso.services.doctor import Doctor
from asisso.services.event_hub import EventHub
from asisso.services.telephony import Telephony
from asisso.services.throttle import Throttle
from asisso.services.trials import Trials
from asisso.settings import Settings

LOGIN_FAILURES_PER_ACCOUNT = 10
LOGIN_FAILURES_PER_ADDRESS = 50
LOGIN_WINDOW_S = 900
CALLS_PER_ASKER = 120
CALLS_PER_ORGANIZATION = 600
CALLS_WINDOW_S = 60
TOO_MANY_CALLS = "too_many_calls_started"
CALLS = "calls started within a minute"


@dataclass(slots=True)
class AppState:
    """The parts of the product. Made by the lifespan; `telephony` comes last, as it is made from the others."""

    settings: Settings
    database: Database
    secrets: SecretBox
    passwords: Passwords
    clock: Clock = field(default_factory=SystemClock)
    directory: Directory = field(default_factory=Directory)
    media_credentials: MediaCredentials = field(default_factory=MediaCredentials)
    credentials: Credentials = field(init=False)
    account_throttle: Throttle = field(init=False)
    address_throttle: Throttle = field(init=False)
    asker_calls_throttle: Throttle = field(init=False)
    organization_calls_throttle: Throttle = field(init=False)
    trials: Trials = field(default_factory=Trials)
    doctor: Doctor = field(init=False)
    events: EventHub = field(init=False)
    fetch: HttpFetch = field(init=False)
    telephony: Telephony = field(init=False)

    def __post_init__(self) -> None:
        self.credentials = Credentials(self.database, self.clock)
        self.fetch = HttpFetch(self.settings.address_policy)
        self.account_throttle = Throttle(
            self.clock, limit=LOGIN_FAILURES_PER_ACCOUNT, window_s=LOGIN_WINDOW_S
        )
        self.address_throttle = Throttle(
            self.clock, limit=LOGIN_FAILURES_PER_ADDRESS, window_s=LOGIN_WINDOW_S
        )
        self.asker_calls_throttle = Throttle(
            self.clock, limit=CALLS_PER_ASKER, window_s=CALLS_WINDOW_S, code=TOO_MANY_CALLS, what=CALLS
        )
        self.organization_calls_throttle = Throttle(
            self.clock, limit=CALLS_PER_ORGANIZATION, window_s=CALLS_WINDOW_S, code=TOO_MANY_CALLS, what=CALLS
        )
        self.doctor = Doctor(
            self.settings, self.database, self.secrets, self.directory, self.clock, lambda: self.telephony
        )


def state_of(connection: HTTPConnection) -> AppState:
    """The parts behind a request or a WebSocket."""
    return cast("AppState", connection.app.state.parts)
