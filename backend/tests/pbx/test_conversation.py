"""A caller talks with the reception on a real Asterisk: meaning, values, confirmation, and the last words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from asisso.agents.tts.hibari import Hibari
from asisso.agents.tts.synthesizer import SYNTHESIS_HZ
from asisso.workflows.phrases import NOT_TAKEN
from asisso.workflows.samples import samples
from bench.stage import Stage
from pbxlab.telephone import EndKind, PhoneCall, Telephone
from tests.pbx.calls import completed, ending, hears_out, live_run, noted, texts
from tests.pbx.speech import alike
from tests.pbx.stages import add_number

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

(RECEPTION,) = [sample for sample in samples() if sample.id == "reception"]
STAGE: Mapping[str, Any] = {"workflow": RECEPTION.definition}

Speak = Callable[[PhoneCall, str], Any]


@pytest.fixture(scope="module")
def speak() -> Speak:
    """Says a sentence into a call, by the product's own voice, and waits until the agent has answered."""
    voice = Hibari.load()

    async def say(call: PhoneCall, sentence: str) -> None:
        call.play(np.asarray(voice.synthesize(sentence)), SYNTHESIS_HZ)
        said_at = await call.played()
        await call.hears_audio(since=said_at)
        await hears_out(call)

    return say


@pytest_asyncio.fixture(loop_scope="module")
async def call(lab: Stage, telephone: Telephone) -> PhoneCall:
    """A call whose greeting is over."""
    dialled = await telephone.dial("8000", caller_number="5001")
    await dialled.hears_audio()
    await hears_out(dialled)
    return dialled


async def test_reception_tells_its_hours_and_takes_a_message(
    lab: Stage, call: PhoneCall, speak: Speak
) -> None:
    run = await live_run(lab, "5001")
    await speak(call, "Are you open on Saturday?")
    await speak(call, "I would like to leave a message, please.")
    await speak(call, "My name is John Smith.")
    await speak(call, "Yes.")
    call.send_digits("5550147#")
    keyed_at = await call.played()
    await call.hears_audio(since=keyed_at)
    await hears_out(call)
    await speak(call, "Yes, that is right.")
    await speak(call, "Please tell them that the delivery came too late.")
    await speak(call, "No thank you, goodbye.")

    assert (await call.ended()).kind is EndKind.REMOTE_BYE
    run = await completed(lab, run)
    assert ending(run) == ("completed", "agent")
    said = " ".join(texts(run, "agent"))
    assert "We are open Monday to Friday, from nine to five." in said
    assert "I have John Smith. Is that right?" in said
    assert "Thank you, John Smith." in said
    assert said.endswith("Thank you for calling. Goodbye.")
    assert alike(texts(run, "caller")[-2], "Please tell them that the delivery came too late.") > 0.6
    figures = await noted(lab, run, "turn")
    assert figures.keys() >= {"endpointing_ms", "recognition_ms", "meaning_ms", "turn_latency_ms"}


async def test_caller_who_interrupts_with_a_wish_is_put_through_and_comes_back(
    lab: Stage, telephone: Telephone, speak: Speak
) -> None:
    desk: dict[str, Any] = {
        "nodes": [
            {
                "id": "start",
                "type": "start",
                "data": {"say": "Welcome. We are open every day from nine to five."},
            },
            {
                "id": "desk",
                "type": "transfer",
                "data": {"to": "PJSIP/nobody", "say": "I will put you through."},
            },
            {"id": "end", "type": "end", "data": {"say": "Goodbye."}},
        ],
        "edges": [
            {
                "id": "person",
                "source": "start",
                "target": "desk",
                "data": {"label": "a person", "examples": ["can I talk to somebody"]},
            }
        ],
    }
    await add_number(lab, "8050", workflow=desk)
    call = await telephone.dial("8050", caller_number="5002")
    await call.until(lambda: len(call.heard) > 80, "a second and a half of the greeting", 10)
    run = await live_run(lab, "5002")
    await speak(call, "I want to talk to a human being.")
    await hears_out(call)
    await speak(call, "Okay, goodbye.")

    await call.ended()
    run = await completed(lab, run)
    said = " ".join(texts(run, "agent"))
    assert run["transcript"][0]["interrupted"]
    assert said.endswith(f"I will put you through. {NOT_TAKEN} Goodbye.")
