"""Replacing the key of all stored secrets: interrupted, beside a running server, and with the wrong key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import select

from asisso.api.state import AppState
from asisso.app import running_parts
from asisso.db.models import Organization, TelephonyConfiguration
from asisso.errors import ConfigurationError
from asisso.runtime.key_rotation import rotate
from asisso.secret_keys import load_secret_keys
from asisso.security import Passwords, SecretBox
from asisso.services import key_rotation, telephony_configurations
from asisso.services.principal import Principal
from asisso.services.telephony_configurations import app_password_of, create_configuration, media_password_of
from asisso.settings import Settings
from asisso.vocabulary import Role
from tests.databases import KINDS
from tests.fakes.telephony import FakeTelephony

pytestmark = pytest.mark.integration

CONFIGURATIONS = 7


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Only beside SQLite may the key be kept in a file."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that keeps its key in a file."""
    return settings.model_copy(update={"secret_key": None})


@pytest.fixture
async def server(settings: Settings, passwords: Passwords) -> AsyncIterator[AppState]:
    """A running server with some configurations."""
    async with running_parts(settings, FakeTelephony().running, passwords=passwords) as state:
        async with state.database.session() as session:
            organization = Organization(name="Acme")
            session.add(organization)
            await session.flush()
        for number in range(CONFIGURATIONS):
            await _add(state, organization.id, number)
        yield state


async def _add(state: AppState, organization_id: str, number: int) -> None:
    fields: telephony_configurations.ConfigurationFields = {
        "name": f"PBX {number}",
        "ari_endpoint": f"http://pbx{number}:8088",
        "app_name": "asisso",
        "app_password": f"secret {number}",
    }
    async with state.database.session() as session:
        await create_configuration(
            session,
            Principal(organization_id, Role.ADMIN),
            fields,
            secret_box=state.secrets,
            telephony=state.telephony,
        )


async def _rows(state: AppState) -> list[TelephonyConfiguration]:
    async with state.database.read_session() as session:
        statement = select(TelephonyConfiguration).order_by(TelephonyConfiguration.name)
        return list((await session.exec(statement)).all())


async def _readable(state: AppState, box: SecretBox | None = None) -> list[str]:
    """Every App Password, read by a box of one's own or the server's; the media passwords are read too."""
    rows, box = await _rows(state), box or state.secrets
    assert all(len(media_password_of(row, box)) == 32 for row in rows)
    return [app_password_of(row, box) for row in rows]


EXPECTED = [f"secret {number}" for number in range(CONFIGURATIONS)]


class TestFile:
    async def test_new_key_takes_over_and_the_old_one_goes(
        self, server: AppState, settings: Settings
    ) -> None:
        (old,) = load_secret_keys(settings)
        told = await rotate(settings, server.database, settle_s=0)
        (new,) = load_secret_keys(settings)
        assert new != old
        assert told.startswith(f"{2 * CONFIGURATIONS} secrets are sealed")
        assert await _readable(server, SecretBox(new)) == EXPECTED
        with pytest.raises(ConfigurationError):
            await _readable(server, SecretBox(old))

    async def test_running_server_follows_and_seals_with_the_new_key(
        self, server: AppState, settings: Settings
    ) -> None:
        await rotate(settings, server.database, settle_s=0)
        assert await _readable(server) == EXPECTED
        await _add(server, (await _rows(server))[0].organization_id, CONFIGURATIONS)
        (new,) = load_secret_keys(settings)
        assert await _readable(server, SecretBox(new)) == [*EXPECTED, f"secret {CONFIGURATIONS}"]

    @pytest.mark.parametrize("killed_after", [0, 1, 3, 6])
    async def test_interrupted_run_leaves_everything_readable_and_is_finished_by_the_next(
        self, server: AppState, settings: Settings, monkeypatch: pytest.MonkeyPatch, killed_after: int
    ) -> None:
        (old,) = load_secret_keys(settings)
        monkeypatch.setattr(key_rotation, "BATCH", 2)
        await self._be_killed(server, settings, killed_after)
        new, still_there = load_secret_keys(settings)
        assert still_there == old
        assert await _readable(server, SecretBox(new, old)) == EXPECTED
        assert await _readable(server) == EXPECTED
        stale = [
            row for row in await _rows(server) if not SecretBox(new).is_current(row.app_password_encrypted)
        ]
        assert len(stale) == max(0, CONFIGURATIONS - 2 * killed_after)
        await rotate(settings, server.database, settle_s=0)
        assert load_secret_keys(settings) == [new]
        assert await _readable(server, SecretBox(new)) == EXPECTED

    async def _be_killed(self, server: AppState, settings: Settings, batches: int) -> None:
        real, done = key_rotation._reseal_batch, 0

        async def reseal_some(*given: object) -> int:
            nonlocal done
            if done == batches:
                raise KeyboardInterrupt
            done += 1
            return await real(*given)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(key_rotation, "_reseal_batch", reseal_some)
            with pytest.raises(KeyboardInterrupt):
                await rotate(settings, server.database, settle_s=0)

    async def test_secret_entered_meanwhile_is_not_overwritten(
        self, server: AppState, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = key_rotation._reseal_batch

        async def after_somebody_else(*given: object) -> int:
            row = (await _rows(server))[0]
            place = {"table": "telephony_configuration", "column": "app_password_encrypted", "row_id": row.id}
            async with server.database.session() as session:
                row.app_password_encrypted = server.secrets.seal("entered meanwhile", **place)
                session.add(row)
            return await real(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(key_rotation, "_reseal_batch", after_somebody_else)
        await rotate(settings, server.database, settle_s=0)
        assert await _readable(server) == ["entered meanwhile", *EXPECTED[1:]]

    async def test_lost_key_stops_it_before_anything_is_changed(
        self, server: AppState, settings: Settings
    ) -> None:
        path = settings.data_dir / "secret.key"
        path.write_text("x" * 48)
        before = await _rows(server)
        with pytest.raises(ConfigurationError, match=f"{2 * CONFIGURATIONS} stored secrets cannot be read"):
            await rotate(settings, server.database, settle_s=0)
        assert path.read_text() == "x" * 48
        assert await _rows(server) == before


class TestSettings:
    @pytest.fixture(params=KINDS)
    def database_url(self, request: pytest.FixtureRequest) -> str:
        url: str = request.getfixturevalue(f"{request.param}_url")
        return url

    @pytest.fixture
    def settings(self, data_dir: Path, database_url: str) -> Settings:
        return Settings(data_dir=data_dir, database_url=database_url, secret_key=SecretStr("o" * 32))

    def _with(self, settings: Settings, new: str, previous: str | None) -> Settings:
        update = {"secret_key": SecretStr(new), "previous_secret_key": previous and SecretStr(previous)}
        return settings.model_copy(update=update)

    async def test_key_of_the_settings_is_replaced_by_the_next_one(
        self, server: AppState, settings: Settings
    ) -> None:
        (old,) = load_secret_keys(settings)
        both = self._with(settings, "n" * 32, old)
        assert "Remove ASISSO_PREVIOUS_SECRET_KEY" in await rotate(both, server.database)
        assert await _readable(server, SecretBox("n" * 32)) == EXPECTED
        assert (await rotate(both, server.database)).startswith("0 secrets")

    async def test_it_says_what_to_do_first(self, server: AppState, settings: Settings) -> None:
        with pytest.raises(ConfigurationError, match="ASISSO_PREVIOUS_SECRET_KEY"):
            await rotate(self._with(settings, "n" * 32, None), server.database)

    async def test_wrong_previous_key_is_one_clear_line(self, server: AppState, settings: Settings) -> None:
        with pytest.raises(ConfigurationError) as caught:
            await rotate(self._with(settings, "n" * 32, "w" * 32), server.database)
        assert "cannot be read with this key" in caught.value.detail
        assert "\n" not in caught.value.detail


def test_every_sealed_column_is_found() -> None:
    found = {f"{table.name}.{column.name}" for table, column in key_rotation.sealed_columns()}
    assert {
        "telephony_configuration.app_password_encrypted",
        "telephony_configuration.media_password_encrypted",
    } <= found
