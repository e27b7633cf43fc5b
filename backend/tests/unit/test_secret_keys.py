"""Where the installation's secret comes from, and that it is replaced as a whole."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from asisso.errors import ConfigurationError
from asisso.secret_keys import changing_keys, load_secret_keys, write_secret_keys
from asisso.settings import Settings, load_settings

pytestmark = pytest.mark.unit

POSTGRESQL = "postgresql+psycopg://asisso@127.0.0.1/asisso"


class TestKeys:
    def test_key_is_made_once_and_kept_from_others(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path / "data")
        (key,) = load_secret_keys(settings)
        assert load_secret_keys(settings) == [key]
        assert len(key) >= 32
        assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600

    def test_key_that_was_set_is_used(self, tmp_path: Path) -> None:
        settings = load_settings(
            {"ASISSO_SECRET_KEY": "k" * 32, "ASISSO_DATA_DIR": str(tmp_path)}, dotenv=None
        )
        assert load_secret_keys(settings) == ["k" * 32]
        assert list(tmp_path.iterdir()) == []

    def test_key_must_be_set_when_nodes_share_a_database(self) -> None:
        settings = load_settings({"ASISSO_DATABASE_URL": POSTGRESQL}, dotenv=None)
        with pytest.raises(ConfigurationError, match="ASISSO_SECRET_KEY"):
            load_secret_keys(settings)

    def test_damaged_key_file_is_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "secret.key").write_text("")
        with pytest.raises(ConfigurationError, match=r"secret\.key"):
            load_secret_keys(Settings(data_dir=tmp_path))

    def test_file_holds_two_keys_while_one_is_replaced(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path)
        write_secret_keys(settings, ["n" * 32, "o" * 32])
        assert load_secret_keys(settings) == ["n" * 32, "o" * 32]
        path = tmp_path / "secret.key"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]

    def test_only_one_changes_the_keys_at_a_time(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path)
        with (
            changing_keys(settings),
            pytest.raises(ConfigurationError, match="Another rotate-key"),
            changing_keys(settings),
        ):
            raise AssertionError("two at once")
        with changing_keys(settings):
            pass
