"""What may and what may not stand in a log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from asisso.logs import REDACTED, configure_logging

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    (written,) = capsys.readouterr().err.splitlines()
    read: dict[str, object] = json.loads(written)
    return read


def test_an_exception_is_logged_without_the_values_in_its_frames(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    password = "topsecret"
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        structlog.get_logger("t").exception("it broke", length=len(password))
    written = json.dumps(line(capsys))
    assert "broken" in written
    assert "topsecret" not in written


def test_secrets_are_redacted_by_the_names_of_their_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    structlog.get_logger("t").warning(
        "x", app_password="p", headers={"Authorization": "Basic p"}, pii_from="1000"
    )
    written = line(capsys)
    assert written["app_password"] == REDACTED
    assert written["headers"] == {"Authorization": REDACTED}
    assert written["pii_from"] == "1000"


def test_other_libraries_log_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    logging.getLogger("uvicorn.error").warning("Started", extra={"color_message": "\x1b[1mStarted"})
    written = line(capsys)
    assert (written["event"], written["logger"]) == ("Started", "uvicorn.error")
    assert "color_message" not in written


def test_the_web_server_does_not_tell_of_every_media_socket(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    web_server = logging.getLogger("uvicorn.error")
    web_server.info("connection open")
    web_server.error("ASGI callable returned without completing handshake.")
    web_server.error("Exception in ASGI application")
    assert line(capsys)["event"] == "Exception in ASGI application"
