"""The one place where the parts are put together.

Owns the order of starting and stopping: database, first administrator, telephony, and then back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import WebSocketRoute

from asisso import __version__
from asisso.api import health, metrics, webhook_calls
from asisso.api.access import declare_access
from asisso.api.body_limit import BodyLimit
from asisso.api.description import TAGS, DescribedApi
from asisso.api.errors import add_error_handlers
from asisso.api.event_shapes import EventShapes
from asisso.api.headers import SecurityHeaders
from asisso.api.media import MediaRoute
from asisso.api.reference import add_reference
from asisso.api.requests import Requests
from asisso.api.router import add_routes
from asisso.api.state import AppState
from asisso.clock import Clock, SystemClock
from asisso.db.engine import Database, Pooling
from asisso.db.migrate import upgrade
from asisso.secret_keys import open_secret_box
from asisso.security import Passwords
from asisso.services import audit, organizations, users
from asisso.services.audit import SERVER
from asisso.services.event_feed import Closing
from asisso.services.event_hub import EventHub
from asisso.services.telephony import Telephony
from asisso.settings import MEDIA_PATH, Settings

FRONTEND_DIR = Path(__file__).parents[2] / "frontend" / "dist"
FIRST_ORGANIZATION = "My organization"
DESCRIPTION = """\
Sign in with `POST /api/v1/auth/login` (a browser, by cookie) or send an API key in the header `X-API-Key` (a program).

Errors are `{"code", "detail"}`: the code is for programs and never changes, the detail is a sentence for people. Lists
answer `{"items", "next_cursor"}`; send `next_cursor` as `cursor` for the next page. Times are ISO 8601 in UTC,
durations end in `_ms` or `_s`, ids are opaque.
"""

TelephonyContext = Callable[[AppState], AbstractAsyncContextManager[Telephony]]
"""Makes the running telephony from the other parts, and stops it at the end."""


def create_app(
    settings: Settings,
    *,
    telephony: TelephonyContext,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    frontend_dir: Path = FRONTEND_DIR,
) -> FastAPI:
    """The product as an ASGI application. Nothing is opened before its lifespan begins.

    Args:
        telephony: what carries calls; entered last and left first.
        frontend_dir: the built web app; without it only the API is served.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running_parts(settings, telephony, clock=clock, passwords=passwords) as state:
            app.state.parts = state
            yield

    app = DescribedApi(
        title="Asisso",
        version=__version__,
        summary="AI voice agents on the Asterisk PBX you already own.",
        lifespan=lifespan,
        description=DESCRIPTION,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        openapi_tags=TAGS,
        # Documents are given back as they were sent, so one schema describes both.
        separate_input_output_schemas=False,
        generate_unique_id_function=_operation_id,
        docs_url=None,
        redoc_url=None,
    )
    add_routes(app)
    declare_access(health.router)
    app.include_router(health.router)
    declare_access(metrics.router)
    app.include_router(metrics.router)
    app.webhooks.routes += webhook_calls.router.routes
    app.router.routes.append(WebSocketRoute(MEDIA_PATH, MediaRoute(), name="media"))
    add_reference(app)
    add_error_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Requests)
    if frontend_dir.is_dir():
        app.frontend("/", directory=frontend_dir, fallback="index.html")
    return app


@asynccontextmanager
async def running_parts(
    settings: Settings,
    telephony: TelephonyContext,
    *,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
) -> AsyncIterator[AppState]:
    """Open the parts in their order, and close them in the other.

    Raises:
        ConfigurationError: the settings do not fit together.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened or migrated.
    """
    secret_box = open_secret_box(settings)
    await upgrade(settings.effective_database_url, dumps=settings.dumps_dir)
    settings.recordings_dir.mkdir(parents=True, exist_ok=True)
    pooling = Pooling(settings.database_pool_size, settings.database_statement_timeout_s)
    database = Database(settings.effective_database_url, pooling)
    try:
        state = AppState(settings, database, secret_box, passwords or Passwords(), clock or SystemClock())
        await _make_first_administrator(state)
        shapes = EventShapes(state)
        state.events = EventHub(database.changes, state.clock, show=shapes.show, reread=shapes.reread)
        async with telephony(state) as running, _telling(state.events):
            state.telephony = running
            yield state
        await state.fetch.close()
    finally:
        await database.close()


@asynccontextmanager
async def _telling(events: EventHub) -> AsyncIterator[None]:
    telling = asyncio.create_task(events.run())
    try:
        yield
    finally:
        events.close(Closing.DRAINING)
        telling.cancel()
        await asyncio.wait([telling])


async def _make_first_administrator(state: AppState) -> None:
    email, password = state.settings.admin_email, state.settings.admin_password
    if email is None or password is None:
        return
    async with state.database.read_session() as session:
        if not await users.is_empty(session):
            return
    password_hash = await state.passwords.hash(password.get_secret_value())
    async with state.database.session() as session:
        audit.record_as(session, lambda: SERVER)
        await state.database.lock(session, users.FIRST_USER_LOCK)
        if await users.is_empty(session):
            await organizations.create_organization(
                session, name=FIRST_ORGANIZATION, admin_email=email, admin_password_hash=password_hash
            )


def _operation_id(route: APIRoute) -> str:
    """The function's name in camel case: what the generated client's functions are called."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)
