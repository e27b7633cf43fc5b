"""What tests do to a stage: further numbers, and changes of its configuration."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from bench.product import Product
from bench.stage import APP_PASSWORD, GREETING, Stage, definition
from pbxlab.telephone import Telephone

MENDED_WITHIN_S = 3.0
"""A change is taken up by a hint; without one it would take the 5 s until the rows are read again."""

STAGES = pytest.StashKey[list[Stage]]()
"""Under the session: the stages that are open."""

OpenStage = Callable[..., Awaitable[Stage]]
"""Takes the product and the named arguments of `bench.stage.stage`; does not wait for the connection."""

TelephoneAt = Callable[[Stage], Awaitable[Telephone]]
StartProduct = Callable[..., Product]
"""Takes settings without their prefix."""


@contextmanager
def reported(request: pytest.FixtureRequest, used: Stage) -> Iterator[None]:
    """Show the logs of a stage in the report of every test that fails while it is open."""
    stages = request.session.stash.setdefault(STAGES, [])
    stages.append(used)
    try:
        yield
    finally:
        stages.remove(used)


async def add_number(
    on: Stage,
    address: str,
    *,
    agent: Mapping[str, Any] | None = None,
    greeting: str = GREETING,
    workflow: Mapping[str, Any] | None = None,
    has_workflow: bool = True,
    is_active: bool = True,
) -> str | None:
    """Put a number under the stage's configuration; gives its workflow's id."""
    workflow_id = None
    if has_workflow:
        name = f"{address} of {on.asterisk.name}"
        workflow_id = await add_workflow(on, greeting=greeting, workflow=workflow, agent=agent, name=name)
    await on.api.post(
        f"{on.path}/phone-numbers", address=address, inbound_workflow_id=workflow_id, is_active=is_active
    )
    return workflow_id


async def add_workflow(
    on: Stage,
    *,
    greeting: str = GREETING,
    workflow: Mapping[str, Any] | None = None,
    agent: Mapping[str, Any] | None = None,
    name: str = "another",
) -> str:
    """A further workflow, the smallest one unless told; gives its id."""
    made = await on.api.post(
        "/workflows",
        name=name,
        definition=dict(workflow or definition(greeting)),
        agent={"kind": "embedded", **(agent or {})},
    )
    return str(made["id"])


@asynccontextmanager
async def limits(on: Stage, **values: int) -> AsyncIterator[None]:
    """The organization has these limits for a while."""
    await on.api.patch("/organization", **values)
    try:
        yield
    finally:
        await on.api.patch("/organization", **dict.fromkeys(values))


@asynccontextmanager
async def changed(on: Stage, **fields: Any) -> AsyncIterator[None]:
    """The configuration is edited for a while. Mended again, it is connected at once, without any restart."""
    before = await on.api.get(on.path)
    restored = {name: before[name] for name in fields if name in before} | (
        {"app_password": APP_PASSWORD} if "app_password" in fields else {}
    )
    await on.api.patch(on.path, **fields)
    try:
        yield
    finally:
        await on.api.patch(on.path, **restored)
        await on.becomes("connected", MENDED_WITHIN_S)
