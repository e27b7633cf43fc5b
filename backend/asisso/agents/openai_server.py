"""A server that speaks OpenAI's HTTP protocol, whoever runs it: its settings, a guarded client, its errors.

Every connection is judged by `outbound_addresses`, redirects are not followed, nothing is retried here, and what
`OPENAI_*` variables of this machine's environment say concerns nobody's requests.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Annotated, Any, Final, cast

import httpx
import httpx2
from openai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    Omit,
)
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from asisso import __version__
from asisso.agents.model_error import ModelError
from asisso.agents.secret import Secret
from asisso.outbound_addresses import AddressPolicy
from asisso.outbound_http import ConnectionRefusedHere, guarded_transport

OPENAI_URL: Final = "https://api.openai.com/v1"
CONNECT_TIMEOUT_S: Final = 2.0
"""For name, TCP and TLS each: who is farther away than this cannot hold a conversation either."""

WRITE_TIMEOUT_S: Final = 5.0
LIMITS: Final = httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=120)
"""Of one call: a language model, a second one, recognition and some sentences being spoken."""

_MAX_TOLD: Final = 200
"""Characters of a server's own words in an error."""

ServerUrl = Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s/@]+(/[^\s@]*)?$")]
ModelName = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(ge=0.05, le=60, allow_inf_nan=False)]


class OpenAIServer(BaseModel):
    """Where a model is, and who asks it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    base_url: ServerUrl = Field(
        OPENAI_URL,
        description="The address its paths begin with, such as http://127.0.0.1:11434/v1 for Ollama.",
    )
    api_key: Secret = Field(
        SecretStr(""), description="Sent as a bearer token; empty where none is asked for."
    )


def openai_client(server: OpenAIServer, policy: AddressPolicy) -> AsyncOpenAI:
    """A client of one call; whoever makes it closes it."""
    http = httpx.AsyncClient(
        transport=guarded_transport(policy, verify=_tls(), limits=LIMITS),
        follow_redirects=False,
        trust_env=False,
    )
    return AsyncOpenAI(
        api_key=server.api_key.get_secret_value() or "none",
        base_url=server.base_url,
        max_retries=0,
        # The first answer's byte has limits of its own, which know what is asked for.
        timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S, write=WRITE_TIMEOUT_S, pool=WRITE_TIMEOUT_S),
        # The client takes an httpx client as well as the httpx2 one of its annotation.
        http_client=cast("httpx2.AsyncClient", http),
        default_headers=cast(
            "Any",
            {
                "User-Agent": f"Asisso/{__version__}",
                "OpenAI-Organization": Omit(),
                "OpenAI-Project": Omit(),
            },
        ),
    )


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Reading all certificates takes 20 ms: once for all calls."""
    return httpx.create_ssl_context(trust_env=False)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn what the client raises into a `ModelError`; `what` begins its sentence, such as "The language model"."""
    try:
        yield
    except APIError as error:
        raise _model_error(what, error) from None
    except (httpx.TransportError, httpx2.TransportError, ssl.SSLError, OSError) as error:
        text = f"{what} broke the connection off: {type(error).__name__}."
        raise ModelError(text, code="model_unreachable", retryable=True) from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # What a client library makes of answers that do not follow the protocol.
        text = f"{what} answered what its protocol does not know ({type(error).__name__})."
        raise ModelError(text, code="model_garbled", retryable=True) from None


def _model_error(what: str, error: APIError) -> ModelError:
    match error:
        case APIStatusError():
            return _status_error(what, error)
        case APITimeoutError():
            return ModelError(
                f"{what} could not be reached in time.", code="model_unreachable", retryable=True
            )
        case APIConnectionError():
            refused = _refusal(error)
            if refused is not None:
                return ModelError(str(refused), code="model_refused", retryable=False)
            return ModelError(
                f"{what} could not be reached: {_cause(error)}.", code="model_unreachable", retryable=True
            )
    return ModelError(
        f"{what} reported an error: {_short(error.message)}", code="model_broken", retryable=True
    )


def _status_error(what: str, error: APIStatusError) -> ModelError:
    status = error.status_code
    match status:
        case 401 | 403:
            return ModelError(
                f"{what} refused the key ({status}): check api_key.",
                code="model_unauthorized",
                retryable=False,
            )
        case 404:
            text = f"{what} is not known there (404): check base_url and model."
            return ModelError(text, code="model_not_found", retryable=False)
        case 408 | 409 | 425 | 429:
            text = f"{what} has too much to do ({status})."
            return ModelError(text, code="model_busy", retryable=True, retry_after_s=_retry_after_s(error))
        case _ if 300 <= status < 400:
            text = f"{what} has moved ({status}): redirects are not followed, so give the new base_url."
            return ModelError(text, code="model_refused", retryable=False)
        case _ if status < 500:
            text = f"{what} refused the request ({status}): {_short(error.message)}"
            return ModelError(text, code="model_refused", retryable=False)
    return ModelError(f"{what} is broken ({status}).", code="model_broken", retryable=True)


def _retry_after_s(error: APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None


def _refusal(error: BaseException | None) -> ConnectionRefusedHere | None:
    while error is not None:
        if isinstance(error, ConnectionRefusedHere):
            return error
        error = error.__cause__ or error.__context__
    return None


def _cause(error: APIError) -> str:
    cause = error.__cause__
    return _short(str(cause)) if cause is not None and str(cause) else "no connection"


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TOLD else text[:_MAX_TOLD] + "…"
