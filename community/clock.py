"""The one clock. All times in the project are naive local times of Shanghai (UTC+8, no summer time)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone

from community.settings import settings

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_fixed: datetime | None = None


def now() -> datetime:
    """The time in Shanghai; JMK_NOW or `fixed` stop it for tests."""
    if _fixed is not None:
        return _fixed
    setting = settings().now
    if setting:
        return parse(setting)
    return datetime.now(SHANGHAI).replace(tzinfo=None)


def today() -> date:
    return now().date()


def parse(text: str) -> datetime:
    """An ISO 8601 time as Shanghai local time. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(SHANGHAI).replace(tzinfo=None)
    return moment


@contextmanager
def fixed(moment: datetime | None) -> Iterator[None]:
    """Stop the clock at `moment` for this process (None: let it run)."""
    global _fixed
    before, _fixed = _fixed, moment
    try:
        yield
    finally:
        _fixed = before
