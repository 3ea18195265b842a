"""The private channel that `web` talks to: one request a message, on loopback, with a shared token.

POST /webhooks/community/turn {"conversation", "message_id", "text", "listen": bool} → the Turn as JSON.
"listen": the bot only understands, a person answers.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.turn import listen, take_turn
from community.settings import settings


class CommunityChannel(InputChannel):  # type: ignore[misc]
    @classmethod
    def name(cls) -> str:
        return "community"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> CommunityChannel:
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("community_channel")

        @blueprint.route("/", methods=["GET"])
        async def alive(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            return response.json({"status": "ok", "model": agent.model_name if agent and agent.is_ready() else None})

        @blueprint.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            token = settings().bot_token
            if token and not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {token}"):
                return response.json({"error": "token"}, status=401)
            agent = request.app.ctx.agent
            if agent is None or not agent.is_ready():
                return response.json({"error": "no model"}, status=503)
            body = request.json
            if body.get("listen"):
                return response.json((await listen(agent, body["text"])).as_dict())
            result = await take_turn(agent, body["conversation"], body["text"], body["message_id"])
            return response.json(result.as_dict())

        return blueprint
