"""Whether the parts that the project needs are there (`jmk doctor`)."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from community.database import reading
from community.models import Place
from community.settings import settings


def run() -> list[tuple[str, bool, str]]:
    """(part, is it well, what was found) for the database, Redis and the WeChat settings."""
    return [_database(), _redis(), _wechat()]


def _database() -> tuple[str, bool, str]:
    try:
        with reading() as session:
            places = session.execute(select(func.count()).select_from(Place)).scalar() or 0
        return "database", places > 0, f"{places} places" if places else "no content; run: jmk import content"
    except SQLAlchemyError as error:
        return "database", False, str(error).splitlines()[0]


def _redis() -> tuple[str, bool, str]:
    try:
        Redis.from_url(settings().redis, socket_connect_timeout=2).ping()
        return "redis", True, settings().redis.rsplit("@", 1)[-1]
    except RedisError as error:
        return "redis", False, f"{error} (it runs only while `make run` does, unless JMK_REDIS_URL names one)"


def _wechat() -> tuple[str, bool, str]:
    if not settings().wechat_token:
        return "wechat", True, "switched off (JMK_WECHAT_TOKEN is not set)"
    if settings().wechat_mode != "plain":
        return "wechat", False, f"JMK_WECHAT_MODE={settings().wechat_mode}: only plain mode is there yet"
    return "wechat", True, "plain mode"
