"""Calls to the sample order line: numbers, a lookup in another program, reasons for a return."""

from __future__ import annotations

from typing import Final

from ..script import Conversation, Noise
from .speakers import ann, human, ian, kal, keys, rob, spelled, sue

ON_THE_TRUCK: Final = {"order_number": "471102", "status": "on the truck", "arrives": "tomorrow"}
READY: Final = {"order_number": "555123", "status": "ready to be picked up", "arrives": "today"}
UNPAID: Final = {"order_number": "908070", "status": "waiting for payment", "arrives": "in a week"}

ORDERS: Final = (
    Conversation(
        "where an order is",
        "orders",
        (
            ann("My package still hasn't come."),
            ann("four seven one one zero two"),
            ann("Yes."),
            ann("No thanks, that is all."),
        ),
        ends_at="bye",
        gathered=ON_THE_TRUCK,
        says=("on the truck",),
    ),
    Conversation(
        "keys alone",
        "orders",
        (keys("1"), keys("555123"), keys("1"), human("vm-goodbye")),
        ends_at="bye",
        gathered=READY,
        says=("ready to be picked up",),
    ),
    Conversation(
        "a human reads out the order number",
        "orders",
        (keys("1"), spelled("908070"), kal("That is right."), rob("Nothing else, thanks.")),
        ends_at="bye",
        gathered=UNPAID,
        says=("waiting for payment",),
    ),
    Conversation(
        "no, I said",
        "orders",
        (
            rob("Where is my parcel?"),
            rob("five five five one two four"),
            rob("No, I said five five five one two three."),
            rob("Yes, that is correct."),
            rob("No, that's everything."),
        ),
        ends_at="bye",
        gathered=READY,
        says=("ready to be picked up",),
    ),
    Conversation(
        "a correction in the same breath",
        "orders",
        (
            ann("Can you tell me when my delivery arrives?"),
            ann("four seven one, no wait, four seven one one zero two"),
            ann("Yes, exactly."),
            ann("No, thank you."),
        ),
        ends_at="bye",
        gathered=ON_THE_TRUCK,
    ),
    Conversation(
        "somebody looks for the rest of the number",
        "orders",
        (
            ann("I would like to track my order."),
            ann("nine zero eight", 900, "zero seven zero"),
            ann("Yes."),
            ann("That was everything."),
        ),
        ends_at="bye",
        gathered=UNPAID,
    ),
    Conversation(
        "a number that is too short is asked for again",
        "orders",
        (
            ann("Has my order been sent?"),
            ann("four seven one"),
            ann("four seven one one zero two"),
            ann("Yes."),
            ann("No, that is all."),
        ),
        ends_at="bye",
        gathered=ON_THE_TRUCK,
    ),
    Conversation(
        "the shop's program is down, so a person",
        "orders",
        (ann("Where is my order?"), ann("five five five one two three"), ann("Yes."), ann("Yes, please.")),
        ends_at="desk",
        gathered={"order_number": "555123"},
        outcome="transferred",
        says=("can't look that up",),
        variant="shop_down",
    ),
    Conversation(
        "the shop's program is down, and never mind",
        "orders",
        (keys("1"), keys("471102"), keys("1"), sue("No, thank you.")),
        ends_at="bye",
        gathered={"order_number": "471102"},
        says=("can't look that up",),
        variant="shop_down",
    ),
    Conversation(
        "a return of something broken",
        "orders",
        (
            ann("I would like to send back what I bought."),
            ann("four seven one one zero two"),
            ann("Yes."),
            ann("It arrived broken."),
            ann("No, that's it."),
        ),
        ends_at="bye",
        gathered={"order_number": "471102", "reason": "broken"},
        says=("your return is noted",),
    ),
    Conversation(
        "a return of the wrong thing",
        "orders",
        (
            keys("2"),
            keys("555123"),
            kal("Yes."),
            ann("You sent me the wrong item."),
            kal("No thanks."),
        ),
        ends_at="bye",
        gathered={"order_number": "555123", "reason": "wrong item"},
    ),
    Conversation(
        "a return of something that came too late",
        "orders",
        (
            ian("How can I return something?"),
            keys("908070"),
            kal("Yes."),
            kal("It came too late."),
            ian("No, that is all."),
        ),
        ends_at="bye",
        gathered={"order_number": "908070", "reason": "too late"},
    ),
    Conversation(
        "a return of something that is not needed any more, by key",
        "orders",
        (keys("2"), ann("nine zero eight zero seven zero"), ann("Right."), keys("4"), ann("Bye bye.")),
        ends_at="bye",
        gathered={"order_number": "908070", "reason": "not needed"},
    ),
    Conversation(
        "a person instead of a number",
        "orders",
        (ann("Where is my package?"), ann("I want to speak to someone.")),
        ends_at="desk",
        outcome="transferred",
    ),
    Conversation(
        "nobody at the desk",
        "orders",
        (ann("Operator, please."), rob("No, nothing else. Goodbye.")),
        ends_at="bye",
        says=("nobody is free",),
        variant="nobody_there",
    ),
    Conversation(
        "an order number in a full room",
        "orders",
        (
            ann("Where is my order?"),
            ann("five five five one two three"),
            ann("Yes, that is right."),
            ann("No, that is all."),
        ),
        ends_at="bye",
        gathered=READY,
        noise=Noise("babble", 20),
    ),
    Conversation(
        "the next order before the first answer is over",
        "orders",
        (
            keys("1"),
            keys("471102"),
            keys("1"),
            ann("I want to return something.", over_ms=2_200),
            ann("Yes, it is broken."),
            ann("No thank you, that is all."),
        ),
        ends_at="bye",
        gathered={**ON_THE_TRUCK, "reason": "broken"},
        has_barge_in=True,
    ),
)
