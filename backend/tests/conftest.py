"""The product in process: its settings, its application, and clients that are signed in."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from asisso.api.state import AppState
from asisso.app import create_app, running_parts
from asisso.db.migrate import upgrade
from asisso.security import Passwords
from asisso.services.organizations import create_organization
from asisso.settings import Settings
from bench.postgresql import PostgresqlServer, PostgresqlUnavailable, given_or_running
from tests.databases import KINDS, empty, require_postgresql
from tests.fakes.clock import ManualClock
from tests.fakes.telephony import FakeTelephony

PASSWORD = "correct horse"
BASE_URL = "http://asisso.test"
Client = httpx.AsyncClient
ClientWithRole = Callable[[str], Awaitable[Client]]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once and copied for every test."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server, for databases of a test's own (`postgresql.create_database()`)."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(given_or_running())
        except PostgresqlUnavailable as error:
            require_postgresql(str(error))
        yield server


@pytest.fixture(scope="session")
def _migrated_postgresql(postgresql: PostgresqlServer) -> Iterator[str]:
    url = postgresql.create_database()
    asyncio.run(upgrade(url))
    yield url
    postgresql.drop_database(url)


@pytest.fixture
def postgresql_url(_migrated_postgresql: str) -> str:
    """A migrated PostgreSQL database without rows, the same one for one test after the other."""
    empty(_migrated_postgresql)
    return _migrated_postgresql


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def sqlite_url(data_dir: Path, empty_database: Path) -> str:
    """A migrated SQLite database without rows."""
    shutil.copy(empty_database, data_dir / "asisso.db")
    return f"sqlite+aiosqlite:///{data_dir / 'asisso.db'}"


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database without rows. Every test with the product runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def passwords() -> Passwords:
    """Argon2 at its cheapest."""
    return Passwords(time_cost=1, memory_cost_kib=8)


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=data_dir, database_url=database_url, secret_key=SecretStr("k" * 32), public_url=BASE_URL
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def telephony() -> FakeTelephony:
    return FakeTelephony()


@pytest.fixture(scope="session")
def routes() -> FastAPI:
    """The application without parts. Its routes take a third of a second to build and keep nothing of a test."""
    return create_app(Settings(), telephony=FakeTelephony().running)


@pytest.fixture
async def app(
    routes: FastAPI, settings: Settings, telephony: FakeTelephony, clock: ManualClock, passwords: Passwords
) -> AsyncIterator[FastAPI]:
    async with running_parts(settings, telephony.running, clock=clock, passwords=passwords) as parts:
        routes.state.parts = parts
        yield routes


@pytest.fixture
def state(app: FastAPI) -> AppState:
    """The parts of the running application."""
    return app.state.parts


@pytest.fixture
async def new_client(app: FastAPI) -> AsyncIterator[Callable[[], Client]]:
    """Makes clients with cookie jars of their own."""
    clients: list[Client] = []

    def make() -> Client:
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        clients.append(Client(transport=transport, base_url=BASE_URL))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
def client(new_client: Callable[[], Client]) -> Client:
    """A client that is not signed in."""
    return new_client()


@pytest.fixture
async def admin(new_client: Callable[[], Client]) -> Client:
    """The first administrator's browser."""
    client = new_client()
    body = {"email": "admin@acme.test", "password": PASSWORD, "organization_name": "Acme"}
    answer = await client.post("/api/v1/auth/setup", json=body)
    assert answer.status_code == 201, answer.text
    return client


@pytest.fixture
async def stranger(admin: Client, new_client: Callable[[], Client], state: AppState) -> Client:
    """The administrator of another organization."""
    password_hash = await state.passwords.hash(PASSWORD)
    async with state.database.session() as session:
        await create_organization(
            session, name="Other", admin_email="admin@other.test", admin_password_hash=password_hash
        )
    client = new_client()
    body = {"email": "admin@other.test", "password": PASSWORD}
    assert (await client.post("/api/v1/auth/login", json=body)).status_code == 200
    return client


@pytest.fixture
def with_role(admin: Client, new_client: Callable[[], Client]) -> ClientWithRole:
    """Makes programs' clients with an API key of a role."""

    async def make(role: str) -> Client:
        answer = await admin.post("/api/v1/api-keys", json={"name": f"a {role}", "role": role})
        client = new_client()
        client.headers["X-API-Key"] = answer.json()["key"]
        return client

    return make
