"""Ways to bring a call's machine to where a story begins."""

from __future__ import annotations

from asisso.calls import machine as m

MAX_DURATION_MS = 60_000
RING_TIMEOUT_MS = 20_000
TARGET = m.ToTarget("PJSIP/6001", ring_timeout_ms=20_000)
ATTENDED = m.ToTarget("PJSIP/6001", ring_timeout_ms=20_000, briefing="Ada is calling.")


def a_call(*, is_answered: bool = False, can_fall_back: bool = False) -> m.Call:
    return m.Call(
        m.Setting(max_duration_ms=MAX_DURATION_MS, is_answered=is_answered, can_fall_back=can_fall_back)
    )


def an_outbound_call() -> m.Call:
    return m.Call(m.Setting(max_duration_ms=MAX_DURATION_MS, ring_timeout_ms=RING_TIMEOUT_MS))


def set_up(call: m.Call) -> list[m.Command]:
    """Everything becomes ready, in the usual order; gives the commands of the last step."""
    call.begin()
    for event in (m.BridgeReady(), m.MediaEntered(1), m.AgentReady()):
        assert call.handle(event) == []
    return call.handle(m.MediaConnected(1))


def talking(*, can_fall_back: bool = False) -> m.Call:
    call = a_call(can_fall_back=can_fall_back)
    set_up(call)
    call.handle(m.Bridged(1))
    call.handle(m.Answered())
    assert call.state is m.State.TALKING
    return call


def finish_of(commands: list[m.Command]) -> m.Finish:
    (finish,) = [c for c in commands if isinstance(c, m.Finish)]
    return finish


def after_last_words(call: m.Call, commands: list[m.Command]) -> m.Finish:
    """The end of a call that says something first."""
    assert any(isinstance(c, m.Say) for c in commands)
    return finish_of(call.handle(m.Said()))
