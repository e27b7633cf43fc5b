"""`asisso doctor`: the checks from a shell beside the server.

A running server is asked by HTTP, with a key made for this one request: only it has the connection to the PBX and
takes the audio of the probes. Without a server everything else is checked from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from sqlalchemy import or_
from sqlmodel import col, select

from asisso.api.schemas.telephony_diagnostics import DiagnosticsOut, DiagnosticsRequest
from asisso.calls.directory import Directory
from asisso.clock import SystemClock
from asisso.db.engine import Database
from asisso.db.models import DiagnosisTrigger, Role, TelephonyConfiguration
from asisso.errors import ConfigurationError
from asisso.secret_keys import open_secret_box
from asisso.services.doctor import Doctor
from asisso.services.principal import Principal
from asisso.settings import Settings

from .own_api import detail_of, passing_key

REQUEST_TIMEOUT_S = 45.0
"""The checks themselves, and another check of the same PBX before them."""

KEY_NAME = "asisso doctor, for one request"
_MARKS = {"ok": "ok", "failed": "FAILED", "warning": "warning", "skipped": "-"}


async def find_configuration(database: Database, id_or_name: str) -> TelephonyConfiguration:
    """The configuration of this id or name.

    Raises:
        ConfigurationError: there is none, or several organizations have one of this name.
    """
    statement = select(TelephonyConfiguration).where(
        or_(col(TelephonyConfiguration.id) == id_or_name, col(TelephonyConfiguration.name) == id_or_name)
    )
    async with database.read_session() as session:
        found = (await session.exec(statement.limit(2))).all()
    if not found:
        raise ConfigurationError(f"There is no telephony configuration {id_or_name!r}.")
    if len(found) > 1:
        raise ConfigurationError(
            f"There are several telephony configurations {id_or_name!r}; give the id of one."
        )
    return found[0]


async def run_checks(
    settings: Settings, database: Database, row: TelephonyConfiguration, contexts: Sequence[str]
) -> dict[str, Any]:
    """The API's answer, by the server or without it."""
    answer = await _ask_server(settings, database, row, contexts)
    if answer is not None:
        return answer
    doctor = Doctor(settings, database, open_secret_box(settings), Directory(), SystemClock(), lambda: None)
    diagnosis = await doctor.examine(row.id, DiagnosisTrigger.COMMAND_LINE, contexts)
    if diagnosis is None:
        raise ConfigurationError("The telephony configuration was deleted meanwhile.")
    return DiagnosticsOut.model_validate(diagnosis).model_dump(mode="json")


async def _ask_server(
    settings: Settings, database: Database, row: TelephonyConfiguration, contexts: Sequence[str]
) -> dict[str, Any] | None:
    """None when no server of this database answers."""
    principal = Principal(row.organization_id, Role.OPERATOR)
    url = f"{settings.local_url}/api/v1/telephony-configurations/{row.id}/diagnostics"
    body = DiagnosticsRequest(contexts=list(contexts)).model_dump()
    async with passing_key(database, principal, KEY_NAME) as key, httpx.AsyncClient(trust_env=False) as http:
        try:
            answer = await http.post(
                url,
                json=body,
                headers={"X-API-Key": key},
                timeout=httpx.Timeout(REQUEST_TIMEOUT_S, connect=2),
            )
        except httpx.TransportError:
            return None
    if answer.status_code in (401, 404, 405):
        return None  # something else listens there, or the server of another database
    if answer.is_error:
        raise ConfigurationError(f"The server could not check it: {detail_of(answer)}")
    result: dict[str, Any] = answer.json()
    return result


def as_text(result: Mapping[str, Any]) -> str:
    """A result for a terminal: a line for each check, instructions below those that found something."""
    lines = []
    for step in result["steps"]:
        lines.append(f"{_MARKS[step['state']]:>8}  {step['title']} ({step['id']})")
        if step["state"] not in ("failed", "warning"):
            continue
        lines += [f"          {step['detail']}", f"          {step['fix']}"]
        if step["edit"] and step["edit"]["lines"]:
            lines.append(f"          In {step['edit']['path']}:")
            lines += [f"              {line}" for line in step["edit"]["lines"]]
        elif step["edit"]:
            lines.append(f"          The generated {step['edit']['path']} has it as it should be.")
        lines += [f"          $ {command}" for command in step["commands"]]
    lines += [f"          Changed: {sentence}" for sentence in result["drift"]]
    return "\n".join([*lines, "", result["verdict"]])
