"""The WeChat door in plain mode: signature check, one passive reply a message, numbered choices.

Facts of the platform: developers.weixin.qq.com, 接收普通消息 and 被动回复用户消息. It waits 5 seconds, then asks again, three
times in all; a message is known by its MsgId, an event by FromUserName + CreateTime.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.orm import Session

from community import clock, conversations, outbox
from community.database import writing
from community.models import Message
from community.settings import settings
from web import texts
from web.chat_api import wait_for_answer

blueprint = Blueprint("wechat", url_prefix="/wechat")
BODY_AT_MOST = 64 * 1024
LATE = timedelta(seconds=8)  # older than this: it is the platform's third try
WITHIN_SECONDS = 4.3
PASS_THE_LIMIT_SECONDS = 5.5  # answering after the platform has hung up makes it ask again
CHARACTERS_AT_MOST = 590


@dataclass(frozen=True)
class Incoming:
    """One callback: who, to which account, what kind, its text, and the id by which the platform repeats it."""

    resident: str
    account: str
    kind: str
    text: str
    event: str
    key: str


def signed(request: Request) -> bool:
    """Whether the query is signed with our token: SHA-1 of token, timestamp and nonce, sorted."""
    token = settings().wechat_token
    given = request.args.get("signature", "")
    parts = sorted([token, request.args.get("timestamp", ""), request.args.get("nonce", "")])
    wanted = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    return bool(token) and hmac.compare_digest(wanted.encode(), given.encode())


def parse(body: bytes) -> Incoming:
    """The callback in an XML body. Raises ValueError for what is none."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, UnicodeDecodeError, LookupError, ValueError) as error:
        raise ValueError(f"not a callback: {error!r}") from None

    def field(name: str) -> str:
        return (root.findtext(name) or "").strip()

    resident, account, kind = field("FromUserName"), field("ToUserName"), field("MsgType")
    if not resident or not account or not kind:
        raise ValueError("not a callback: FromUserName, ToUserName or MsgType is missing")
    key = field("MsgId") or f"{resident}:{field('CreateTime')}:{field('Event')}:{field('EventKey')}"
    text = field("Content") if kind == "text" else field("Recognition") if kind == "voice" else ""
    return Incoming(resident[:128], account, kind, text, field("Event"), "wx:" + key[:100])


@blueprint.get("")
async def echo(request: Request) -> HTTPResponse:
    if not signed(request):
        return response.text("signature", status=403)
    return response.text(request.args.get("echostr", ""))


@blueprint.post("")
async def receive(request: Request) -> HTTPResponse:
    if not signed(request):
        return response.text("signature", status=403)
    if len(request.body) > BODY_AT_MOST:
        return response.text("too large", status=413)
    try:
        incoming = parse(request.body)
    except ValueError as error:
        return response.text(str(error), status=400)
    if incoming.kind == "event":
        return _reply(incoming, texts.GREETING) if incoming.event == "subscribe" else response.text("success")
    if not incoming.text:
        return _reply(incoming, texts.TEXT_ONLY)
    return await _answer(request, incoming)


async def _answer(request: Request, incoming: Incoming) -> HTTPResponse:
    conversation_id, message_id, received_at = await asyncio.to_thread(_store, incoming)
    await request.app.ctx.live.changed()
    third_try = clock.now() - received_at > LATE
    await wait_for_answer(request.app, message_id, conversation_id, WITHIN_SECONDS)
    state, text = await asyncio.to_thread(_outgoing, conversation_id, message_id, incoming.key)
    if text:
        return _reply(incoming, text)
    if state != "new":
        return _reply(incoming, texts.WECHAT_STAFF)
    if not third_try:
        await asyncio.sleep(PASS_THE_LIMIT_SECONDS - WITHIN_SECONDS)
        return response.text("")
    return _reply(incoming, texts.WECHAT_LATER)


def _store(incoming: Incoming) -> tuple[int, int, datetime]:
    with writing() as session:
        conversation = conversations.open_door(session, "wechat", f"{incoming.account}:{incoming.resident}")
        message = conversations.receive(session, conversation.id, incoming.text.replace("\x00", "")[:2000], incoming.key)
        return conversation.id, message.id, message.created_at


def _outgoing(conversation_id: int, message_id: int, carrier: str) -> tuple[str, str]:
    """(state of the message, text to send): what waits in the outbox, if the message itself is answered."""
    with writing() as session:
        state = str(conversations.message(session, message_id).state)
        if state == "new":
            return state, ""
        return state, _fit(session, conversation_id, carrier)


def _fit(session: Session, conversation_id: int, carrier: str) -> str:
    """As many waiting messages as one passive reply holds; the rest stay for the resident's next message."""
    messages = outbox.take(session, conversation_id, carrier, CHARACTERS_AT_MOST, length)
    text = "\n\n".join(as_text(message) for message in messages)
    more = outbox.waiting(session, conversation_id)
    if len(text) > CHARACTERS_AT_MOST:
        text = text[:CHARACTERS_AT_MOST] + "…"
    return f"{text}\n\n{texts.MORE_WAITS}" if more and text else text


def as_text(message: Message) -> str:
    """A message as WeChat text: buttons become numbered choices."""
    if not message.buttons:
        return str(message.text)
    choices = "\n".join(f"{n}. {button['title']}" for n, button in enumerate(message.buttons, 1))
    return f"{message.text}\n{texts.CHOOSE}\n{choices}"


def length(message: Message) -> int:
    return len(as_text(message)) + 2


def _reply(incoming: Incoming, text: str) -> HTTPResponse:
    """A passive text reply. "]]>" would end the CDATA: it is split over two."""
    safe = "".join(c for c in text if c >= " " or c in "\n\t").replace("]]>", "]]]]><![CDATA[>")
    body = (
        f"<xml><ToUserName><![CDATA[{incoming.resident}]]></ToUserName>"
        f"<FromUserName><![CDATA[{incoming.account}]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{safe}]]></Content></xml>"
    )
    return response.text(body, content_type="application/xml; charset=utf-8")
