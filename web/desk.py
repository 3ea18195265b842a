"""The staff desk: log in, see the queue live, open a conversation, take over, answer, hand back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from community import audit, clock, conversations, events, staff_accounts
from community.database import reading, writing
from community.errors import CommunityError, NotFound
from community.models import Resident, Staff
from web import texts
from web.auth import COOKIE, Login, same_origin, staff_only, too_many_tries
from web.chat_api import Event, send_events

blueprint = Blueprint("desk", url_prefix="/desk")
SHOWS = {"waiting": "等待", "mine": "我的", "all": "全部"}
REPLY_AT_MOST = 2000


@blueprint.get("/login")
async def login_page(request: Request) -> HTTPResponse:
    return request.app.ctx.render("desk/login.html", problem=None)


@blueprint.post("/login")
async def log_in(request: Request) -> HTTPResponse:
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    if not same_origin(request):
        return response.text(texts.FORM_EXPIRED, status=403)
    if await too_many_tries(request, username):
        return _problem(request, "desk/login.html", texts.LOGIN_THROTTLED, 429)
    try:
        token = await asyncio.to_thread(_log_in, username, password)
    except CommunityError:
        return _problem(request, "desk/login.html", texts.LOGIN_FAILED, 401)
    answer = response.redirect("/desk/")
    _set_cookie(request, answer, token)
    return answer


def _set_cookie(request: Request, answer: HTTPResponse, token: str) -> None:
    answer.cookies[COOKIE] = token
    cookie = answer.cookies[COOKIE]
    cookie["httponly"], cookie["samesite"], cookie["path"] = True, "Lax", "/desk"
    cookie["max-age"] = staff_accounts.SESSION_HOURS * 3600
    cookie["secure"] = request.headers.get("x-forwarded-proto", request.scheme) == "https"


def _problem(request: Request, template: str, sentence: str, status: int, **values: Any) -> HTTPResponse:
    answer: HTTPResponse = request.app.ctx.render(template, problem=sentence, **values)
    answer.status = status
    return answer


def _log_in(username: str, password: str) -> str:
    with writing() as session:
        return staff_accounts.log_in(session, username, password)[0]


@blueprint.post("/logout")
@staff_only
async def log_out(request: Request, login: Login) -> HTTPResponse:
    token = request.cookies.get(COOKIE) or ""
    await asyncio.to_thread(_write, lambda session: staff_accounts.log_out(session, token))
    answer = response.redirect("/desk/login")
    answer.cookies[COOKIE] = ""
    answer.cookies[COOKIE]["max-age"], answer.cookies[COOKIE]["path"] = 0, "/desk"
    return answer


@blueprint.get("/password")
@staff_only
async def password_page(request: Request, login: Login) -> HTTPResponse:
    return request.app.ctx.render("desk/password.html", problem=None, login=login)


@blueprint.post("/password")
@staff_only
async def change_password(request: Request, login: Login) -> HTTPResponse:
    new, again = request.form.get("new", ""), request.form.get("again", "")
    if new != again:
        return _problem(request, "desk/password.html", texts.PASSWORDS_DIFFER, 400, login=login)
    try:
        await asyncio.to_thread(_write, lambda session: staff_accounts.set_password(session, login.staff.username, new, False))
    except CommunityError as error:
        return _problem(request, "desk/password.html", error.sentence, 400, login=login)
    token = await asyncio.to_thread(_log_in, login.staff.username, new)
    answer = response.redirect("/desk/")
    _set_cookie(request, answer, token)
    return answer


def _write(change: Callable[[Any], Any]) -> Any:
    with writing() as session:
        return change(session)


@blueprint.get("/")
@staff_only
async def inbox(request: Request, login: Login) -> HTTPResponse:
    show = request.args.get("show", "waiting")
    values = await asyncio.to_thread(_list_values, show if show in SHOWS else "waiting", login.staff, 0)
    return request.app.ctx.render("desk/inbox.html", login=login, pane=None, **values)


@blueprint.get("/list")
@staff_only
async def listing(request: Request, login: Login) -> HTTPResponse:
    show, opened = request.args.get("show", "waiting"), request.args.get("open", "0")
    values = await asyncio.to_thread(
        _list_values, show if show in SHOWS else "waiting", login.staff, int(opened) if opened.isdigit() else 0
    )
    return request.app.ctx.render("desk/list.html", login=login, **values)


def _list_values(show: str, staff: Staff, opened: int) -> dict[str, Any]:
    with reading() as session:
        rows = conversations.inbox(session, show, staff.id)
        return {
            "rows": rows, "show": show, "shows": SHOWS, "opened": opened, "now": clock.now(),
            "waiting": conversations.waiting_count(session), "newest": events.newest(session),
        }  # fmt: skip


@blueprint.get("/c/<number:int>")
@staff_only
async def conversation(request: Request, login: Login, number: int) -> HTTPResponse:
    show = request.args.get("show", "waiting")
    try:
        pane = await asyncio.to_thread(_pane_values, number, login)
    except NotFound as error:
        return response.text(error.sentence, status=404)
    await asyncio.to_thread(_write, lambda session: audit.record(session, f"staff:{login.staff.id}", "read", f"conversation:{number}"))
    if request.headers.get("hx-request"):
        return request.app.ctx.render("desk/pane.html", login=login, **pane)
    values = await asyncio.to_thread(_list_values, show if show in SHOWS else "waiting", login.staff, number)
    return request.app.ctx.render("desk/inbox.html", login=login, pane=pane, **values)


@blueprint.get("/c/<number:int>/thread")
@staff_only
async def thread(request: Request, login: Login, number: int) -> HTTPResponse:
    try:
        pane = await asyncio.to_thread(_pane_values, number, login)
    except NotFound as error:
        return response.text(error.sentence, status=404)
    return request.app.ctx.render("desk/thread.html", **pane)


def _pane_values(number: int, login: Login, problem: str | None = None) -> dict[str, Any]:
    with reading() as session:
        conversation = conversations.get(session, number)
        return {
            "conversation": conversation,
            "resident": session.get(Resident, conversation.resident_id),
            "messages": conversations.history(session, number),
            "holder": conversations.holder_name(session, conversation),
            "mine": conversation.owner == "staff" and conversation.staff_id == login.staff.id,
            "client_id": secrets.token_hex(12),
            "problem": problem,
        }


@blueprint.post("/c/<number:int>/claim")
@staff_only
async def claim(request: Request, login: Login, number: int) -> HTTPResponse:
    return await _change(request, login, number, lambda session: conversations.claim(session, number, login.staff))


@blueprint.post("/c/<number:int>/hand_back")
@staff_only
async def hand_back(request: Request, login: Login, number: int) -> HTTPResponse:
    return await _change(request, login, number, lambda session: conversations.hand_back(session, number, login.staff))


@blueprint.post("/c/<number:int>/reply")
@staff_only
async def reply(request: Request, login: Login, number: int) -> HTTPResponse:
    text = request.form.get("text", "").strip()[:REPLY_AT_MOST]
    client_id = "desk:" + request.form.get("client_id", "")[:64]

    def change(session: Any) -> None:
        if not text:
            raise CommunityError(texts.EMPTY_REPLY)
        conversations.staff_reply(session, number, login.staff, text, client_id)

    return await _change(request, login, number, change)


async def _change(request: Request, login: Login, number: int, change: Callable[[Any], Any]) -> HTTPResponse:
    """Make a change and show the conversation as it then is, with the sentence of what went wrong if it did."""
    problem = None
    try:
        await asyncio.to_thread(_write, change)
        await request.app.ctx.live.changed()
    except CommunityError as error:
        problem = error.sentence
    try:
        pane = await asyncio.to_thread(_pane_values, number, login, problem)
    except NotFound as error:
        return response.text(error.sentence, status=404)
    if not request.headers.get("hx-request"):
        return response.redirect(f"/desk/c/{number}")
    return request.app.ctx.render("desk/pane.html", login=login, **pane)


@blueprint.get("/events")
@staff_only
async def stream(request: Request, login: Login) -> HTTPResponse:
    """changed: {"conversation", "kind": message|owner, "waiting"}. Ids resume by Last-Event-ID."""
    resume = request.headers.get("last-event-id") or request.args.get("after") or "0"
    return await send_events(request, int(resume) if resume.isdigit() else 0, _events)


def _events(last: int) -> list[Event]:
    with reading() as session:
        found = events.after(session, last)
        waiting = conversations.waiting_count(session) if found else 0
        return [(e.id, "changed", {"conversation": e.conversation_id, "kind": e.kind, "waiting": waiting}) for e in found]
