"""An organization with something of everything, so that ids in requests can be found; and a key of each role."""

from __future__ import annotations

import wave
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from asisso.api.schemas.workflows import EXAMPLE_DEFINITION
from asisso.api.state import AppState
from asisso.app import running_parts
from asisso.clock import utc_now
from asisso.db.models import (
    Direction,
    Outcome,
    Role,
    RunEvent,
    RunState,
    RunTurn,
    Speaker,
    WebhookEvent,
    WorkflowRun,
)
from asisso.security import Passwords
from asisso.services import (
    api_keys,
    organizations,
    phone_numbers,
    telephony_configurations,
    users,
    webhooks,
    workflow_tests,
    workflows,
)
from asisso.services.principal import Principal
from asisso.settings import Settings
from asisso.vocabulary import MediaFormatName, OnFailure, Provider
from tests.fakes.telephony import FakeTelephony

EMAIL, PASSWORD = "admin@example.com", "your_password"
RECORDING_S = 1


@dataclass
class DemoData:
    """What was made.

    Attributes:
        ids: one that exists, by the name of the path's parameter.
        kept: ids of what others need, so that nobody may delete it.
        keys: an API key of each role.
    """

    ids: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)


async def make_demo_data(settings: Settings) -> DemoData:
    """Fill an empty database; the product may be started on it then."""
    passwords = Passwords(time_cost=1, memory_cost_kib=8)
    async with running_parts(settings, FakeTelephony().running, passwords=passwords) as parts:
        password_hash = await passwords.hash(PASSWORD)
        async with parts.database.session() as session:
            user = await organizations.create_organization(
                session, name="Acme", admin_email=EMAIL, admin_password_hash=password_hash
            )
            principal = Principal(user.organization_id, Role.ADMIN, user.id, user.email)
            made = DemoData()
            for role in Role:
                row, key = await api_keys.create_api_key(session, principal, name=f"a {role}", role=role)
                made.keys[role.value] = key
                made.kept.append(row.id)
            made.ids |= await _telephony(session, principal, parts)
            webhook, _secret = await webhooks.create_webhook(
                session,
                principal,
                {"url": "http://127.0.0.1:9/", "events": [WebhookEvent.RUN_STARTED]},
                secret_box=parts.secrets,
            )
            made.ids["webhook_id"] = webhook.id
            made.ids["user_id"] = await _invited(session, principal)
            made.ids["run_id"] = await _run(session, principal, made.ids, settings.recordings_dir)
            made.kept += [user.id, *made.ids.values()]
    return made


async def _telephony(session: AsyncSession, principal: Principal, parts: AppState) -> dict[str, str]:
    workflow = await workflows.create_workflow(
        session,
        principal,
        {"name": "Reception", "definition": EXAMPLE_DEFINITION, "agent": {"kind": "embedded"}},
        secret_box=parts.secrets,
    )
    test = await workflow_tests.create_test(
        session,
        principal,
        workflow.id,
        {"name": "Hello", "context": {}, "opening": {"says": "hello"}, "steps": [], "http": {}},
    )
    configuration = await telephony_configurations.create_configuration(
        session,
        principal,
        {
            "name": "Branch",
            "provider": Provider.ARI,
            "ari_endpoint": "http://127.0.0.1:9",
            "app_name": "branch",
            "ari_username": None,
            "app_password": "your_secure_password",
            "ws_client_name": "branch",
            "from_extensions": ["6001"],
            "is_default_outbound": True,
            "is_enabled": True,
            "media_format": MediaFormatName.SLIN16,
            "dial_template": "PJSIP/{number}",
            "ring_timeout_s": 30,
            "require_media_credentials": False,
            "on_failure": OnFailure.REFUSE,
            "channel_variables": [],
            "sip_headers": [],
        },
        secret_box=parts.secrets,
        telephony=parts.telephony,
    )
    number = await phone_numbers.create_phone_number(
        session,
        principal,
        configuration.id,
        {"address": "8001", "label": "Reception", "inbound_workflow_id": workflow.id},
    )
    return {
        "workflow_id": workflow.id,
        "test_id": test.id,
        "configuration_id": configuration.id,
        "phone_number_id": number.id,
    }


async def _run(session: AsyncSession, principal: Principal, ids: dict[str, str], recordings: Path) -> str:
    began = utc_now() - timedelta(minutes=5)
    run = WorkflowRun(
        organization_id=principal.organization_id,
        telephony_configuration_id=ids["configuration_id"],
        workflow_id=ids["workflow_id"],
        workflow_version=1,
        phone_number_id=ids["phone_number_id"],
        direction=Direction.INBOUND,
        state=RunState.COMPLETED,
        outcome=Outcome.COMPLETED,
        hangup_cause={"code": 16, "text": "Normal Clearing", "sip_status": None},
        from_number="6001",
        to_number="8001",
        channel_id="1760000000.42",
        context={"caller_number": "6001", "channel_variables": {}},
        latency={"answer_ms": 180, "first_audio_ms": 240, "turns": []},
        recording_path="demo.wav",
        answered_at=began,
        ended_at=began + timedelta(seconds=RECORDING_S),
        duration_ms=RECORDING_S * 1000,
    )
    session.add(run)
    await session.flush()
    for position, text in enumerate(("Hello.", "Goodbye."), start=1):
        session.add(
            RunTurn(
                run_id=run.id,
                position=position,
                speaker=Speaker.AGENT,
                text=text,
                started_ms=position * 1000,
                ended_ms=position * 1000 + 500,
            )
        )
        session.add(RunEvent(run_id=run.id, position=position, at_ms=position, kind="said", detail={}))
    _write_silence(recordings / "demo.wav")
    return run.id


async def _invited(session: AsyncSession, principal: Principal) -> str:
    invited, _link = await users.invite(
        session, principal, email="guest@example.com", role=Role.VIEWER, now=utc_now()
    )
    return invited.id


def _write_silence(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(4 * 8000 * RECORDING_S))
