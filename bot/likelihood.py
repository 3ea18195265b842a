"""What a message is about, and how likely it is that the nearest matter answers it: from its own score, what the classifier heard, and what is named."""

from __future__ import annotations

import math
from typing import Any

from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.retrieval import ANSWERED_BY, RANKING

# Which kinds of names an intent is about: with one of them in the message, the intent is the likelier one.
ABOUT: dict[str, set[str]] = {
    "ask_hours": {"place", "service"},
    "ask_location": {"place", "service", "contact"},
    "ask_phone": {"place", "contact", "project", "service"},
    "ask_place": {"place", "service"},
    "ask_medicine_stock": {"medicine", "category"},
    "ask_medicine_info": {"medicine"},
    "ask_progress": {"project", "address", "house", "stage"},
    "ask_guide": {"guide"},
    "ask_activity": {"activity"},
}
SOCIAL = {
    "greet",
    "thanks",
    "goodbye",
    "affirm",
    "deny",
    "bot_challenge",
    "help",
    "repeat",
    "simplify",
    "handoff",
    "complain",
    "report_repair",
}
NO_MATTER: dict[str, Any] = {"kind": "faq", "id": "", "title": "", "score": 0.0}
# Logistic weights of the signs for and against the nearest matter (fitted as docs/understanding.md tells).
LIKELY = {"score": 0.77, "own": 1.13, "structured": -0.89, "named": -1.01, "social": -0.75, "out_of_scope": -0.87, "surest": -1.94,
          "time": -0.9, "speaking": -3.32, "unknown": -0.65, "place": 0.9, "other": -0.27, "length": 1.19, "bias": -2.78}  # fmt: skip


def first_choice(message: Message) -> tuple[str, float]:
    """The classifier's first choice."""
    learned = message.get(INTENT) or {"name": "nlu_fallback", "confidence": 0.0}
    return learned["name"], float(learned["confidence"])


def confidences(message: Message) -> dict[str, float]:
    """The classifier's confidence by intent."""
    return {row["name"]: float(row["confidence"]) for row in message.get("intent_ranking") or []}


def answers(matter: dict[str, Any], message: Message, kinds: set[str]) -> float:
    """The chance that a matter answers a message, from its own score, what the classifier heard and what is named."""
    by_intent = confidences(message)
    asks = {name: by_intent.get(name, 0.0) for name in ABOUT if name not in ANSWERED_BY.values()}
    other = max((row["score"] for row in message.get(RANKING) or [] if row["kind"] not in ANSWERED_BY), default=0.0)
    signs = {
        "score": _log_odds(matter["score"]),
        "own": by_intent.get(ANSWERED_BY[matter["kind"]], 0.0) + (by_intent.get("faq", 0.0) / 2 if matter["kind"] == "guide" else 0.0),
        "structured": sum(asks.values()),
        "named": max((share for name, share in asks.items() if kinds & ABOUT[name]), default=0.0),
        "social": sum(by_intent.get(name, 0.0) for name in SOCIAL),
        "out_of_scope": by_intent.get("out_of_scope", 0.0),
        "surest": max(by_intent.values(), default=0.0),
        "time": float("time" in kinds),
        "speaking": float(bool(kinds & {"medicine", "project", "address", "house"})),
        "unknown": float("unknown" in kinds),
        "place": float("place" in kinds),
        "other": _log_odds(other),
        "length": math.log(max(len(message.get(TEXT) or ""), 1)),
        "bias": 1.0,
    }
    return 1.0 / (1.0 + math.exp(-sum(LIKELY[sign] * value for sign, value in signs.items())))


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))
