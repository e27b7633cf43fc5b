"""For load balancers and supervisors: is the process alive, and can it take calls."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from asisso.api.deps import Probe, State
from asisso.api.schemas.health import Alive, Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz", dependencies=[Probe])
async def get_health() -> Alive:
    """The process answers."""
    return Alive(status="ok")


@router.get(
    "/readyz",
    dependencies=[Probe],
    responses={503: {"model": Readiness, "description": "Calls cannot be taken now."}},
)
async def get_readiness(response: Response, state: State) -> Readiness:
    """Whether calls can be taken now, and if not, why."""
    reasons = state.telephony.readiness()
    try:
        await state.database.ping()
    except (SQLAlchemyError, OSError):
        reasons = ["The database cannot be reached.", *reasons]
    if reasons:
        response.status_code = 503
    return Readiness(status="not_ready" if reasons else "ready", reasons=reasons)
