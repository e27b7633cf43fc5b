"""What the process counts and times, for Prometheus. `api/metrics.py` serves it.

Names begin with `asisso_` and end with their unit (`_seconds`, `_bytes`) or, for counters, `_total`. Labels come from
closed vocabularies (states, outcomes, route templates, configurations): never a call, a number, an address or a text.
Count and observe where something happens; nothing here may be touched once a frame. What can be asked for at any moment
(live calls, states of connections) is not kept here but read when it is scraped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from asisso.vocabulary import USAGE_KINDS

REGISTRY = CollectorRegistry()

TURN_STEPS = (
    "endpointing",
    "prediction",
    "recognition",
    "meaning",
    "llm_ttft",
    "tts_ttfb",
    "first_frame",
)
"""The vocabulary of `TURN_STEP`: a turn's log entry may have each as `<step>_ms`."""


_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_STEP = (
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.15,
    0.2,
    0.3,
    0.4,
    0.6,
    0.8,
    1.0,
    1.5,
    2.0,
    3.0,
    5.0,
    10.0,
)
_TALK = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)

CALLS_ENDED = Counter(
    "asisso_calls_ended_total",
    "Calls that were served and have ended.",
    ("direction", "outcome"),
    registry=REGISTRY,
)
CALLS_REFUSED = Counter(
    "asisso_calls_refused_total",
    "Calls that were never connected to an agent.",
    ("direction", "reason"),
    registry=REGISTRY,
)
CALL_SETUP = Histogram(
    "asisso_call_setup_seconds",
    "From a caller's arrival to the conversation with the agent. Outbound: the telephone's ringing included.",
    ("direction",),
    buckets=(*_FAST[4:], 10.0, 30.0, 60.0),
    registry=REGISTRY,
)
TURN_LATENCY = Histogram(
    "asisso_turn_latency_seconds",
    "From the end of the caller's speech to the first audio of the agent's answer.",
    buckets=_TALK,
    registry=REGISTRY,
)
TURN_STEP = Histogram(
    "asisso_turn_step_seconds",
    "What a turn's latency is made of: llm_ttft to a model's first token, tts_ttfb to the first byte of speech, "
    "first_frame from there to Asterisk.",
    ("step",),
    buckets=_STEP,
    registry=REGISTRY,
)
USAGE = Counter(
    "asisso_usage_total",
    "What calls have used, in the unit the kind's name ends with.",
    ("kind",),
    registry=REGISTRY,
)
ANALYSES = Counter(
    "asisso_analyses_total",
    "Attempts to sum up a call: done, retried or failed.",
    ("result",),
    registry=REGISTRY,
)
EVENT_LOOP_LAG = Histogram(
    "asisso_event_loop_lag_seconds",
    "How much later than asked the event loop ran a timer, sampled twice a second.",
    buckets=_FAST,
    registry=REGISTRY,
)
QUEUE_DEPTH = Gauge(
    "asisso_queue_depth",
    "What waits in a queue of this process: journal (log entries of calls), outbox (webhook deliveries), ...",
    ("queue",),
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "asisso_http_request_seconds",
    "From a request to the first byte of its answer, by the template of its route.",
    ("method", "route", "status"),
    buckets=_FAST,
    registry=REGISTRY,
)
EVENT_LISTENERS = Gauge("asisso_event_listeners", "Open streams of server-sent events.", registry=REGISTRY)
EVENT_LISTENERS_CLOSED = Counter(
    "asisso_event_listeners_closed_total",
    "Streams of server-sent events that have ended.",
    ("reason",),
    registry=REGISTRY,
)
EVENTS_PUBLISHED = Counter(
    "asisso_events_published_total", "Events told to listeners, each counted once.", registry=REGISTRY
)
WEBHOOK_ATTEMPTS = Counter(
    "asisso_webhook_attempts_total",
    "Attempts to deliver to a webhook: delivered, refused (an HTTP status), unreachable.",
    ("result",),
    registry=REGISTRY,
)
WEBHOOK_SECONDS = Histogram(
    "asisso_webhook_attempt_seconds",
    "How long an attempt to deliver to a webhook took.",
    buckets=(*_FAST[3:], 10.0),
    registry=REGISTRY,
)


def watch_queue(queue: str, depth: Callable[[], int]) -> None:
    """Have `depth` asked at every scrape. A later watcher of the same queue takes the place of the earlier one."""
    QUEUE_DEPTH.labels(queue).set_function(depth)


def count_usage(name: str, amount: float) -> None:
    """Count what a call has used; amounts of names outside the vocabulary stand in their run only."""
    if name in USAGE_KINDS:
        USAGE.labels(name).inc(amount)


def observe_turn(detail: Mapping[str, object]) -> None:
    """Note a turn as the call's log tells it: its latency and the steps it is made of, in ms; others are left out."""
    for name in TURN_STEPS:
        value_ms = detail.get(f"{name}_ms")
        if isinstance(value_ms, int | float):
            TURN_STEP.labels(name).observe(value_ms / 1000)
    total_ms = detail.get("turn_latency_ms")
    if isinstance(total_ms, int | float):
        TURN_LATENCY.observe(total_ms / 1000)
