"""Conversations through the graph of an order line."""

from __future__ import annotations

import pytest

from asisso.workflows.engine import Engine
from asisso.workflows.steps import Chosen, Fetched, FetchFailed, Given, Heard, TransferFailed
from tests.unit.workflows.conversations import edge, engine_of, graph, node, start, talk

pytestmark = pytest.mark.unit

ORDERS = graph(
    node("hello", "start", say="Hello {{caller_name | there}}, this is Acme. How can I help?"),
    node(
        "order",
        "agent",
        say="Which order number?",
        collect=[{"name": "order_number", "type": "digits", "required": True}],
    ),
    node(
        "lookup",
        "http",
        method="GET",
        url="https://erp.example.com/orders/{{order_number}}",
        save={"status": "$.status"},
    ),
    node("tell", "agent", say="Your order is {{status | on its way}}. Anything else?"),
    node("desk", "transfer", to="PJSIP/6001", mode="attended", say="I will put you through."),
    node("bye", "end", say="Goodbye.", outcome="completed"),
    edge(
        "hello",
        "order",
        label="order status",
        condition="the caller asks about an order",
        examples=["where is my order", "has my parcel shipped"],
        digits="1",
    ),
    edge("hello", "desk", label="a person", examples=["talk to someone", "operator"], digits="0"),
    edge("order", "lookup", when="order_number"),
    edge("lookup", "tell"),
    edge("tell", "bye", label="no", examples=["no thanks", "that is all"]),
)


@pytest.fixture
def orders() -> Engine:
    engine = engine_of(ORDERS)
    assert start(engine) == "Hello there, this is Acme. How can I help?"
    return engine


def test_caller_hears_where_the_order_is(orders: Engine) -> None:
    assert talk(orders, "Where is my order?") == "Which order number?"
    assert talk(orders, "Four two double seven.") == "[GET https://erp.example.com/orders/4277]"
    assert talk(orders, Fetched({"status": "packed"})) == "Your order is packed. Anything else?"
    assert talk(orders, "No, thank you.") == "Goodbye. / [completed]"
    assert orders.gathered == {"order_number": "4277", "status": "packed"}
    assert (orders.node.id, orders.is_over) == ("bye", True)


def test_caller_keys_everything(orders: Engine) -> None:
    assert talk(orders, "1", "4277") == "[GET https://erp.example.com/orders/4277]"


def test_caller_says_all_at_once(orders: Engine) -> None:
    assert talk(orders, Heard("Where's my order, it's 4277?", {"hello-order": 0.8, "hello-desk": 0.1})) == (
        "[GET https://erp.example.com/orders/4277]"
    )


def test_caller_wants_a_person(orders: Engine) -> None:
    assert talk(orders, "Can I talk to someone please?") == "I will put you through. / [to PJSIP/6001]"
    assert talk(orders, TransferFailed("busy")) == (
        "I am sorry, nobody can take your call at the moment. How else can I help you?"
    )
    assert talk(orders, "Has my parcel shipped") == "Which order number?"


def test_caller_is_not_understood_again_and_again(orders: Engine) -> None:
    assert talk(orders, "") == "Sorry, I did not catch that. How can I help?"
    assert talk(orders, "blue") == "Sorry, I did not catch that. You can say order status, or a person."
    assert talk(orders, "blue") == "Press 1 for order status, 0 for a person."
    assert talk(orders, "blue") == "I will put you through. / [to PJSIP/6001]"


def test_model_takes_the_same_way(orders: Engine) -> None:
    assert talk(orders, Chosen("nowhere")) == ""
    assert talk(orders, Chosen("hello-order")) == "Which order number?"
    assert talk(orders, Given("order_number", "no idea")) == ""
    assert talk(orders, Given("order_number", "4277")) == "[GET https://erp.example.com/orders/4277]"
    assert talk(orders, FetchFailed("The server is down.")) == "Your order is on its way. Anything else?"


def test_caller_says_goodbye(orders: Engine) -> None:
    assert talk(orders, "OK, bye-bye!") == "Goodbye. / [completed]"
    assert orders.node.id == "bye"
