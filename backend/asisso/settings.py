"""The settings of an installation: environment variables and `.env`, prefix `ASISSO_`.

Owns reading and checking them. `.env.example` lists all of them; a name that is not there, or a value that
cannot be used, ends the start with one line that names it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from asisso.errors import ConfigurationError
from asisso.outbound_addresses import AddressPolicy

PREFIX = "ASISSO_"
MIN_SECRET_KEY_LENGTH = 32
MIN_PASSWORD_LENGTH = 8
MEDIA_PATH = "/api/v1/telephony/ws/ari"
DRIVERS = ("sqlite+aiosqlite", "postgresql+psycopg")
"""The database drivers that are tested."""

_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104


def _check_public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be http://host[:port] or https://host[:port]")
    if parts.path.rstrip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("must be only scheme, host and port")
    return f"{parts.scheme}://{parts.netloc}"


def _check_database_url(value: str) -> str:
    try:
        driver = make_url(value).drivername
    except ArgumentError:
        driver = ""
    if driver not in DRIVERS:
        raise ValueError(f"must begin with {' or '.join(f'{name}://' for name in DRIVERS)}")
    return value


def _check_recordings_url(value: str) -> str:
    if "://" in value and not value.startswith("file://"):
        raise ValueError("must be a folder; other kinds of storage are not supported yet")
    return value.removeprefix("file://")


class Settings(BaseModel):
    """Checked settings. Make them with `load_settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: Path = Path("data")
    database_url: Annotated[str, AfterValidator(_check_database_url)] | None = None
    database_pool_size: int = Field(default=10, ge=2, le=200)
    database_statement_timeout_s: int = Field(default=30, ge=1, le=3600)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: Annotated[str, AfterValidator(_check_public_url)] | None = None
    secret_key: SecretStr | None = Field(default=None, min_length=MIN_SECRET_KEY_LENGTH)
    previous_secret_key: SecretStr | None = Field(default=None, min_length=MIN_SECRET_KEY_LENGTH)
    admin_email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")
    admin_password: SecretStr | None = Field(default=None, min_length=MIN_PASSWORD_LENGTH)
    recordings_url: Annotated[str, AfterValidator(_check_recordings_url)] | None = None
    demo_pbx: bool = False
    log_format: Literal["console", "json"] = "console"
    allow_private_pbx_addresses: bool = True
    drain_timeout_s: int = Field(default=30, ge=0, le=3600)

    @cached_property
    def effective_database_url(self) -> str:
        """Where the data is; a SQLite file in the data folder unless said otherwise."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'asisso.db'}"

    @cached_property
    def dumps_dir(self) -> Path:
        """Where a PostgreSQL is dumped to before it is migrated."""
        return self.data_dir / "dumps"

    @cached_property
    def recordings_dir(self) -> Path:
        """The folder of recordings."""
        return Path(self.recordings_url) if self.recordings_url else self.data_dir / "recordings"

    @cached_property
    def effective_public_url(self) -> str:
        """How others reach this server, without a last slash."""
        return self.public_url or self.local_url

    @cached_property
    def local_url(self) -> str:
        """Where this server listens, seen from its own machine."""
        host = _LOOPBACK_OF.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @cached_property
    def media_url(self) -> str:
        """The WebSocket address Asterisk dials for media."""
        return "ws" + self.effective_public_url.removeprefix("http") + MEDIA_PATH

    @cached_property
    def address_policy(self) -> AddressPolicy:
        """Where this server may connect when somebody else says where."""
        return AddressPolicy(allow_private=self.allow_private_pbx_addresses)

    @cached_property
    def is_https(self) -> bool:
        """Whether browsers reach this server by TLS, so that cookies may demand it."""
        return self.effective_public_url.startswith("https://")


FILE_SUFFIX = "_FILE"
SECRETS = ("SECRET_KEY", "PREVIOUS_SECRET_KEY", "ADMIN_PASSWORD")
"""Settings that may be read from a file instead, named by the setting's name with `_FILE` behind it."""

NAMES = frozenset(PREFIX + name.upper() for name in Settings.model_fields) | {
    PREFIX + name + FILE_SUFFIX for name in SECRETS
}
"""Every setting there is."""


def load_settings(
    environment: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")
) -> Settings:
    """Read the settings; the environment wins over `.env`, an empty value counts as unset.

    Raises:
        ConfigurationError: an unknown name or a value that cannot be used; the message is one line.
    """
    given: dict[str, str | None] = dict(dotenv_values(dotenv)) if dotenv else {}
    given |= dict(os.environ if environment is None else environment)
    ours = {name: value for name, value in given.items() if name.upper().startswith(PREFIX)}
    unknown = sorted(name for name in ours if name not in NAMES)
    if unknown:
        raise ConfigurationError(f"{unknown[0]} is not a setting; .env.example lists all of them.")
    values: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): value for name, value in ours.items() if value
    }
    for secret in SECRETS:
        path = values.pop((secret + FILE_SUFFIX).lower(), None)
        if path is not None and secret.lower() not in values:
            values[secret.lower()] = _secret_in(path, PREFIX + secret + FILE_SUFFIX)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise ConfigurationError(f"{name}: {first['msg'].removeprefix('Value error, ')}.") from None
    if (settings.admin_email is None) != (settings.admin_password is None):
        raise ConfigurationError("ASISSO_ADMIN_EMAIL and ASISSO_ADMIN_PASSWORD must be set together.")
    if settings.previous_secret_key is not None and settings.secret_key is None:
        raise ConfigurationError("ASISSO_PREVIOUS_SECRET_KEY is of use only beside ASISSO_SECRET_KEY.")
    return settings


def _secret_in(path: str, name: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise ConfigurationError(f"{name}: {path} cannot be read: {reason}.") from None
