"""The rules of a feed: newest state wins, nobody waits for a slow listener, streams go on where they broke off."""

from __future__ import annotations

import re

import pytest

from asisso.services.event_feed import MAX_KEPT, MAX_PENDING, Closing, Event, Feed, Listener, Missed

pytestmark = pytest.mark.unit


def a_feed(*objects: str) -> tuple[Feed, Listener]:
    feed, listener = Feed(), Listener()
    feed.listeners.add(listener)
    for name in objects:
        feed.publish("run", name, b"{}")
    return feed, listener


def ids_of(wire: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"^id: \w+-(\d+)$", wire, re.MULTILINE)]


def missed(feed: Feed, last_id: str) -> list[str]:
    events = feed.missed_by(last_id)
    assert not isinstance(events, Missed), events
    return [event.key[1] for event in events]


class TestListener:
    def test_gets_events_in_order_and_each_once(self) -> None:
        _, listener = a_feed("a", "b", "c")
        assert ids_of(listener.take()) == [1, 2, 3]
        assert listener.take() == b""

    def test_gets_only_the_newest_event_of_an_object_it_was_slow_to_take(self) -> None:
        feed, listener = a_feed("a", "b")
        feed.publish("run", "a", b'{"state":"completed"}')
        wire = listener.take()
        assert ids_of(wire) == [2, 3]
        assert wire.endswith(b'event: run\ndata: {"state":"completed"}\n\n')

    def test_that_takes_nothing_is_closed_and_costs_no_more_memory(self) -> None:
        feed, slow = a_feed()
        quick = Listener()
        feed.listeners.add(quick)
        for number in range(MAX_PENDING + 1):
            feed.publish("run", str(number), b"{}")
            quick.take()
        assert slow.closing is Closing.TOO_SLOW
        assert slow.take() == b""
        assert quick.closing is None

    def test_keeps_the_first_reason_it_was_closed_for(self) -> None:
        _, listener = a_feed()
        listener.close(Closing.DRAINING)
        listener.close(Closing.TOO_SLOW)
        assert listener.closing is Closing.DRAINING


class TestResuming:
    def test_nothing_is_missed_by_who_saw_the_newest(self) -> None:
        feed, _ = a_feed("a", "b")
        assert missed(feed, feed.newest_id) == []

    def test_what_came_after_the_last_id_is_told_newest_of_each_object(self) -> None:
        feed, _ = a_feed("a")
        seen = feed.newest_id
        for name in ("a", "b", "a"):
            feed.publish("run", name, b"{}")
        assert missed(feed, seen) == ["b", "a"]

    def test_who_was_away_for_too_long_gets_a_snapshot(self) -> None:
        feed, _ = a_feed("a")
        seen = feed.newest_id
        for number in range(MAX_KEPT):
            feed.publish("run", str(number), b"{}")
        assert missed(feed, seen) == [str(number) for number in range(MAX_KEPT)]
        feed.publish("run", "one more", b"{}")
        assert feed.missed_by(seen) is Missed.TOO_OLD

    @pytest.mark.parametrize(
        "last_id", ["", "x", "deadbeef-1", "deadbeef-", "-", "{token}-99", "{token}-x", "{token}-²"]
    )
    def test_an_id_of_somebody_else_gives_a_snapshot(self, last_id: str) -> None:
        feed, _ = a_feed("a", "b")
        last_id = last_id.replace("{token}", feed.newest_id.partition("-")[0])
        assert feed.missed_by(last_id) is Missed.OTHER_PROCESS

    def test_without_an_id_it_is_the_first_time(self) -> None:
        assert a_feed("a")[0].missed_by(None) is Missed.FIRST


def test_an_event_knows_its_wire_form_once() -> None:
    feed, _ = a_feed()
    before = feed.newest_id
    feed.publish("run", "a", b"{}")
    events = feed.missed_by(before)
    assert isinstance(events, list)
    assert isinstance(events[0], Event)
    assert events[0].wire.startswith(f"id: {feed.newest_id}\n".encode())
