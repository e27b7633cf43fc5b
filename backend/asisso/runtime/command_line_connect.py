"""`asisso connect-pbx`: enter a PBX into the running server and write the files that PBX needs.

Repeating it changes nothing of what people have set since; it only writes the files anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
from sqlmodel import col, select

from asisso.db.engine import Database
from asisso.db.models import Organization, Role
from asisso.errors import ConfigurationError
from asisso.services.principal import Principal

from .own_api import detail_of, passing_key

KEY_NAME = "asisso connect-pbx, for one run"
REQUEST_TIMEOUT_S = 30.0
SERVER_TIMEOUT_S = 60.0
"""How long a server that is still starting is waited for."""
RETRY_EVERY_S = 1.0
PAGE_LIMIT = "200"

GREETING = "Hello, this is your new voice agent. Say something, and I will repeat what I understood."
FAREWELL = "Goodbye."


@dataclass(frozen=True, slots=True)
class NewPbx:
    """A PBX to be known.

    Attributes:
        numbers: the extensions an agent answers.
        from_extensions: telephones calls are made from.
    """

    name: str
    ari_endpoint: str
    app_name: str
    app_password: str
    ws_client_name: str
    numbers: Sequence[str]
    from_extensions: Sequence[str]


async def connect_pbx(database: Database, server: str, pbx: NewPbx, files: Path) -> list[Path]:
    """Make the configuration, its numbers and a first workflow unless they are there; write Asterisk's files.

    Returns the files. `server` is the address of the running server.

    Raises:
        ConfigurationError: no organization yet, no server there, it refuses, or the files cannot be written.
    """
    principal = Principal(await _first_organization(database), Role.ADMIN)
    async with (
        passing_key(database, principal, KEY_NAME) as key,
        httpx.AsyncClient(
            base_url=f"{server.rstrip('/')}/api/v1",
            headers={"X-API-Key": key},
            timeout=REQUEST_TIMEOUT_S,
            trust_env=False,
        ) as http,
    ):
        await _wait_for(http, server)
        configuration_id = await _known(http, pbx.name) or await _entered(http, pbx)
        path = f"/telephony-configurations/{configuration_id}"
        rendered = await _asked(http, "GET", f"{path}/asterisk-config")
    return _write(files, rendered["files"])


async def _first_organization(database: Database) -> str:
    async with database.read_session() as session:
        found = await session.exec(select(Organization.id).order_by(col(Organization.created_at)).limit(1))
        organization_id = found.first()
    if organization_id is None:
        raise ConfigurationError("There is no organization yet; set up the server first.")
    return organization_id


async def _wait_for(http: httpx.AsyncClient, server: str) -> None:
    give_up_at = time.monotonic() + SERVER_TIMEOUT_S
    while True:
        try:
            await http.get("/auth/setup")
            return
        except httpx.TransportError as error:
            if time.monotonic() > give_up_at:
                raise ConfigurationError(f"No server answers at {server}.") from error
        await asyncio.sleep(RETRY_EVERY_S)


async def _known(http: httpx.AsyncClient, name: str) -> str | None:
    params = {"limit": PAGE_LIMIT}
    while True:
        page = await _asked(http, "GET", "/telephony-configurations", params=params)
        for configuration in page["items"]:
            if configuration["name"] == name:
                return str(configuration["id"])
        if page["next_cursor"] is None:
            return None
        params["cursor"] = page["next_cursor"]


async def _entered(http: httpx.AsyncClient, pbx: NewPbx) -> str:
    workflow = await _asked(http, "POST", "/workflows", json=_first_workflow(pbx.name))
    configuration = await _asked(
        http,
        "POST",
        "/telephony-configurations",
        json={
            "name": pbx.name,
            "provider": "ari",
            "ari_endpoint": pbx.ari_endpoint,
            "app_name": pbx.app_name,
            "app_password": pbx.app_password,
            "ws_client_name": pbx.ws_client_name,
            "from_extensions": list(pbx.from_extensions),
        },
    )
    for number in pbx.numbers:
        body = {"address": number, "inbound_workflow_id": workflow["id"]}
        await _asked(
            http, "POST", f"/telephony-configurations/{configuration['id']}/phone-numbers", json=body
        )
    return str(configuration["id"])


def _first_workflow(name: str) -> dict[str, Any]:
    return {
        "name": f"First call of {name}",
        "agent": {"kind": "embedded"},
        "definition": {
            "nodes": [
                {"id": "start", "type": "start", "data": {"say": GREETING}},
                {"id": "end", "type": "end", "data": {"say": FAREWELL}},
            ],
            "edges": [],
        },
    }


async def _asked(http: httpx.AsyncClient, method: str, path: str, **how: Any) -> Any:
    try:
        answer = await http.request(method, path, **how)
    except httpx.TransportError as error:
        raise ConfigurationError(f"The server did not answer: {error or type(error).__name__}.") from error
    if answer.is_error:
        raise ConfigurationError(f"The server refused it: {detail_of(answer)}")
    return answer.json()


def _write(folder: Path, files: Sequence[dict[str, str]]) -> list[Path]:
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            path = folder / PurePosixPath(file["path"]).name
            beside = path.with_suffix(".new")
            beside.write_text(file["content"])
            beside.replace(path)  # Asterisk never reads half a file
            written.append(path)
    except OSError as error:
        raise ConfigurationError(f"The files cannot be written: {error}.") from error
    return written
