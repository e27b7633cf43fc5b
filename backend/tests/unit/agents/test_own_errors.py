"""An agent's own error comes out of its task groups as itself."""

from __future__ import annotations

import asyncio

import pytest

from asisso.agents.agent import AgentFailed, own_errors

pytestmark = pytest.mark.unit


async def fail(error: Exception) -> None:
    raise error


async def in_groups(error: Exception, depth: int) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(in_groups(error, depth - 1) if depth > 1 else fail(error))


@pytest.mark.parametrize("depth", [1, 2])
async def test_agents_error_is_told_as_it_is_however_deep(depth: int) -> None:
    with pytest.raises(AgentFailed, match="the voice died"), own_errors():
        await in_groups(AgentFailed("the voice died"), depth)


async def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(ExceptionGroup) as told, own_errors():
        await in_groups(KeyError("bug"), 1)
    assert isinstance(told.value.exceptions[0], KeyError)
