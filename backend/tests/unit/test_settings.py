"""Settings: what is read, what is made up, and what ends the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from asisso.errors import ConfigurationError
from asisso.settings import NAMES, load_settings

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


def test_settings_previous_key_needs_a_new_one() -> None:
    with pytest.raises(ConfigurationError, match="ASISSO_PREVIOUS_SECRET_KEY"):
        load_settings({"ASISSO_PREVIOUS_SECRET_KEY": "k" * 32}, dotenv=None)


def secret_key(given: dict[str, str]) -> str:
    found = load_settings(given, dotenv=None).secret_key
    assert found is not None
    return found.get_secret_value()


def test_settings_read_secrets_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 48 + "\n")
    given = {"ASISSO_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert secret_key(given) == "k" * 48


def test_settings_prefer_a_secret_to_the_file_of_one(tmp_path: Path) -> None:
    given = {"ASISSO_SECRET_KEY": "s" * 48, "ASISSO_SECRET_KEY_FILE": str(tmp_path / "not-there")}
    assert secret_key(given) == "s" * 48


def test_settings_name_a_secrets_file_that_cannot_be_read(tmp_path: Path) -> None:
    given = {"ASISSO_SECRET_KEY_FILE": str(tmp_path / "not-there")}
    with pytest.raises(ConfigurationError, match=r"^ASISSO_SECRET_KEY_FILE: .*not-there cannot be read"):
        load_settings(given, dotenv=None)


def test_settings_all_reach_the_product_in_its_container() -> None:
    composition = (Path(__file__).parents[3] / "docker-compose.yml").read_text()
    by_the_image = {"ASISSO_HOST", "ASISSO_PORT", "ASISSO_DATA_DIR"}
    passed = {name for name in NAMES if f"\n  {name}: ${{{name}:-" in composition}
    assert passed == NAMES - by_the_image
