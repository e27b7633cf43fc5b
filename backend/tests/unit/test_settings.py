"""Settings: what is read, what is made up, and what ends the start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from asisso.errors import ConfigurationError
from asisso.settings import NAMES, Settings, load_secret_key, load_settings

pytestmark = pytest.mark.unit

POSTGRESQL = "postgresql+psycopg://asisso@db/asisso"


def test_settings_have_defaults_for_everything() -> None:
    settings = load_settings({}, dotenv=None)
    assert settings.effective_database_url == "sqlite+aiosqlite:///data/asisso.db"
    assert settings.recordings_dir == Path("data/recordings")
    assert settings.effective_public_url == "http://127.0.0.1:8000"
    assert settings.media_url == "ws://127.0.0.1:8000/api/v1/telephony/ws/ari"
    assert settings.allow_private_pbx_addresses is True
    assert settings.demo_pbx is False


def test_settings_data_moves_with_its_folder() -> None:
    settings = load_settings({"ASISSO_DATA_DIR": "/srv/asisso"}, dotenv=None)
    assert settings.effective_database_url == "sqlite+aiosqlite:////srv/asisso/asisso.db"
    assert settings.recordings_dir == Path("/srv/asisso/recordings")


def test_settings_prefer_the_environment_to_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("ASISSO_PORT=9000\nASISSO_HOST=0.0.0.0\nOTHER=1\n")
    settings = load_settings({"ASISSO_PORT": "9001"}, dotenv=dotenv)
    assert (settings.port, settings.host) == (9001, "0.0.0.0")
    assert settings.effective_public_url == "http://127.0.0.1:9001"


def test_settings_take_an_empty_value_for_none() -> None:
    assert load_settings({"ASISSO_PUBLIC_URL": "", "ASISSO_PORT": ""}, dotenv=None).port == 8000


@pytest.mark.parametrize(
    ("public_url", "media_url"),
    [
        ("https://voice.example.com/", "wss://voice.example.com/api/v1/telephony/ws/ari"),
        ("http://10.0.0.5:8000", "ws://10.0.0.5:8000/api/v1/telephony/ws/ari"),
    ],
)
def test_settings_media_address_follows_the_public_one(public_url: str, media_url: str) -> None:
    settings = load_settings({"ASISSO_PUBLIC_URL": public_url}, dotenv=None)
    assert settings.media_url == media_url
    assert settings.is_https == media_url.startswith("wss")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://db"),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("DATABASE_URL", "not a url"),
        ("PUBLIC_URL", "voice.example.com"),
        ("PUBLIC_URL", "https://voice.example.com/app"),
        ("RECORDINGS_URL", "s3://bucket/recordings"),
        ("SECRET_KEY", "too-short-to-be-one"),
        ("LOG_FORMAT", "xml"),
        ("DEMO_PBX", "perhaps"),
        ("DRAIN_TIMEOUT_S", "-1"),
        ("ADMIN_EMAIL", "nobody"),
        ("ADMIN_PASSWORD", "short"),
    ],
)
def test_settings_bad_value_is_one_line_that_names_it(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({f"ASISSO_{name}": value}, dotenv=None)
    line = caught.value.detail
    assert line.startswith(f"ASISSO_{name}: ")
    assert "\n" not in line
    assert "too-short-to-be-one" not in line


@pytest.mark.parametrize("name", ["ASISSO_PROT", "asisso_port"])
def test_settings_unknown_name_is_told(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        load_settings({name: "8000"}, dotenv=None)


def test_settings_unknown_name_in_the_file_is_told_too(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("ASISSO_TYPO=1\n")
    with pytest.raises(ConfigurationError, match="ASISSO_TYPO"):
        load_settings({}, dotenv=dotenv)


def test_settings_administrator_needs_both_parts() -> None:
    with pytest.raises(ConfigurationError, match="together"):
        load_settings({"ASISSO_ADMIN_EMAIL": "a@b.c"}, dotenv=None)


def test_settings_example_file_lists_all_of_them() -> None:
    example = (Path(__file__).parents[3] / ".env.example").read_text()
    listed = {
        line.lstrip("# ").split("=")[0] for line in example.splitlines() if "ASISSO_" in line and "=" in line
    }
    assert listed == NAMES


class TestSecretKey:
    def test_key_is_made_once_and_kept_from_others(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path / "data")
        key = load_secret_key(settings)
        assert load_secret_key(settings) == key
        assert len(key) >= 32
        assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600

    def test_key_that_was_set_is_used(self, tmp_path: Path) -> None:
        settings = load_settings(
            {"ASISSO_SECRET_KEY": "k" * 32, "ASISSO_DATA_DIR": str(tmp_path)}, dotenv=None
        )
        assert load_secret_key(settings) == "k" * 32
        assert list(tmp_path.iterdir()) == []

    def test_key_must_be_set_when_nodes_share_a_database(self) -> None:
        settings = load_settings({"ASISSO_DATABASE_URL": POSTGRESQL}, dotenv=None)
        with pytest.raises(ConfigurationError, match="ASISSO_SECRET_KEY"):
            load_secret_key(settings)

    def test_damaged_key_file_is_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "secret.key").write_text("")
        with pytest.raises(ConfigurationError, match=r"secret\.key"):
            load_secret_key(Settings(data_dir=tmp_path))


def test_settings_read_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 48 + "\n")
    given = {"ASISSO_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert load_secret_key(load_settings(given, dotenv=None)) == "k" * 48


def test_settings_prefer_a_secret_to_the_file_of_one(tmp_path: Path) -> None:
    given = {"ASISSO_SECRET_KEY": "s" * 48, "ASISSO_SECRET_KEY_FILE": str(tmp_path / "not-there")}
    assert load_secret_key(load_settings(given, dotenv=None)) == "s" * 48


def test_settings_name_a_secrets_file_that_cannot_be_read(tmp_path: Path) -> None:
    given = {"ASISSO_SECRET_KEY_FILE": str(tmp_path / "not-there")}
    with pytest.raises(ConfigurationError, match=r"^ASISSO_SECRET_KEY_FILE: .*not-there cannot be read"):
        load_settings(given, dotenv=None)
