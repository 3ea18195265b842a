"""Every setting, read from the environment in this one place (docs/settings.md lists them)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SECRET = {"admin_password", "wechat_token", "wechat_secret", "wechat_aes_key", "bot_token"}


@dataclass(frozen=True)
class Settings:
    """One field a `JMK_…` variable; unset ones have these defaults."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = ROOT / "var"
    database_url: str = ""
    redis_url: str = ""
    redis_port: int = 6390
    bot_port: int = 5005
    bot_workers: int = min(2, os.cpu_count() or 1)
    actions_port: int = 5055
    bot_token: str = ""
    models_dir: Path = ROOT / "models"
    sentence_model: str = ""
    admin_password: str = ""
    now: str = ""
    wechat_token: str = ""
    wechat_appid: str = ""
    wechat_secret: str = ""
    wechat_aes_key: str = ""
    wechat_mode: str = "plain"
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_customer_service: str = "no"

    @classmethod
    def from_env(cls, env: dict[str, str] | None = None) -> Settings:
        """Read `JMK_*`. Raises ValueError naming the variable whose value has the wrong type."""
        source = os.environ if env is None else env
        values: dict[str, object] = {}
        for field in fields(cls):
            name = "JMK_" + field.name.upper()
            raw = source.get(name)
            if not raw:
                continue
            if field.type == "int":
                if not raw.isdigit():
                    raise ValueError(f"{name} must be a whole number, not {raw!r}")
                values[field.name] = int(raw)
            elif field.type == "Path":
                values[field.name] = Path(raw).expanduser().resolve()
            else:
                values[field.name] = raw
        return cls(**values)  # type: ignore[arg-type]

    @property
    def sqlalchemy_url(self) -> str:
        """The database: JMK_DATABASE_URL, or a SQLite file in the data folder."""
        if self.database_url:
            return self.database_url.replace("postgres://", "postgresql://", 1)
        return f"sqlite:///{self.data_dir / 'jiamenkou.db'}"

    @property
    def redis(self) -> str:
        """Redis: JMK_REDIS_URL, or the one that the start command brings along."""
        return self.redis_url or f"redis://127.0.0.1:{self.redis_port}/0"

    @property
    def bot_url(self) -> str:
        return f"http://127.0.0.1:{self.bot_port}"

    def listing(self) -> list[tuple[str, str]]:
        """(variable, value) pairs for `jmk doctor`, secrets masked."""
        rows = []
        for field in fields(self):
            value = str(getattr(self, field.name))
            if value and field.name in SECRET:
                value = "***"
            value = re.sub(r"(?<=//)([^/@:]*):[^/@]*@", r"\1:***@", value)
            rows.append(("JMK_" + field.name.upper(), value))
        return rows


def settings() -> Settings:
    """The settings of this process, read afresh when the environment has changed (tests change it)."""
    return _read(tuple((name, value) for name, value in os.environ.items() if name.startswith("JMK_")))


@lru_cache(maxsize=4)
def _read(env: tuple[tuple[str, str], ...]) -> Settings:
    return Settings.from_env(dict(env))
