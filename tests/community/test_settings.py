"""Settings come from the environment; a secret is never shown."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from community import clock
from community.settings import ROOT, Settings, settings


def test_without_any_variable_there_are_defaults() -> None:
    plain = Settings.from_env({})
    assert (plain.host, plain.port, plain.data_dir) == ("127.0.0.1", 8000, ROOT / "var")
    assert plain.sqlalchemy_url == f"sqlite:///{ROOT / 'var' / 'jiamenkou.db'}"
    assert plain.redis == "redis://127.0.0.1:6390/0"
    assert (plain.wechat_mode, plain.wechat_customer_service) == ("plain", "no")


def test_variables_are_read_as_what_they_are(tmp_path: Path) -> None:
    read = Settings.from_env({"JMK_PORT": "9000", "JMK_DATA_DIR": str(tmp_path), "JMK_WECHAT_TOKEN": "t", "PORT": "1"})
    assert (read.port, read.data_dir, read.wechat_token) == (9000, tmp_path, "t")


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Settings.from_env({"JMK_PORT": "", "JMK_HOST": ""}) == Settings.from_env({})


def test_a_wrong_value_names_its_variable() -> None:
    with pytest.raises(ValueError, match="JMK_PORT must be a whole number, not 'eight'"):
        Settings.from_env({"JMK_PORT": "eight"})


def test_databases_and_redis_of_ones_own() -> None:
    read = Settings.from_env({"JMK_DATABASE_URL": "postgres://db/jmk", "JMK_REDIS_URL": "redis://cache/1", "JMK_REDIS_PORT": "7000"})
    assert read.sqlalchemy_url == "postgresql://db/jmk"
    assert read.redis == "redis://cache/1"
    assert Settings.from_env({"JMK_REDIS_PORT": "7000"}).redis == "redis://127.0.0.1:7000/0"


@pytest.mark.parametrize("name", ["ADMIN_PASSWORD", "WECHAT_TOKEN", "WECHAT_SECRET", "WECHAT_AES_KEY", "BOT_TOKEN"])
def test_the_listing_masks_secrets(name: str) -> None:
    listed = dict(Settings.from_env({f"JMK_{name}": "geheim"}).listing())
    assert listed[f"JMK_{name}"] == "***"
    assert "geheim" not in str(listed)


@pytest.mark.parametrize(
    ("name", "url"), [("DATABASE_URL", "postgresql://jmk:geheim@db.example:5432/jmk"), ("REDIS_URL", "redis://:geheim@cache.example/0")]
)
def test_the_listing_masks_passwords_in_addresses(name: str, url: str) -> None:
    listed = dict(Settings.from_env({f"JMK_{name}": url}).listing())
    assert "geheim" not in str(listed)
    assert listed[f"JMK_{name}"]


def test_the_listing_has_every_setting_and_shows_what_is_no_secret() -> None:
    listed = dict(Settings.from_env({"JMK_PORT": "9000"}).listing())
    assert listed["JMK_PORT"] == "9000"
    assert listed["JMK_WECHAT_TOKEN"] == ""
    assert {"JMK_HOST", "JMK_DATA_DIR", "JMK_DATABASE_URL", "JMK_REDIS_URL", "JMK_NOW", "JMK_WECHAT_API_BASE"} <= set(listed)


def test_the_settings_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JMK_PORT", "8123")
    assert settings().port == 8123


@pytest.mark.parametrize("now", ["2026-11-24T10:00", "2026-11-24T10:00:00+08:00", "2026-11-24T02:00:00+00:00"])
def test_the_clock_of_the_settings_is_shanghais(monkeypatch: pytest.MonkeyPatch, now: str) -> None:
    monkeypatch.setenv("JMK_NOW", now)
    assert clock.now() == datetime(2026, 11, 24, 10, 0)


def test_a_stopped_clock_runs_again() -> None:
    with clock.fixed(datetime(2020, 1, 1)):
        assert clock.today() == datetime(2020, 1, 1).date()
        with clock.fixed(datetime(2021, 1, 1)):
            assert clock.now().year == 2021
        assert clock.now().year == 2020
    assert clock.now().year > 2020
