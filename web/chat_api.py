"""The web chat: sessions, messages, and server-sent events that resume (docs/api.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from community import conversations, events
from community.database import reading, writing
from community.models import Conversation, Message
from community.staff_accounts import digest
from web import texts

blueprint = Blueprint("chat_api", url_prefix="/api/chat")
TEXT_AT_MOST = 2000
ANSWER_WITHIN_SECONDS = 4.5
PER_MINUTE = 30
SESSIONS_PER_MINUTE = 30
PING_SECONDS = 15
_CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

Handler = Callable[..., Awaitable[HTTPResponse]]


def error(code: str, status: int, headers: dict[str, str] | None = None) -> HTTPResponse:
    return response.json({"error": {"code": code, "message": texts.ERRORS[code]}}, status=status, headers=headers)


def as_json(message: Message) -> dict[str, Any]:
    """A message as residents' pages get it."""
    shown = {
        "id": message.id,
        "from": message.sender,
        "text": message.text,
        "buttons": message.buttons or [],
        "at": message.created_at.isoformat(timespec="seconds"),
    }
    return {**shown, "client_message_id": message.client_id} if message.sender == "resident" else shown


def with_conversation(handler: Handler) -> Handler:
    """Passes the conversation of the bearer token, or answers 401."""

    @wraps(handler)
    async def checked(request: Request, *args: Any) -> HTTPResponse:
        token = request.token or ""
        try:
            conversation = await asyncio.to_thread(_by_token, token) if token else None
        except SQLAlchemyError:
            return error("unavailable", 503, {"Retry-After": "3"})
        if conversation is None:
            return error("no_session", 401)
        return await handler(request, conversation, *args)

    return checked


def _by_token(token: str) -> Conversation | None:
    with reading() as session:
        return conversations.by_token(session, digest(token))


@blueprint.post("/sessions")
async def begin(request: Request) -> HTTPResponse:
    if await request.app.ctx.live.count(f"sessions:{request.remote_addr or request.ip}", 60) > SESSIONS_PER_MINUTE:
        return error("too_fast", 429, {"Retry-After": "60"})
    name, token = secrets.token_urlsafe(12), secrets.token_urlsafe(32)
    await asyncio.to_thread(_begin, name, token)
    return response.json({"session": name, "token": token}, status=201)


def _begin(name: str, token: str) -> None:
    with writing() as session:
        conversations.open_door(session, "web", name, digest(token))


@blueprint.post("/messages")
@with_conversation
async def send(request: Request, conversation: Conversation) -> HTTPResponse:
    body = request_json(request)
    if body is None:
        return error("bad_json", 400)
    client_id, text = body.get("client_message_id"), body.get("text")
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        return error("bad_id", 400)
    if not isinstance(text, str) or not text.strip():
        return error("empty", 400)
    if len(text) > TEXT_AT_MOST:
        return error("too_long", 413)
    if await request.app.ctx.live.count(f"messages:{conversation.id}", 60) > PER_MINUTE:
        return error("too_fast", 429, {"Retry-After": "20"})
    try:
        message_id = await asyncio.to_thread(_receive, conversation.id, text, client_id)
    except SQLAlchemyError:
        return error("unavailable", 503, {"Retry-After": "3"})
    await request.app.ctx.live.changed()
    await wait_for_answer(request.app, message_id, conversation.id)
    return response.json({"messages": await asyncio.to_thread(_replies, message_id)})


def request_json(request: Request) -> dict[str, Any] | None:
    try:
        body = json.loads(request.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _receive(conversation_id: int, text: str, client_id: str) -> int:
    with writing() as session:
        return int(conversations.receive(session, conversation_id, text.replace("\x00", ""), client_id).id)


async def wait_for_answer(app: Any, message_id: int, conversation_id: int, seconds: float = ANSWER_WITHIN_SECONDS) -> None:
    """Have a message answered, by us or by whoever took it first (the sweep, another process), waiting at most `seconds`.

    The answer goes on being made after that.
    """
    task = asyncio.ensure_future(app.ctx.answerer.answer(conversation_id))
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    until = asyncio.get_running_loop().time() + seconds
    await asyncio.wait({task}, timeout=seconds)
    with contextlib.suppress(asyncio.TimeoutError):
        async with asyncio.timeout_at(until):
            ticket = app.ctx.live.ticket()
            while not await asyncio.to_thread(_answered, message_id):
                await app.ctx.live.wait(ticket)
                ticket = app.ctx.live.ticket()


def _answered(message_id: int) -> bool:
    with reading() as session:
        return bool(conversations.message(session, message_id).state != "new")


def _replies(message_id: int) -> list[dict[str, Any]]:
    with reading() as session:
        return [as_json(message) for message in conversations.replies_to(session, message_id)]


@blueprint.get("/messages")
@with_conversation
async def history(request: Request, conversation: Conversation) -> HTTPResponse:
    after = request.args.get("after", "0")
    if not after.isdigit():
        return error("bad_id", 400)
    return response.json({"messages": await asyncio.to_thread(_history, conversation.id, int(after))})


def _history(conversation_id: int, after: int) -> list[dict[str, Any]]:
    with reading() as session:
        return [as_json(message) for message in conversations.history(session, conversation_id, after)]


@blueprint.get("/events")
@with_conversation
async def stream(request: Request, conversation: Conversation) -> HTTPResponse:
    """message: a message; owner: {"owner": bot|queue|staff, "staff": name}. Ids resume by Last-Event-ID."""
    resume = request.headers.get("last-event-id") or request.args.get("last_event_id") or ""
    last = int(resume) if resume.isdigit() else await asyncio.to_thread(_newest)
    return await send_events(request, last, lambda since: _events(conversation.id, since))


def _newest() -> int:
    with reading() as session:
        return events.newest(session)


Event = tuple[int, str, dict[str, Any]]


async def send_events(request: Request, last: int, read: Callable[[int], list[Event]]) -> HTTPResponse:
    """Stream `read(last id)` → [(id, kind, data)] as server-sent events until the page goes away."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = await request.respond(content_type="text/event-stream; charset=utf-8", headers=headers)
    await stream.send(f": from {last}\nid: {last}\nretry: 1000\n\n")
    quiet = 0.0
    live = request.app.ctx.live
    while True:
        ticket = live.ticket()
        try:
            found = await asyncio.to_thread(read, last)
        except SQLAlchemyError:
            found = []
        for ident, kind, data in found:
            await stream.send(f"id: {ident}\nevent: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n")
            last = ident
        quiet = 0.0 if found else quiet + 1
        if quiet >= PING_SECONDS:
            await stream.send(": still here\n\n")
            quiet = 0.0
        await live.wait(ticket)


def _events(conversation_id: int, last: int) -> list[Event]:
    found: list[Event] = []
    with reading() as session:
        for event in events.after(session, last, conversation_id):
            if event.kind == "message":
                found.append((event.id, "message", as_json(conversations.message(session, event.message_id))))
            else:
                found.append((event.id, "owner", owner_json(session, conversation_id)))
    return found


def owner_json(session: Any, conversation_id: int) -> dict[str, Any]:
    """Who answers now, as residents' pages get it."""
    conversation = conversations.get(session, conversation_id)
    return {"owner": conversation.owner, "staff": conversations.holder_name(session, conversation)}


@blueprint.get("/owner")
@with_conversation
async def owner(request: Request, conversation: Conversation) -> HTTPResponse:
    def read() -> dict[str, Any]:
        with reading() as session:
            return owner_json(session, conversation.id)

    return response.json(await asyncio.to_thread(read))
