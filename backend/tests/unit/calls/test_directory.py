"""Who may carry which call's media."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any, cast

import pytest

from asisso.calls.credentials import BadCredentials, MediaCredential, MediaCredentials
from asisso.calls.directory import Directory, MediaRefused

pytestmark = pytest.mark.unit


def a_call(*, has_media: bool = False) -> Any:
    return SimpleNamespace(session=SimpleNamespace(bridge_id="b"), has_media=has_media)


def ticket_for(
    directory: Directory, call: Any, channel_id: str = "am-1", *, requires_credentials: bool = False
) -> str:
    return directory.issue_ticket(
        call, 1, channel_id, media_username="u", requires_credentials=requires_credentials
    )


def refused(directory: Directory, channel_id: str, secret: str, username: str | None = None) -> int:
    with pytest.raises(MediaRefused) as refusal:
        directory.redeem_ticket(channel_id, secret, username)
    return refusal.value.close_code


class TestTickets:
    def test_the_secret_lets_its_channel_in_once(self) -> None:
        directory, call = Directory(), a_call()
        secret = ticket_for(directory, call)
        assert directory.redeem_ticket("am-1", secret, None).call is call
        assert refused(directory, "am-1", secret) == 4401

    def test_an_unknown_channel_has_no_call(self) -> None:
        assert refused(Directory(), "am-9", "x") == 4404

    def test_a_wrong_or_missing_secret_is_refused(self) -> None:
        directory = Directory()
        ticket_for(directory, a_call())
        assert refused(directory, "am-1", "guess") == 4401
        assert refused(directory, "am-1", "") == 4401

    def test_another_calls_secret_is_refused(self) -> None:
        directory = Directory()
        ticket_for(directory, a_call(), "am-1")
        other = ticket_for(directory, a_call(), "am-2")
        assert refused(directory, "am-1", other) == 4401

    def test_a_secret_expires(self, monkeypatch: pytest.MonkeyPatch) -> None:
        directory = Directory()
        secret = ticket_for(directory, a_call())
        monkeypatch.setattr("asisso.calls.directory.time.monotonic", lambda: 1e12)
        assert refused(directory, "am-1", secret) == 4401

    def test_a_call_that_has_media_takes_no_second_one(self) -> None:
        directory = Directory()
        secret = ticket_for(directory, a_call(has_media=True))
        assert refused(directory, "am-1", secret) == 4409

    def test_required_credentials_must_be_there_and_belong_to_the_configuration(self) -> None:
        directory = Directory()
        secret = ticket_for(directory, a_call(), requires_credentials=True)
        assert refused(directory, "am-1", secret, None) == 4401
        assert refused(directory, "am-1", secret, "another") == 4401
        assert directory.redeem_ticket("am-1", secret, "u").attempt == 1

    def test_an_ended_call_leaves_nothing(self) -> None:
        directory, call = Directory(), a_call()
        directory.add_channel("c", "1.1", cast("Any", call.session))
        directory.add_run("run", cast("Any", call.session))
        secret = ticket_for(directory, call)
        directory.remove(cast("Any", call.session))
        assert len(directory) == 0
        assert directory.by_run("run") is None
        assert refused(directory, "am-1", secret) == 4404


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class TestCredentials:
    def credentials(self, *, is_required: bool) -> MediaCredentials:
        made = MediaCredentials()
        made.replace({"u": MediaCredential.of("pässword", is_required=is_required)})
        return made

    def test_right_ones_tell_the_user(self) -> None:
        assert self.credentials(is_required=True).check(basic("u", "pässword")) == "u"

    @pytest.mark.parametrize(
        "header", [basic("u", "wrong"), basic("x", "pässword"), "Bearer x", "Basic !!", "Basic"]
    )
    def test_wrong_ones_are_refused_even_where_none_are_needed(self, header: str) -> None:
        with pytest.raises(BadCredentials):
            self.credentials(is_required=False).check(header)

    def test_none_are_fine_where_none_are_needed(self) -> None:
        assert self.credentials(is_required=False).check(None) is None

    def test_none_are_refused_where_everybody_requires_them(self) -> None:
        with pytest.raises(BadCredentials):
            self.credentials(is_required=True).check(None)


class TestProbes:
    def test_a_checks_objects_are_known_but_are_no_calls(self) -> None:
        directory, probe = Directory(), a_call().session
        directory.add_probe("c1", "check-1", probe)
        assert directory.by_channel("c1", "check-1") is probe
        assert directory.has_bridge("check-1")
        assert (len(directory), list(directory.sessions("c1"))) == (0, [])

    def test_the_end_of_a_check_turns_its_channels_away(self) -> None:
        directory, media = Directory(), a_call()
        directory.add_probe("c1", "am-1", media.session)
        secret = ticket_for(directory, media)
        directory.remove(media.session)
        assert directory.by_channel("c1", "am-1") is None
        assert refused(directory, "am-1", secret) == 4404
