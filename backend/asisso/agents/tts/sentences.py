"""Cuts text into the sentences that are spoken one by one, so that the first is heard while others are made."""

from __future__ import annotations

import re
from typing import Final

_MAX_CHARACTERS: Final = 200
"""A longer sentence is cut at a clause, so that no one waits for all of it; 200 are about 12 s of speech."""

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=\S)")
_CLAUSE_END: Final = re.compile(r"(?<=[,;:—])\s+")
_NO_END: Final = re.compile(r"(?:^|[\s(\"'“‘])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|vs|e\.g|i\.e|etc)\.$")


def split_sentences(text: str) -> list[str]:
    """Cut at ends of sentences and lines; titles, initials and decimals are none. No word is lost."""
    sentences: list[str] = []
    for line in text.splitlines():
        pending = ""
        for piece in _pieces(line.strip(), _SENTENCE_END):
            pending = f"{pending} {piece}" if pending else piece
            if not _NO_END.search(pending):
                sentences.append(pending)
                pending = ""
        if pending:
            sentences.append(pending)
    return [part for sentence in sentences for part in _short(sentence)]


def _pieces(text: str, ends: re.Pattern[str]) -> list[str]:
    """The parts of `text` between the matches, each with the closing quotes that the match swallowed."""
    parts: list[str] = []
    start = 0
    for match in ends.finditer(text):
        parts.append(text[start : match.end()].strip())
        start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _short(sentence: str) -> list[str]:
    if len(sentence) <= _MAX_CHARACTERS:
        return [sentence]
    parts: list[str] = []
    for clause in _pieces(sentence, _CLAUSE_END):
        if parts and len(parts[-1]) + 1 + len(clause) <= _MAX_CHARACTERS:
            parts[-1] += f" {clause}"
        else:
            parts.append(clause)
    return [part for clause in parts for part in _by_words(clause)]


def _by_words(clause: str) -> list[str]:
    """The last resort for text without punctuation."""
    parts: list[str] = []
    for word in clause.split():
        if parts and len(parts[-1]) + 1 + len(word) <= _MAX_CHARACTERS:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return parts
