"""The conversations, by the sample workflow that is called."""

from __future__ import annotations

from typing import Final

from ..script import Conversation

CONVERSATIONS: Final[tuple[Conversation, ...]] = ()
