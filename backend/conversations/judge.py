"""Whether a conversation ended as its script says. Pure: the run as the API gives it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from .script import Conversation, Expected


def faults(conversation: Conversation, run: dict[str, Any]) -> list[str]:
    """What is not as it has to be, a sentence each; empty when all is well."""
    said = " ".join(turn["text"] for turn in run["transcript"] if turn["speaker"] == "agent").lower()
    interrupted = any(turn["interrupted"] for turn in run["transcript"] if turn["speaker"] == "agent")
    wrong = [
        (
            run["node_id"] == conversation.ends_at,
            f"it ended in {run['node_id']!r} instead of {conversation.ends_at!r}",
        ),
        (
            run["outcome"] == conversation.outcome,
            f"its outcome is {run['outcome']}, not {conversation.outcome}",
        ),
        *_of_values(conversation.gathered, run["gathered"], date.fromisoformat(run["created_at"][:10])),
        (not conversation.has_barge_in or interrupted, "nobody interrupted the agent"),
        *[(text.lower() in said, f"the agent never said {text!r}") for text in conversation.says],
    ]
    return [sentence for is_well, sentence in wrong if not is_well]


def _of_values(
    expected: Mapping[str, Expected], gathered: Mapping[str, Any], today: date
) -> Iterator[tuple[bool, str]]:
    for name in expected.keys() | gathered.keys():
        value = gathered.get(name)
        if name not in expected:
            yield False, f"it gathered {name}: {value!r}, which nobody said"
        else:
            wanted = expected[name]
            is_well = value == wanted if isinstance(wanted, str | bool) else wanted.means(value, today)
            yield is_well, f"it gathered {name}: {value!r} instead of {wanted!r}"
