"""Logging: structlog for the product and everything else's standard logging, in one stream with one form.

Owns the form and the redaction. Names of fields decide: secrets never pass, personal data (numbers, words)
only stands in fields whose name begins with `pii_`, so that whoever ships logs can drop them.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
_COLOURED_COPY = "color_message"
"""uvicorn sends its messages a second time, with escape codes."""

_SECRET_NAME = re.compile(r"password|secret|token|authorization|cookie|api[_-]?key|credential", re.IGNORECASE)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace every field whose name says that it is a secret, one level down too."""
    return {name: _redacted(name, value) for name, value in event.items() if name != _COLOURED_COPY}


def _redacted(name: str, value: object) -> object:
    if _SECRET_NAME.search(name) and not isinstance(value, bool):
        return REDACTED
    if isinstance(value, dict):
        return {key: _redacted(str(key), inner) for key, inner in value.items()}
    return value


def request_id() -> str:
    """The id of the API request that is being answered, or that this call was made for; empty when there is none."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _is_true(record: logging.LogRecord) -> bool:
    """Drop what uvicorn says of every WebSocket that is answered with an HTTP status, although that is allowed."""
    return record.getMessage() != "ASGI callable returned without completing handshake."


def configure_logging(log_format: Literal["console", "json"], *, level: int = logging.INFO) -> None:
    """Send all logging of the process to stderr, as coloured lines or as JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    ending: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        # Without the frames' local variables: they hold passwords and what callers said.
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        ending += [structlog.processors.ExceptionRenderer(frames), structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        ending.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=ending))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # httpx tells every request at INFO: with one per ARI command that drowns everything else.
    # uvicorn tells three lines for each media socket.
    # openai and aiosqlite tell at DEBUG what is asked of a model and written to the database: what callers said.
    for noisy in ("httpx", "httpcore", "websockets", "alembic", "uvicorn.error", "openai", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_true)
