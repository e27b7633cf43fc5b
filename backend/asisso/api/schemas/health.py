"""Whether the server is alive, and whether it can take calls."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from asisso.api.schemas.base import Output


class Alive(Output):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Output):
    """`reasons` says why not; empty when calls can be taken."""

    status: Literal["ready", "not_ready"]
    reasons: list[str] = Field(examples=[[]])
