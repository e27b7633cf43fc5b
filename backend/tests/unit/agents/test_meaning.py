"""What words are like: with the real weights, and how the process keeps what it has looked at."""

import asyncio
import threading
from contextlib import asynccontextmanager

import numpy as np
import pytest

from asisso.agents.meaning import likeness as module
from asisso.agents.meaning.letters import letters
from asisso.agents.meaning.likeness import ELSE, Meaning
from asisso.agents.meaning.minilm import MiniLm
from asisso.agents.workers import Workers
from asisso.workflows.steps import Choice
from tests.fakes.speech import WordEncoder

pytestmark = pytest.mark.unit

ORDER = Choice("order", "an order", "", ("where is my order", "has my parcel been shipped"), "1")
INVOICE = Choice("invoice", "", "", ("I have a question about my invoice", "I was charged twice"), "2")
PERSON = Choice("person", "a person", "", ("can I talk to a person", "operator please"), "0")
CHOICES = (ORDER, INVOICE, PERSON, Choice("keys only", "", "", (), "9"))


@pytest.fixture(scope="module")
def minilm():
    return MiniLm.load()


@asynccontextmanager
async def meaning_with(encoder):
    workers = Workers("test", threads=2, max_waiting=64, limit_s=5)
    try:
        yield Meaning(workers, lambda: encoder)
    finally:
        workers.close()


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("When will my package arrive?", "order"),
        ("I think you charged me too much.", "invoice"),
        ("Let me speak to a human being.", "person"),
        ("Where is my oarder?", "order"),
        ("A question about my in voice.", "invoice"),
    ],
)
async def test_words_are_nearest_to_what_they_mean_also_through_a_bad_line(minilm, text, nearest):
    async with meaning_with(minilm) as meaning:
        found = await meaning.likeness(text, CHOICES)

    assert max(found, key=found.get) == nearest
    assert found[nearest] > 0.28
    assert "keys only" not in found
    assert all(0 <= value <= 1 for value in found.values())


@pytest.mark.parametrize(
    "text", ["What is the weather like tomorrow?", "Hello? Can you hear me?", "My cat is ill."]
)
async def test_other_words_are_like_nothing(minilm, text):
    async with meaning_with(minilm) as meaning:
        assert max((await meaning.likeness(text, CHOICES)).values()) < 0.28


def test_a_sentence_does_not_depend_on_those_beside_it(minilm):
    alone = minilm.encode(["where is my order"])[0]
    beside = minilm.encode(
        ["hello", "where is my order", "I would like to talk to the accounting department"]
    )[1]

    assert np.array_equal(alone, beside)
    assert float(alone @ alone) == pytest.approx(1, abs=1e-5)


def test_a_novel_is_cut_and_nothing_is_taken(minilm):
    assert minilm.encode(["order " * 5_000]).shape == (1, 384)
    assert np.isfinite(minilm.encode([""])).all()


def test_letters_see_through_what_recognisers_write():
    assert letters("Can I leave a massage?") @ letters("leave a message") > 0.6
    assert letters("my in voice") @ letters("my invoice") > 0.6
    assert letters("sails") @ letters("parcel") < 0.2
    assert not letters("I would like to, please").any()
    assert not letters("").any()


async def test_examples_are_looked_at_once_for_all_calls():
    encoder = WordEncoder()
    async with meaning_with(encoder) as meaning:
        await meaning.warm(CHOICES)
        warmed = len(encoder.looked_at)
        await meaning.likeness("where is it", CHOICES)
        await meaning.likeness("operator", (PERSON,))

    assert warmed == len(ELSE) + 6 + 2, "examples and labels"
    assert encoder.looked_at[warmed:] == ["where is it", "operator"]


async def test_what_is_remembered_is_bounded_and_the_background_stays(monkeypatch):
    monkeypatch.setattr(module, "MAX_REMEMBERED", len(ELSE) + 2)
    encoder = WordEncoder()
    async with meaning_with(encoder) as meaning:
        for number in range(5):
            await meaning.warm([Choice("x", "", "", (f"example {number}",), "")])

        assert len(meaning._remembered) == len(ELSE) + 2
        assert set(ELSE) <= meaning._remembered.keys()
        assert "example 4" in meaning._remembered


async def test_caller_does_not_wait_long_for_examples_nobody_has_looked_at(monkeypatch):
    monkeypatch.setattr(module, "LOOK_LIMIT_S", 0.05)

    class Slow(WordEncoder):
        def encode(self, sentences):
            if sentences[0].startswith("example"):
                may_go_on.wait(1)
            return super().encode(sentences)

    may_go_on = threading.Event()
    many = Choice("many", "", "", tuple(f"example {number}" for number in range(40)), "")
    async with meaning_with(Slow()) as meaning:
        await meaning.warm([ORDER])
        async with asyncio.timeout(0.8):
            found = await meaning.likeness("where is my order", (ORDER, many))
        may_go_on.set()

    assert found.keys() == {"order"}
    assert found["order"] > 0.9


async def test_without_a_model_nothing_is_like_anything():
    async with meaning_with(None) as meaning:
        await meaning.warm(CHOICES)
        assert await meaning.likeness("where is my order", CHOICES) == {}


async def test_no_words_are_like_nothing():
    async with meaning_with(WordEncoder()) as meaning:
        assert await meaning.likeness("  ", CHOICES) == {}
