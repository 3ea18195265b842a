"""Wakes waiting pages when something changed: within this process at once, across processes by Redis.

A wake-up carries nothing and may be lost: who is woken, or has waited a second, reads the numbered events.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from redis import asyncio as redis_async
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
CHANNEL = "jmk:changed"
LOOK_ANYWAY_SECONDS = 1.0


class Live:
    def __init__(self, url: str) -> None:
        self._redis = redis_async.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        self._changed = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listener:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await self._redis.close()

    async def changed(self) -> None:
        """Tell everybody. Call it after the commit."""
        self._wake()
        with contextlib.suppress(RedisError, OSError, asyncio.TimeoutError):
            await self._redis.publish(CHANNEL, "1")

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def ticket(self) -> asyncio.Event:
        """Take it before reading the events, then `wait` on it: nothing that happens between is missed."""
        return self._changed

    async def wait(self, ticket: asyncio.Event) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(ticket.wait(), LOOK_ANYWAY_SECONDS)

    async def ping(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError, asyncio.TimeoutError):
            return False

    async def count(self, key: str, seconds: int) -> int:
        """How often this was called with `key` in the present window of `seconds`; 0 when Redis is away."""
        try:
            number = int(await self._redis.incr(f"jmk:rate:{key}"))
            if number == 1:
                await self._redis.expire(f"jmk:rate:{key}", seconds)
            return number
        except (RedisError, OSError, asyncio.TimeoutError):
            return 0

    async def _listen(self) -> None:
        while True:
            try:
                subscription = self._redis.pubsub()
                await subscription.subscribe(CHANNEL)
                while True:
                    if await subscription.get_message(ignore_subscribe_messages=True, timeout=4.0):
                        self._wake()
            except (RedisError, OSError, asyncio.TimeoutError) as error:
                logger.warning("no live wake-ups from Redis (%s); pages look every second", error)
                await asyncio.sleep(1)
