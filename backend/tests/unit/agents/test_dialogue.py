"""What an engine commands is done in order, and what comes of it goes back into the engine."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from asisso.agents import dialogue as module
from asisso.agents.agent import AgentEnd, AgentFailed
from asisso.agents.control import ControlFailed, ToDialplan, ToReferral, ToTelephone
from asisso.agents.dialogue import FILLERS, MAX_STEPS, Dialogue, FetchFailed, destination_of
from asisso.workflows import steps
from asisso.workflows.definition import HttpData, TransferData
from asisso.workflows.steps import Fetch, Finish, Heard, PutThrough, Say

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
REQUEST = HttpData(url="https://erp.example.com/1", timeout_s=1)
DESK = TransferData(to="PJSIP/6001")


class ScriptedEngine:
    """Answers each event with the next commands of its script, and remembers what it was told."""

    def __init__(self, *script):
        self._script = list(script)
        self.events = []
        self.node = SimpleNamespace(id="start")
        self.gathered = {}

    def begin(self, now):
        assert now == NOW
        return self._script.pop(0)

    def handle(self, event, now):
        self.events.append(event)
        self.node = SimpleNamespace(id=f"node {len(self.events)}")
        return self._script.pop(0) if self._script else []


class Stage:
    """A dialogue whose speaker and control write down what they are asked, in one list."""

    def __init__(self, *script, fetch=None, refusal=None):
        self.done = []
        self.engine = ScriptedEngine(*script)
        self._refusal = refusal
        self.dialogue = Dialogue(self.engine, self, self, fetch or self.fetch, lambda: NOW)

    async def say(self, say):
        self.done.append(say.text)

    async def drained(self):
        self.done.append("(heard)")

    def progressed(self, engine):
        self.done.append(f"[{engine.node.id}]")

    async def transfer(self, destination):
        self.done.append(destination)
        if self._refusal:
            raise ControlFailed(self._refusal, code="transfer_failed")

    async def fetch(self, request):
        self.done.append(request.url)
        return {"status": "shipped"}


async def test_what_is_commanded_is_done_in_order_and_progress_is_told_once():
    stage = Stage([Say("Hello."), Say("How can I help?")], [Say("Goodbye.", "farewell"), Finish("completed")])
    await stage.dialogue.begin()
    assert stage.done == ["[start]", "Hello.", "How can I help?"]
    assert stage.dialogue.end is None

    await stage.dialogue.handle(Heard("bye"))
    assert stage.done[3:] == ["[node 1]", "Goodbye."]
    assert stage.dialogue.end == AgentEnd("completed")


async def test_nothing_follows_the_end():
    stage = Stage([Finish("completed")])
    await stage.dialogue.begin()
    await stage.dialogue.handle(Heard("hello?"))

    assert stage.engine.events == []


async def test_answer_of_a_request_goes_back_into_the_engine():
    stage = Stage([Say("Let me look."), Fetch("lookup", REQUEST)], [Say("It was shipped.")])
    await stage.dialogue.begin()

    assert stage.engine.events == [steps.Fetched({"status": "shipped"})]
    assert stage.done == ["[start]", "Let me look.", REQUEST.url, "[node 1]", "It was shipped."]


async def test_failed_request_is_told_with_its_reason():
    async def fetch(request):
        raise FetchFailed("The server answered with the status 404.")

    stage = Stage([Fetch("lookup", REQUEST)], [Say("I can't look that up.")], fetch=fetch)
    await stage.dialogue.begin()

    assert stage.engine.events == [steps.FetchFailed("The server answered with the status 404.")]


async def test_request_that_hangs_is_given_up_and_meanwhile_the_caller_is_told_to_wait(monkeypatch):
    monkeypatch.setattr(module, "FILLER_AFTER_S", 0.01)
    monkeypatch.setattr(module, "FILLER_EVERY_S", 0.03)
    monkeypatch.setattr(module, "GRACE_S", 0.0)

    async def fetch(request):
        await asyncio.Event().wait()

    stage = Stage([Fetch("lookup", REQUEST.model_copy(update={"timeout_s": 0.15}))], fetch=fetch)
    await stage.dialogue.begin()

    assert stage.engine.events == [steps.FetchFailed("There was no answer within 0.15 s.")]
    fillers = [text for text in stage.done if text in FILLERS]
    assert fillers[: len(FILLERS)] == list(FILLERS)
    assert len(fillers) <= 6
    said = len(stage.done)
    await asyncio.sleep(0.05)
    assert len(stage.done) == said, "nobody goes on filling"


async def test_caller_is_put_through_when_all_has_been_heard():
    stage = Stage([Say("One moment.", "transfer"), PutThrough("desk", DESK)])
    await stage.dialogue.begin()

    assert stage.done == ["[start]", "One moment.", "(heard)", ToTelephone("PJSIP/6001")]
    assert stage.dialogue.end == AgentEnd("transferred")
    assert stage.engine.events == []


async def test_caller_nobody_took_is_told_so():
    stage = Stage([PutThrough("desk", DESK)], [Say("Nobody is there.")], refusal="The line was busy.")
    await stage.dialogue.begin()

    assert stage.engine.events == [steps.TransferFailed("The line was busy.")]
    assert stage.done[-1] == "Nobody is there."
    assert stage.dialogue.end is None


async def test_workflow_that_goes_round_in_a_circle_ends_the_conversation():
    stage = Stage(*[[Fetch("lookup", REQUEST)]] * (MAX_STEPS + 5))
    with pytest.raises(AgentFailed, match=f"circle at its node node {MAX_STEPS}"):
        await stage.dialogue.begin()

    assert len(stage.engine.events) == MAX_STEPS


async def test_hang_up_in_the_middle_of_a_request_leaves_nothing_behind():
    is_gone = asyncio.Event()

    async def fetch(request):
        try:
            await asyncio.Event().wait()
        finally:
            is_gone.set()

    stage = Stage([Fetch("lookup", REQUEST)], fetch=fetch)
    talking = asyncio.create_task(stage.dialogue.begin())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    talking.cancel()
    await asyncio.wait([talking])

    assert talking.cancelled()
    assert is_gone.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("data", "destination"),
    [
        ({"to": "6001"}, ToTelephone("6001")),
        (
            {"to": "6001", "mode": "attended", "briefing": "Mr. Smith.", "must_confirm": True},
            ToTelephone("6001", briefing="Mr. Smith.", must_confirm=True),
        ),
        ({"to": "6001", "mode": "attended"}, ToTelephone("6001", briefing="There is a caller for you.")),
        ({"mode": "dialplan", "context": "ivr", "extension": "s"}, ToDialplan("ivr", "s")),
        ({"to": "sip:a@b", "mode": "refer"}, ToReferral("sip:a@b")),
    ],
)
def test_every_mode_of_a_transfer_has_its_destination(data, destination):
    assert destination_of(TransferData(**data)) == destination
