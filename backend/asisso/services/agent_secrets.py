"""The secrets inside a workflow's `agent`: sealed beside the document, in one piece for each row that has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from asisso.agents import secret_places
from asisso.agents.secret_places import MovedSecret, Path, secret_names
from asisso.agents.spec import AGENT_ADAPTER, parse_agent_spec
from asisso.errors import ConfigurationError, InvalidInput
from asisso.ids import new_id
from asisso.security import SecretBox

COLUMN: Final = "agent_secrets_encrypted"
DRAFT: Final = "workflow"
VERSION: Final = "workflow_version"


class _Row(Protocol):
    id: str
    agent: dict[str, Any]
    agent_secrets_encrypted: str
    agent_secrets_revision: str


@dataclass(frozen=True, slots=True)
class CheckedAgent:
    """An agent that can be run: the document to be shown, and its secrets."""

    document: dict[str, Any]
    secrets: Mapping[Path, str]

    def put_into(self, row: _Row, before: Mapping[Path, str] | None, box: SecretBox) -> None:
        """Make it a draft's agent.

        Args:
            before: the secrets the draft has; None when nobody can read them any more.
        """
        row.agent = self.document
        if self.secrets != before:
            row.agent_secrets_encrypted = seal(self.secrets, box, DRAFT, row.id)
            row.agent_secrets_revision = new_id() if self.secrets else ""


def check_agent(
    agent: dict[str, Any],
    *,
    before: dict[str, Any] | None = None,
    secrets: Mapping[Path, str] | None = None,
) -> CheckedAgent:
    """Read what a person sent.

    Args:
        before: the agent it takes the place of, whose `secrets` stay where they are left out.

    Raises:
        InvalidInput: the agent cannot be run, or a secret has to be entered again.
    """
    names = secret_names(AGENT_ADAPTER)
    try:
        given, kept = secret_places.changed(agent, before=before or {}, secrets=secrets or {}, names=names)
        whole = secret_places.whole(given, kept, names)
        found = secret_places.secrets_of(parse_agent_spec(whole))
    except MovedSecret as error:
        raise InvalidInput(f"{error}.", location=("body", "agent"), kind="secret_missing") from None
    except ValueError as error:
        faults = "; ".join(str(error).splitlines())
        raise InvalidInput(f"{faults}.", location=("body", "agent")) from None
    return CheckedAgent(secret_places.shown(whole, found), found)


def open_secrets(
    agent: dict[str, Any], sealed: str, box: SecretBox, table: str, row_id: str
) -> dict[str, Any]:
    """A stored agent with its secrets in clear, for `parse_agent_spec`.

    Raises:
        ConfigurationError: they were sealed with another key.
    """
    return secret_places.whole(agent, unseal(sealed, box, table, row_id), secret_names(AGENT_ADAPTER))


def readable(sealed: str, box: SecretBox, table: str, row_id: str) -> dict[Path, str] | None:
    """A row's secrets; None when they were sealed with a key that is lost, so that they can be entered again."""
    try:
        return unseal(sealed, box, table, row_id)
    except ConfigurationError:
        return None


def unseal(sealed: str, box: SecretBox, table: str, row_id: str) -> dict[Path, str]:
    """A row's secrets.

    Raises:
        ConfigurationError: they were sealed with another key.
    """
    if not sealed:
        return {}
    opened = box.open(sealed, table=table, column=COLUMN, row_id=row_id)
    return {tuple(path): secret for path, secret in json.loads(opened)}


def seal(secrets: Mapping[Path, str], box: SecretBox, table: str, row_id: str) -> str:
    """Secrets for one row; empty when there are none."""
    if not secrets:
        return ""
    return box.seal(json.dumps(list(secrets.items())), table=table, column=COLUMN, row_id=row_id)
