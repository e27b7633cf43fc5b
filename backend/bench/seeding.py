"""Years of calls in seconds: rows of runs written past the product, alike on both databases.

What a list has to find is rare and spread evenly: `RARE` runs of each kind among all the others, however many
there are. So a page costs the same in a small and in a large table only where it is found by an index.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy.engine import make_url

from asisso.db.models import WorkflowRun
from asisso.ids import new_id

from .postgresql import as_dsn

RARE = 60
"""One page of 50 and the beginning of another."""

RARE_NUMBER = "+4930987654"
COMMON_NUMBERS = ("8000", "6001")
EVERY = timedelta(minutes=1)
_COLUMNS = tuple(WorkflowRun.__table__.columns.keys())  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose runs they are: what most of them point to, and what the rare ones do."""

    organization_id: str
    workflow_id: str
    rare_workflow_id: str
    configuration_id: str
    rare_configuration_id: str


def seed_runs(url: str, owner: Owner, count: int, *, newest: datetime | None = None) -> None:
    """Write that many completed runs, one a minute back from `newest` (now)."""
    rows = _rows(owner, count, newest or datetime.now(UTC))
    names = ", ".join(_COLUMNS)
    if make_url(url).get_backend_name() == "sqlite":
        places = ", ".join("?" * len(_COLUMNS))
        with closing(sqlite3.connect(make_url(url).database or "")) as connection:
            connection.executemany(f"INSERT INTO workflow_run ({names}) VALUES ({places})", rows)  # noqa: S608
            connection.commit()
            connection.execute("ANALYZE")
        return
    with psycopg.connect(as_dsn(make_url(url)), autocommit=True) as connection:
        with connection.cursor() as cursor, cursor.copy(f"COPY workflow_run ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.execute("VACUUM ANALYZE workflow_run")


def _rows(owner: Owner, count: int, newest: datetime) -> Iterator[tuple[object, ...]]:
    spacing = max(count // RARE, 1)
    for number in range(count):
        is_rare = number % spacing == 0 and number // spacing < RARE
        yield _row(owner, newest - number * EVERY, is_rare)


def _row(owner: Owner, at: datetime, is_rare: bool) -> tuple[object, ...]:
    context = {"caller_number": "6001", "called_number": "8000", "direction": "inbound", "provider": "ari"}
    moment = at.strftime("%Y-%m-%d %H:%M:%S.%f")
    row: dict[str, object] = {
        "id": new_id(),
        "created_at": moment,
        "updated_at": moment,
        "organization_id": owner.organization_id,
        "telephony_configuration_id": owner.rare_configuration_id if is_rare else owner.configuration_id,
        "workflow_id": owner.rare_workflow_id if is_rare else owner.workflow_id,
        "workflow_version": 1,
        "direction": "outbound" if is_rare else "inbound",
        "state": "completed",
        "outcome": "busy" if is_rare else "completed",
        "ended_by": "caller",
        "hangup_cause": json.dumps({"code": 16, "text": "Normal Clearing", "sip_status": None}),
        "from_number": RARE_NUMBER if is_rare else COMMON_NUMBERS[1],
        "to_number": RARE_NUMBER if is_rare else COMMON_NUMBERS[0],
        "channel_id": new_id(),
        "context": json.dumps(context),
        "gathered": "{}",
        "latency": json.dumps({"answer_ms": 412, "turns": [{"turn_latency_ms": 640}] * 4}),
        "usage": json.dumps({"caller_ms": 40_000, "agent_ms": 31_000}),
        "answered_at": moment,
        "ended_at": moment,
        "duration_ms": 71_000,
        "node": "main",
    }
    return tuple(row.get(name) for name in _COLUMNS)
