"""One side measured in a process of its own: what it answers to the held-apart questions, and how long a parse and a turn take.

    python -m bench.side ours|stock MODEL OUT.json FILE…

Reads the community of JMK_DATA_DIR; writes the figures as JSON.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

if sys.argv[1:2] == ["stock"]:
    importlib.import_module("tensorflow")  # before `bot`, which leaves it out for us
from actions.in_process import InProcessActions
from bench.stock import RETRIEVAL
from bot import evaluation, loading, meaning, retrieval
from bot.turn import MESSAGE_ID, PART, Turn, take_turn, turn_of
from community import clock

# What may be understood of a question of a kind (tests/evaluation/README.md); kinds that hold several questions, or lean on others, are left out.
INTENTS = {
    "hours": {"ask_hours", "ask_place"}, "place": {"ask_location", "ask_place", "ask_hours"}, "contact": {"ask_phone"},
    "medicine": {"ask_medicine_stock", "ask_medicine_info"}, "medicine_unknown": {"ask_medicine_stock", "nlu_fallback"},
    "advice": {"ask_medicine_advice"}, "project": {"ask_progress"}, "guide": {"ask_guide", "faq"}, "faq": {"faq", "ask_guide"},
    "faq_natural": {"faq", "ask_guide"}, "activity": {"ask_activity"}, "emergency": {"emergency"}, "repair": {"report_repair"},
    "upset": {"complain", "handoff"}, "handoff": {"handoff"},
}  # fmt: skip
PARSED = 700  # questions, for the times of a parse
NAMED = {"place", "medicine", "project", "contact", "activity"}  # whose rows a question must name; others are found by what it means


async def _turn(side: str, agent: Any, sender: str, text: str) -> Turn:
    if side == "ours":
        return await take_turn(agent, sender, text, uuid.uuid4().hex)
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.shared.core.events import UserUttered

    message = uuid.uuid4().hex
    await agent.handle_message(UserMessage(text, CollectingOutputChannel(), sender, metadata={MESSAGE_ID: message, PART: 0}))
    events = list((await agent.tracker_store.retrieve(sender)).events)
    turn = turn_of(events, message)
    heard = next(event for event in reversed(events) if isinstance(event, UserUttered))
    if heard.parse_data["intent"]["name"] == RETRIEVAL:
        key = heard.parse_data["response_selector"][RETRIEVAL]["response"]["intent_response_key"]
        turn.facts.append({"kind": RETRIEVAL, "id": key.partition("/")[2]})
    return turn


async def ask(side: str, agent: Any, cases: list[evaluation.Case]) -> dict[str, Any]:
    """Right and wrong by kind, and what stands beside them; times in milliseconds."""
    from bot.asking import Asked

    rows, times, sender = [], [], ""
    for case in cases:
        sender = sender if case.continues else uuid.uuid4().hex
        with clock.fixed(case.now):
            start = time.perf_counter()
            turn = await _turn(side, agent, sender, case.question)
            times.append((time.perf_counter() - start) * 1000)
        verdict = evaluation.judge(case, Asked(case.question, turn, times[-1]).as_dict())
        first = turn.understanding[0]
        rows.append({
            "kind": case.kind,
            "verdict": verdict.verdict,
            "intent": None if case.continues or case.kind not in INTENTS else first["intent"] in INTENTS[case.kind],
            "found": [[e["entity"], one] for e in first["entities"] for one in str(e["id"]).split("|") if e["entity"] in NAMED],
            "meant": [fact.split(":") for part in case.facts for fact in part.split("/")[:1] if fact.split(":")[0] in NAMED],
            "single": not case.continues and case.kind in INTENTS,
        })  # fmt: skip
    return {"rows": rows, "turn_ms": times}


async def parses(side: str, agent: Any, cases: list[evaluation.Case]) -> dict[str, Any]:
    """Milliseconds a parse, and where the FAQ that was meant stands in the ranking (0 first; null: not among the first three)."""
    times, places = [], []
    for case in cases:
        start = time.perf_counter()
        with clock.fixed(cases[0].now):  # one day: another would have the index made anew
            parsed = await agent.parse_message(case.question)
        times.append((time.perf_counter() - start) * 1000)
        meant = {fact.partition(":")[2] for part in case.facts for fact in part.split("/") if fact.startswith("faq:")}
        if meant and case.kind.startswith("faq") and not case.continues:
            ranked = _faqs(side, parsed)[:3]
            places.append(next((n for n, found in enumerate(ranked) if found in meant), None))
    return {"parse_ms": times, "faq_place": places}


def _faqs(side: str, parsed: dict[str, Any]) -> list[str]:
    if side == "ours":
        return [row["id"] for row in parsed["matters"] if row["kind"] == RETRIEVAL]
    ranking = parsed["response_selector"].get(RETRIEVAL, {}).get("ranking", [])
    return [row["intent_response_key"].partition("/")[2] for row in ranking]


def main(side: str, model: str, out: str, *files: str) -> None:
    loading.quiet()
    if side == "ours":
        retrieval.prepare()
    agent = loading.load_agent(Path(model), InProcessActions())
    cases = [case for file in files for case in evaluation.read(Path(file))]
    asyncio.run(parses(side, agent, cases[:20]))  # warm
    meaning.of_message.cache_clear()
    figures = asyncio.run(parses(side, agent, cases[:PARSED]))
    meaning.of_message.cache_clear()
    figures |= asyncio.run(ask(side, agent, cases))
    Path(out).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
