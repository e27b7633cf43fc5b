import asyncio

import numpy as np
import pytest

from asisso.agents.echo import EchoAgent
from tests.fakes.line import FakeLine

pytestmark = pytest.mark.unit


async def test_echo_gives_back_every_frame_of_the_conversation_and_nothing_outside_it():
    agent, line = EchoAgent(), FakeLine()
    frame = np.arange(320, dtype=np.int16)
    agent.hear(frame)
    conversation = asyncio.create_task(agent.converse(line))
    await asyncio.sleep(0)
    agent.hear(frame)
    conversation.cancel()
    with pytest.raises(asyncio.CancelledError):
        await conversation
    agent.hear(frame)

    assert len(line.live) == 1
    assert line.live[0] is frame
