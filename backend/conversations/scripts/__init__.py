"""The conversations, by the sample workflow that is called."""

from __future__ import annotations

from typing import Final

from ..script import Conversation
from .appointments import APPOINTMENTS
from .orders import ORDERS
from .reception import RECEPTION

CONVERSATIONS: Final[tuple[Conversation, ...]] = (*RECEPTION, *ORDERS, *APPOINTMENTS)
