"""Ids of the channels and bridges we make. They tell our objects on a shared PBX from everybody else's."""

from __future__ import annotations

import hashlib
import secrets

RUN_ID_VARIABLE = "ASISSO_RUN_ID"
"""Set on every channel a call has, so that the PBX's own log and records can name the run."""


def object_prefix(configuration_id: str) -> str:
    """What every id of this configuration's objects begins with; other installations get another one."""
    return f"asisso-{hashlib.sha256(configuration_id.encode()).hexdigest()[:8]}-"


def new_media_id(configuration_id: str) -> str:
    """A media channel's id, never used before: Asterisk 22.10 dies of a second use."""
    return f"{object_prefix(configuration_id)}am-{secrets.token_hex(13)}"


def new_outbound_id(configuration_id: str) -> str:
    """The id of a channel that dials the telephone of an outbound call."""
    return f"{object_prefix(configuration_id)}ao-{secrets.token_hex(13)}"


def new_target_id(configuration_id: str) -> str:
    """The id of a channel that dials whom a caller is transferred to."""
    return f"{object_prefix(configuration_id)}at-{secrets.token_hex(13)}"


def is_target_id(channel_id: str, configuration_id: str) -> bool:
    return channel_id.startswith(f"{object_prefix(configuration_id)}at-")


def new_bridge_id(configuration_id: str) -> str:
    return f"{object_prefix(configuration_id)}ab-{secrets.token_hex(13)}"


def new_probe_id(configuration_id: str, kind: str) -> str:
    """An id of a connection check's channel or bridge."""
    return f"{object_prefix(configuration_id)}check-{kind}-{secrets.token_hex(13)}"
