"""Who is at the desk: the log-in cookie, forged-request checks, and the throttle on guessing."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from community import staff_accounts
from community.database import reading
from community.models import Staff

COOKIE = "jmk_desk"
TRIES = 8
TRIES_SECONDS = 600

Handler = Callable[..., Awaitable[HTTPResponse]]


@dataclass(frozen=True)
class Login:
    """A member of staff logged in; `csrf` must come back with every change."""

    staff: Staff
    csrf: str


def _login(token: str) -> Login | None:
    with reading() as session:
        found = staff_accounts.of_token(session, token)
        return Login(found[0], found[1].csrf) if found else None


def staff_only(handler: Handler) -> Handler:
    """Passes the Login; sends others to the log-in page, and those with a one-time password to choose their own."""

    @wraps(handler)
    async def checked(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
        login = await asyncio.to_thread(_login, request.cookies.get(COOKIE) or "")
        if login is None:
            return _go(request, "/desk/login")
        if request.method == "POST" and not (same_origin(request) and _csrf_fits(request, login)):
            return response.text("页面过期了，请刷新后再试。", status=403)
        if login.staff.must_change_password and not request.path.startswith("/desk/password"):
            return _go(request, "/desk/password")
        return await handler(request, login, *args, **kwargs)

    return checked


def _go(request: Request, where: str) -> HTTPResponse:
    """A redirect; htmx asks for parts of a page, so it is told to load the whole page instead."""
    if request.headers.get("hx-request"):
        return response.text("", status=200, headers={"HX-Redirect": where})
    return response.redirect(where)


def same_origin(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _csrf_fits(request: Request, login: Login) -> bool:
    given = request.form.get("csrf") or request.headers.get("x-csrf-token") or ""
    return hmac.compare_digest(given.encode(), login.csrf.encode())


async def too_many_tries(request: Request, username: str) -> bool:
    live = request.app.ctx.live
    return bool(await live.count(f"login:{request.ip}:{username}", TRIES_SECONDS) > TRIES)
