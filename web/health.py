"""/healthz (alive), /readyz (database, Redis, bot, model), /metrics (Prometheus text; loopback only)."""

from __future__ import annotations

import asyncio

import aiohttp
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from community import conversations
from community.database import reading
from community.models import Message
from community.settings import settings

blueprint = Blueprint("health")


@blueprint.get("/healthz")
async def healthz(request: Request) -> HTTPResponse:
    return response.json({"status": "ok"})


@blueprint.get("/readyz")
async def readyz(request: Request) -> HTTPResponse:
    parts = {"database": await asyncio.to_thread(_database), "redis": await request.app.ctx.live.ping(), **await _bot()}
    return response.json({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)


def _database() -> bool:
    try:
        with reading() as session:
            session.execute(select(1))
        return True
    except SQLAlchemyError:
        return False


async def _bot() -> dict[str, bool]:
    limit = aiohttp.ClientTimeout(total=2)
    try:
        async with aiohttp.ClientSession(timeout=limit) as http, http.get(f"{settings().bot_url}/webhooks/community/") as answer:
            return {"bot": answer.status == 200, "model": bool((await answer.json()).get("model"))}
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError):
        return {"bot": False, "model": False}


@blueprint.get("/metrics")
async def metrics(request: Request) -> HTTPResponse:
    if request.ip not in ("127.0.0.1", "::1"):
        return response.text("loopback only", status=403)
    numbers = await asyncio.to_thread(_numbers)
    return response.text("".join(f"{name} {value}\n" for name, value in numbers.items()), content_type="text/plain; version=0.0.4")


def _numbers() -> dict[str, int]:
    with reading() as session:
        counts = session.execute(select(Message.sender, func.count()).group_by(Message.sender)).all()
        waiting = conversations.waiting_count(session)
    return {**{f'jmk_messages_total{{sender="{sender}"}}': n for sender, n in counts}, "jmk_conversations_waiting": waiting}
