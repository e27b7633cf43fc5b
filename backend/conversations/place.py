"""Where conversations take place: the product with its sample workflows, a real Asterisk, and who is behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from asisso.workflows.samples import samples
from bench.product import Product
from bench.stage import GREETING, Stage, definition, stage
from pbxlab.provision import AsteriskRoot
from pbxlab.telephone import Answer, Reject, Telephone

from .script import Conversation
from .shop import open_shop

VARIANTS: Final = ("usual", "nobody_there", "shop_down")
SAMPLES_HAVE_ERP: Final = "https://erp.example.com/orders"
TAKES: Final = "PJSIP/6001"
REFUSES: Final = "PJSIP/6009"
FIRST_NUMBER: Final = 8100


@dataclass(frozen=True)
class Place:
    """An open one.

    Attributes:
        on: product and Asterisk.
        telephone: makes the calls.
    """

    on: Stage
    telephone: Telephone
    numbers: Mapping[tuple[str, str], str]

    def number_of(self, conversation: Conversation) -> str:
        """What to dial for a conversation's workflow."""
        return self.numbers[conversation.sample, conversation.variant]

    async def put_behind(
        self, number: str, agent: Mapping[str, Any], graph: Mapping[str, Any] | None = None
    ) -> None:
        """Have a further number lead to an agent, with a workflow of its own or the smallest one."""
        await put_behind(self.on, number, agent, graph or definition(GREETING))


@asynccontextmanager
async def open_place(product: Product, root: AsteriskRoot) -> AsyncIterator[Place]:
    """Start everything around a running product, and take it down again."""
    kinds = [(sample, variant) for sample in samples() for variant in VARIANTS]
    numbers = {
        (sample.id, variant): str(FIRST_NUMBER + place) for place, (sample, variant) in enumerate(kinds)
    }
    with open_shop() as shop:
        async with stage(product, root, name="conversations", numbers=()) as on:
            for sample, variant in kinds:
                await put_behind(
                    on, numbers[sample.id, variant], sample.agent, _placed(sample.definition, variant, shop)
                )
            await on.becomes("connected")
            async with (
                Telephone(on.asterisk.sip_address) as telephone,
                Telephone(on.asterisk.sip_address, port=on.asterisk.ports.telephone) as callee,
            ):
                callee.when_called(Answer())
                callee.when_called(Reject(486), number=REFUSES.rpartition("/")[2])
                yield Place(on, telephone, numbers)


async def put_behind(on: Stage, number: str, agent: Mapping[str, Any], graph: Mapping[str, Any]) -> None:
    """Have a number of a stage lead to a workflow of its own."""
    workflow = await on.api.post(
        "/workflows", name=f"for {number}", definition=dict(graph), agent=dict(agent)
    )
    await on.api.post(f"{on.path}/phone-numbers", address=number, inbound_workflow_id=workflow["id"])


def _placed(graph: dict[str, Any], variant: str, shop: str) -> dict[str, Any]:
    """The sample with the telephones and the program of this place; nothing else is changed."""
    server = f"{shop}/{'down' if variant == 'shop_down' else 'orders'}"
    nodes = []
    for node in graph["nodes"]:
        data = dict(node["data"])
        if node["type"] == "transfer":
            data["to"] = REFUSES if variant == "nobody_there" else TAKES
        if node["type"] == "http":
            data["url"] = data["url"].replace(SAMPLES_HAVE_ERP, server)
        nodes.append({**node, "data": data})
    return {**graph, "nodes": nodes}
