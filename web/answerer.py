"""Gets every stored message answered: at once for a door that waits, and by a sweep for what was left behind.

A message stays "new" in the database until its answer is stored with it, so a process may die at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from datetime import timedelta
from typing import Any

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from community import clock, conversations
from community.database import reading, writing
from community.settings import settings
from web import texts
from web.live import Live

logger = logging.getLogger(__name__)
BOT_SECONDS = 10
SWEEP_SECONDS = 0.5
SAY_WAIT_AFTER = timedelta(seconds=8)
GIVE_UP_AFTER = timedelta(seconds=90)
NUMBERS = {name: n for n, names in enumerate(("1一①壹", "2二②贰两", "3三③叁", "4四④肆", "5五⑤伍", "6六⑥陆"), 1) for name in names}


class BotAway(Exception):
    """The bot could not be reached or had no answer."""


class Answerer:
    def __init__(self, live: Live) -> None:
        self._live = live
        self._locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._http: aiohttp.ClientSession | None = None
        self._sweeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=BOT_SECONDS))
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        if self._sweeper:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        if self._http:
            await self._http.close()

    async def answer(self, conversation_id: int) -> None:
        """Answer what is unanswered in a conversation, in order. Leaves it to the sweep if the bot is away."""
        async with self._locks[conversation_id]:
            while True:
                job = await asyncio.to_thread(_claim, conversation_id)
                if job is None:
                    return
                try:
                    await self._one(job)
                except BotAway:
                    return

    async def _sweep(self) -> None:
        while True:
            try:
                job = await asyncio.to_thread(_claim, None)
                if job is None:
                    await asyncio.sleep(SWEEP_SECONDS)
                    continue
                await self._one(job)
            except BotAway:
                await asyncio.sleep(SWEEP_SECONDS)
            except SQLAlchemyError:
                logger.exception("the database is away; trying again")
                await asyncio.sleep(2)
            except Exception:
                logger.exception("answering failed; the message stays unanswered and is tried again")
                await asyncio.sleep(2)

    async def _one(self, job: dict[str, Any]) -> None:
        try:
            turn = await self._ask_bot(job)
        except BotAway as error:
            logger.warning("the bot is away (%s); message %s waits", error, job["message_id"])
            await asyncio.to_thread(_bot_is_away, job)
            await self._live.changed()
            if not job["too_old"]:
                raise
            return
        await asyncio.to_thread(_store, job, turn)
        await self._live.changed()

    async def _ask_bot(self, job: dict[str, Any]) -> dict[str, Any]:
        assert self._http is not None
        body = {
            "conversation": f"c{job['conversation_id']}",
            "message_id": str(job["message_id"]),
            "text": job["text"],
            "listen": job["owner"] != "bot",
        }
        headers = {"Authorization": f"Bearer {settings().bot_token}"}
        try:
            async with self._http.post(f"{settings().bot_url}/webhooks/community/turn", json=body, headers=headers) as response:
                if response.status != 200:
                    raise BotAway(f"status {response.status}")
                turn: dict[str, Any] = await response.json()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise BotAway(repr(error)) from error
        if not body["listen"] and not turn["replies"]:
            raise BotAway("an empty answer")
        return turn


def _claim(conversation_id: int | None) -> dict[str, Any] | None:
    with reading() as session:  # the sweep looks often: no write lock unless there is work
        if conversation_id is None and not conversations.any_new(session):
            return None
    with writing() as session:
        message = conversations.claim_next(session, conversation_id)
        if message is None:
            return None
        conversation = conversations.get(session, message.conversation_id)
        buttons = conversations.last_buttons(session, conversation.id, message.id)
        return {
            "message_id": message.id,
            "conversation_id": conversation.id,
            "owner": conversation.owner,
            "epoch": conversation.epoch,
            "text": chosen(message.text, buttons),
            "too_old": message.created_at < clock.now() - GIVE_UP_AFTER,
        }


def chosen(text: str, buttons: list[dict[str, str]]) -> str:
    """What a numbered choice ("2", "二", "第二个") stands for, or the text itself."""
    bare = text.strip().strip("。.、,，!！").removeprefix("第").removesuffix("个").removesuffix("条")
    number = NUMBERS.get(bare)
    return buttons[number - 1]["payload"] if number and number <= len(buttons) else text


def _store(job: dict[str, Any], turn: dict[str, Any]) -> None:
    with writing() as session:
        if job["owner"] == "bot":
            conversations.store_answer(session, job["message_id"], job["epoch"], turn)
        else:
            conversations.store_listening(session, job["message_id"], turn)


def _bot_is_away(job: dict[str, Any]) -> None:
    """Tell the resident once that it takes longer; in the end hand over to a person. Nothing is lost."""
    with writing() as session:
        message = conversations.message(session, job["message_id"])
        if job["too_old"]:
            turn = {
                "replies": [{"text": texts.BOT_FAILED, "buttons": []}],
                "facts": [],
                "handoff": "failure",
                "urgent": False,
                "understanding": None,
            }
            if job["owner"] != "bot":
                turn |= {"replies": []}
                conversations.store_listening(session, message.id, turn)
            else:
                conversations.store_answer(session, message.id, job["epoch"], turn)
            return
        waited = clock.now() - message.created_at
        if job["owner"] == "bot" and waited > SAY_WAIT_AFTER and not conversations.replies_to(session, message.id):
            conversations.notice(session, job["conversation_id"], texts.STILL_LOOKING, message.id)
        conversations.release(session, message.id)
