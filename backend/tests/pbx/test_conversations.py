"""Callers with human and synthetic voices talk to the sample workflows: a few of what `make conversations` has."""

from __future__ import annotations

import pytest

from bench.product import Product
from conversations.dictation import dictate, prompts
from conversations.place import open_place
from conversations.run import results
from conversations.scripts import CONVERSATIONS
from pbxlab.provision import AsteriskRoot

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

SOME = (
    "where an order is",
    "nobody in sales, and no message",
    "the opening hours are interrupted",
    "a human interrupts the greeting",
    "a street around somebody who wants to buy",
    "a key in the middle of the greeting",
)
"""None needs other voices than those that are always there."""

FAILING_AT_MOST = 1
"""Recognition is never sure: of all that there are, `make conversations` asks for 95 %."""

PROMPTS = 12
HIGHEST_ERROR_RATE = 0.1
"""Of a dozen prompts one word counts for much; over a hundred, `make conversations` asks for 6 %."""


@pytest.mark.timeout(180)
async def test_conversations_end_in_the_right_node_with_the_right_values(
    product: Product, asterisk_root: AsteriskRoot
) -> None:
    chosen = [conversation for conversation in CONVERSATIONS if conversation.name in SOME]
    assert len(chosen) == len(SOME)

    async with open_place(product, asterisk_root) as place:
        ended = [result async for result in results(place, chosen)]

    assert len(ended) == len(SOME)
    failed = [result.line() for result in ended if result.faults]
    assert len(failed) <= FAILING_AT_MOST, failed


@pytest.mark.timeout(180)
async def test_recorded_human_speech_is_in_the_transcript_word_by_word(
    product: Product, asterisk_root: AsteriskRoot
) -> None:
    dictated = await dictate(product, asterisk_root, prompts(PROMPTS))

    assert len(dictated.prompts) == PROMPTS
    assert dictated.errors.words > PROMPTS * 4
    assert dictated.errors.rate <= HIGHEST_ERROR_RATE, [one.line() for one in dictated.prompts]
