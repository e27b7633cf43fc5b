"""How well callers' words are understood without a language model: sentences over the samples, and what became of them.

`utterances.json` has two sets: to one the numbers of `agents.meaning` and `workflows.choosing` were fitted, the other
was written afterwards and is what counts. Both hold sentences as bad lines and recognisers make them, and sentences
that mean none of the choices.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from asisso.agents.meaning.likeness import Meaning
from asisso.agents.meaning.minilm import MiniLm
from asisso.agents.workers import Workers
from asisso.workflows.choosing import choose
from asisso.workflows.definition import WorkflowDefinition, parse_definition
from asisso.workflows.offers import Offers
from asisso.workflows.samples import samples
from asisso.workflows.wishes import wish
from asisso.workflows.words import said

UTTERANCES = Path(__file__).with_name("utterances.json")


async def main() -> list[dict[str, Any]]:
    """One result for each set."""
    definitions = {sample.id: parse_definition(sample.definition) for sample in samples()}
    workers = Workers("meaning", threads=1, max_waiting=64, limit_s=10)
    encoder = MiniLm.load()
    meaning = Meaning(workers, lambda: encoder)
    cases: list[dict[str, Any]] = json.loads(UTTERANCES.read_text("utf-8"))
    results = [
        await _measure(name, [case for case in cases if case["set"] == name], definitions, meaning)
        for name in ("tuned", "held out")
    ]
    workers.close()
    return results


async def _measure(
    name: str,
    cases: list[dict[str, Any]],
    definitions: dict[str, WorkflowDefinition],
    meaning: Meaning,
) -> dict[str, Any]:
    verdicts: Counter[str] = Counter()
    mistaken: list[str] = []
    took_ms: list[float] = []
    for case in cases:
        definition = definitions[case["workflow"]]
        choices = Offers(definition).choices(case["node"])
        await meaning.warm(choices)
        began = time.perf_counter()
        likeness = await meaning.likeness(case["text"], choices)
        took_ms.append((time.perf_counter() - began) * 1000)
        words = said(case["text"])
        meant = choose(words, choices, likeness)
        targets = {edge.id: edge.target for edge in definition.edges}
        chosen = {targets[choice.edge_id] for choice in meant}
        wanted = targets[case["edge"]] if case["edge"] else None
        verdict = _verdict(chosen, wanted, wish(words))
        verdicts[verdict] += 1
        if verdict in ("wrong", "taken for something"):
            mistaken.append(f"{case['text']} -> {', '.join(chosen)}")
    return {
        "bench": "meaning",
        "set": name,
        "sentences": len(cases),
        **{verdict: verdicts[verdict] for verdict in VERDICTS},
        "p50_ms": round(sorted(took_ms)[len(took_ms) // 2], 1),
        "mistaken": mistaken,
    }


VERDICTS = ("right", "asked which of two", "asked again", "wrong", "left alone", "taken for something")


def _verdict(chosen: set[str], wanted: str | None, wished: str | None) -> str:
    if wanted is None:
        return "left alone" if len(chosen) != 1 or wished else "taken for something"
    if chosen == {wanted} or (wished == "goodbye" and wanted == "bye"):
        return "right"
    if len(chosen) > 1 and wanted in chosen:
        return "asked which of two"
    return "wrong" if len(chosen) == 1 else "asked again"


if __name__ == "__main__":
    for result in asyncio.run(main()):
        print(json.dumps(result))
