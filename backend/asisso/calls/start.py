"""The three ways a call begins: it comes to us, we make it, or we take it over from a process that died."""

from __future__ import annotations

from dataclasses import dataclass

from .admission import Admission
from .caller_leg import DialOrder
from .recovery import OpenRun
from .route import Arrival


@dataclass(frozen=True, slots=True)
class Inbound:
    """A channel that entered our Stasis application; it is admitted, or refused, by its session."""

    arrival: Arrival
    is_answered: bool

    @property
    def configuration_id(self) -> str:
        return self.arrival.configuration_id

    @property
    def channel_id(self) -> str:
        return self.arrival.channel_id


@dataclass(frozen=True, slots=True)
class Outbound:
    """A call somebody asked for; admitted when it was asked for.

    Attributes:
        channel_id: chosen before there is a channel.
    """

    admission: Admission
    channel_id: str
    order: DialOrder

    @property
    def configuration_id(self) -> str:
        return self.admission.route.configuration.id


@dataclass(frozen=True, slots=True)
class Resumed:
    """A call whose process died while its caller stayed on the line.

    Attributes:
        bridge_id, target_id: of the bridge in which the caller already talks to somebody else; empty when an agent
            has to come back.
    """

    run: OpenRun
    is_answered: bool
    bridge_id: str = ""
    target_id: str = ""

    @property
    def configuration_id(self) -> str:
        return self.run.admission.route.configuration.id

    @property
    def channel_id(self) -> str:
        return self.run.channel_id


CallStart = Inbound | Outbound | Resumed
