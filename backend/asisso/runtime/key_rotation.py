"""`asisso rotate-key`: the order in which a new key comes, takes over, and the old one goes."""

from __future__ import annotations

import asyncio

from asisso.db.engine import Database
from asisso.errors import ConfigurationError
from asisso.secret_keys import (
    changing_keys,
    load_secret_keys,
    new_secret_key,
    open_secret_box,
    write_secret_keys,
)
from asisso.services.key_rotation import require_readable, reseal
from asisso.settings import Settings

SETTLE_S = 6.0
"""A running server's write that was sealed with the old key is committed by then, or has failed: it waits no longer
for the database (`SQLITE_BUSY_TIMEOUT_MS`)."""


async def rotate(settings: Settings, database: Database, *, settle_s: float = SETTLE_S) -> str:
    """Replace the key, or finish what an earlier run began. Returns a sentence for the person.

    Raises:
        ConfigurationError: a secret can't be read, or the settings do not name two keys; nothing was changed.
    """
    if settings.secret_key is None:
        with changing_keys(settings):
            return await _rotate_file(settings, database, settle_s)
    if settings.previous_secret_key is None:
        raise ConfigurationError(
            "Put the new key into ASISSO_SECRET_KEY and the old one into ASISSO_PREVIOUS_SECRET_KEY, start every "
            "server anew, and run this again."
        )
    box = open_secret_box(settings)
    await require_readable(database, box)
    count = await reseal(database, box)
    return f"{_secrets(count)} sealed with the new key. Remove ASISSO_PREVIOUS_SECRET_KEY from every server."


async def _rotate_file(settings: Settings, database: Database, settle_s: float) -> str:
    keys = load_secret_keys(settings)
    await require_readable(database, open_secret_box(settings))
    if len(keys) == 1:
        keys = [new_secret_key(), *keys]
        write_secret_keys(settings, keys)
    box = open_secret_box(settings)
    count = await reseal(database, box)
    await asyncio.sleep(settle_s)
    count += await reseal(database, box)
    write_secret_keys(settings, keys[:1])
    return f"{_secrets(count)} sealed with the new key, and the old one is gone."


def _secrets(count: int) -> str:
    return "1 secret is" if count == 1 else f"{count} secrets are"
