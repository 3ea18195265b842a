"""The Sanic application: residents' doors, the desk, health. `jmk serve web` runs it."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from community.settings import ROOT, settings
from web import chat_api, desk, health, texts, wechat_door
from web.answerer import Answerer
from web.live import Live

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@lru_cache(maxsize=1)
def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "web" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["texts"] = texts
    return environment


def render(template: str, **values: Any) -> HTTPResponse:
    return response.html(templates().get_template(template).render(**values))


def create_app(name: str = "jiamenkou") -> Sanic:
    """A configured application; its tasks start and end with the server."""
    app = Sanic(name)
    app.config.REQUEST_MAX_SIZE = 256 * 1024
    app.config.KEEP_ALIVE_TIMEOUT = 30
    app.config.RESPONSE_TIMEOUT = 30
    app.ctx.render = render
    app.ctx.live = Live(settings().redis)
    app.ctx.answerer = Answerer(app.ctx.live)
    app.static("/static", str(ROOT / "web" / "static"))
    for blueprint in (chat_api.blueprint, wechat_door.blueprint, desk.blueprint, health.blueprint):
        app.blueprint(blueprint.copy(f"{name}_{blueprint.name}"))

    @app.listener("before_server_start")
    async def start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        app.ctx.live.start()
        app.ctx.answerer.start()

    @app.listener("before_server_stop")
    async def stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        await app.ctx.answerer.stop()
        await app.ctx.live.stop()

    @app.on_response
    async def secure(request: Request, answer: HTTPResponse) -> None:
        answer.headers.update(HEADERS)

    @app.get("/")
    async def resident_page(request: Request) -> HTTPResponse:
        return render("chat.html")

    return app


def serve() -> None:
    """Serve in this process until it is told to stop."""
    create_app().run(host=settings().host, port=settings().port, access_log=False, debug=False, motd=False)
