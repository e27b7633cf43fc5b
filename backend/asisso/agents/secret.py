"""Texts inside an agent's settings that nobody may read back, such as the key of a model's server."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

Secret = Annotated[
    SecretStr,
    Field(max_length=500, strict=False, json_schema_extra={"writeOnly": True, "format": "password"}),
]
"""Sealed where a workflow is stored, left out of every answer, open only in the agent of a call."""
