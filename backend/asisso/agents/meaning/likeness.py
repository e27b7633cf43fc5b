"""How near a caller's words are to each of the ways out of a node: by meaning and by letters. Off the event loop.

The sentences a workflow gives as examples are looked at once and remembered, for all calls of the process.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from asisso.agents.meaning.encoder import Encoder, Vector
from asisso.agents.meaning.letters import letters
from asisso.agents.workers import Share, Workers
from asisso.workflows.steps import Choice

MEANING_SHARE: Final = 0.7
"""Of a likeness; the rest is of letters. Measured, as all numbers here, by `bench.meaning`."""

ELSE: Final = (
    "hello can you hear me",
    "are you there",
    "hang on a second",
    "wait a moment please",
    "let me think",
    "could you repeat that",
    "what did you say",
    "I did not understand",
    "what is the weather like",
    "tell me a joke",
    "who are you",
    "what is your name",
    "I am talking to someone else",
    "the music is too loud",
    "where is it",
    "how are you today",
    "I do not know",
    "never mind",
)
"""What callers say that is no way out of any node: words nearer to these are less like a choice."""

ELSE_MARGIN: Final = 0.05
ELSE_WEIGHT: Final = 0.7

MAX_REMEMBERED: Final = 5_000
"""Sentences; 5.6 kB each."""

SENTENCE_COST_S: Final = 0.006
AT_ONCE: Final = 16
"""Sentences in one job, so that those of a big workflow hold nobody up."""

LOOK_LIMIT_S: Final = 2.0
"""What a caller waits at most for examples nobody has looked at before; without them there is less to be like."""


class Meaning:
    """The likeness of words to choices. Belongs to the event loop's thread.

    Args:
        encoder: gives None where there is no model; then nothing is like anything.
    """

    def __init__(self, workers: Workers, encoder: Callable[[], Encoder | None]) -> None:
        self._workers = workers
        self._encoder = encoder
        self._remembered: OrderedDict[str, Vector] = OrderedDict()
        self._else: Vector | None = None

    async def likeness(
        self, text: str, choices: Sequence[Choice], *, share: Share | None = None
    ) -> Mapping[str, float]:
        """How near `text` is to the examples and the label of each choice, 0 to 1, by the edge's id.

        Choices without examples and label are left out, and so is everything where there is no model.

        Raises:
            AgentOverloaded: too much waits already, or it took too long.
        """
        encoder = self._encoder()
        sentences = {choice.edge_id: sentences_of(choice) for choice in choices}
        if encoder is None or not text.strip() or not any(sentences.values()):
            return {}
        await self._look_in_time(encoder, [s for group in sentences.values() for s in group], share)
        known = {
            edge_id: vectors
            for edge_id, group in sentences.items()
            if (vectors := [self._remembered[s] for s in group if s in self._remembered])
        }
        background = [self._remembered[s] for s in ELSE if s in self._remembered]
        return await self._workers.run(
            lambda: _compare(encoder, text, known, background),
            cost_s=SENTENCE_COST_S,
            share=share,
            is_urgent=True,
            task="finding the meaning",
        )

    async def warm(self, choices: Iterable[Choice]) -> None:
        """Look at the examples of a workflow before a caller waits for it, one small job after the other.

        Raises:
            AgentOverloaded: there is no time for it now.
        """
        encoder = self._encoder()
        if encoder is not None:
            await self._look(encoder, [s for choice in choices for s in sentences_of(choice)], None)

    async def _look_in_time(self, encoder: Encoder, sentences: Sequence[str], share: Share | None) -> None:
        try:
            async with asyncio.timeout(LOOK_LIMIT_S):
                await self._look(encoder, sentences, share)
        except TimeoutError:
            pass

    async def _look(self, encoder: Encoder, sentences: Sequence[str], share: Share | None) -> None:
        """Remember what is not yet; the background first, as it is part of every answer."""
        for sentence in sentences:
            if sentence in self._remembered:
                self._remembered.move_to_end(sentence)
        missing = [s for s in dict.fromkeys((*ELSE, *sentences)) if s not in self._remembered]
        for at in range(0, len(missing), AT_ONCE):
            part = missing[at : at + AT_ONCE]
            vectors = await self._workers.run(
                partial(_senses, encoder, part),
                cost_s=SENTENCE_COST_S * len(part),
                share=share,
                task="finding the meaning",
            )
            self._remember(part, vectors)

    def _remember(self, sentences: Sequence[str], vectors: Sequence[Vector]) -> None:
        self._remembered.update(zip(sentences, vectors, strict=True))
        for sentence in ELSE:
            if sentence in self._remembered:
                self._remembered.move_to_end(sentence)
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)


def sentences_of(choice: Choice) -> list[str]:
    """What a choice is known by: its examples, and what a person calls it."""
    return [text for text in (*choice.examples, choice.label) if text.strip()]


def _senses(encoder: Encoder, sentences: Sequence[str]) -> list[Vector]:
    return [_sense(encoder, sentence) for sentence in sentences]


def _sense(encoder: Encoder, sentence: str) -> Vector:
    """Meaning and letters in one vector, so that one product compares both. On a thread."""
    meaning = encoder.encode([sentence])[0] * np.float32(MEANING_SHARE**0.5)
    sense: Vector = np.concatenate((meaning, letters(sentence) * np.float32((1 - MEANING_SHARE) ** 0.5)))
    return sense


def _compare(
    encoder: Encoder, text: str, known: Mapping[str, Sequence[Vector]], background: Sequence[Vector]
) -> Mapping[str, float]:
    """The nearest sentence of each choice counts, less by how much nearer the words are to something else."""
    sense = _sense(encoder, text)
    size = sense.size - letters("").size
    meant = sense[:size] / MEANING_SHARE
    something_else = max((float(vector[:size] @ meant) for vector in background), default=-1.0)
    likeness = {}
    for edge_id, remembered in known.items():
        vectors = np.stack(remembered)
        nearest = float((vectors[:, :size] @ meant).max())
        less = ELSE_WEIGHT * max(0.0, something_else - nearest + ELSE_MARGIN)
        likeness[edge_id] = min(1.0, max(0.0, float((vectors @ sense).max()) - less))
    return likeness
