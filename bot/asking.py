"""`jmk ask`: questions answered in this process, each in a conversation of its own unless it continues the last."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.turn import Turn, take_turn
from community import clock


@dataclass
class Asked:
    """A question and what came of it."""

    question: str
    turn: Turn
    latency_ms: float

    def as_dict(self) -> dict[str, Any]:
        """The record of the contract (`jmk ask --json`)."""
        first = self.turn.understanding[0] if self.turn.understanding else {"intent": None, "confidence": 0.0}
        return {
            "question": self.question,
            "answers": [reply["text"] for reply in self.turn.replies],
            "buttons": [button["title"] for reply in self.turn.replies for button in reply["buttons"]],
            "intent": first["intent"],
            "confidence": first["confidence"],
            "entities": [entity for wish in self.turn.understanding for entity in wish["entities"]],
            "facts": self.turn.facts,
            "handoff": self.turn.handoff is not None,
            "urgent": self.turn.urgent,
            "latency_ms": round(self.latency_ms, 1),
        }


class Conversations:
    """Asks an agent; keeps the present conversation so that a question can continue it."""

    def __init__(self, agent: Any, session: str | None = None) -> None:
        self._agent = agent
        self._sender = session or uuid.uuid4().hex
        self._fixed = session is not None

    async def ask(self, question: str, continues: bool = False, now: datetime | None = None) -> Asked:
        if not continues and not self._fixed:
            self._sender = uuid.uuid4().hex
        start = time.perf_counter()
        if now is None:
            turn = await take_turn(self._agent, self._sender, question, uuid.uuid4().hex)
        else:
            with clock.fixed(now):
                turn = await take_turn(self._agent, self._sender, question, uuid.uuid4().hex)
        return Asked(question, turn, (time.perf_counter() - start) * 1000)


def questions(lines: Iterable[str]) -> list[tuple[str, bool]]:
    """(question, continues) of the lines of a file; a line that begins with "+" continues the one above."""
    found = []
    for line in lines:
        text = line.strip().lstrip("﻿")
        if text:
            found.append((text[1:].strip(), True) if text.startswith("+") else (text, False))
    return found
