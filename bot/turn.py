"""One turn of conversation: a resident's message in, what the bot says out; with all its wishes, and only once.

A message may hold several wishes ("卫生站几点开，还有拜新同有伐"); each is handled as a turn of Rasa's own. Rasa's tracker
keeps the id of the message, so that a message that arrives again (web was killed meanwhile) gives the same answer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import meaning
from bot.likelihood import ABOUT
from bot.normalizer import plain
from bot.retrieval import ANSWERED_BY, BEFORE
from bot.word_index import heard
from bot.wording import CORRECTED

MESSAGE_ID = "message_id"
PART = "part"
WISHES_AT_MOST = 3
PIECES_AT_MOST = 8
CARRIED_SURE = 0.6
FAQ_ALONE = 0.72  # how near a piece of a message must be to an FAQ to be a wish by itself
PLAIN_ALARM = 0.95
SAID_APART = 0.4  # the same of a piece that a word or mark sets off as one
# Words and marks between two wishes, and what may stand between two or within one.
_NEXT_WISH = re.compile(
    r"[？?；;\n]+|(?:还有就是|还有|另外|顺便(?:问(?:一下|一声|问)?)?|再问(?:一下|一声|问)?|还想问(?:一下|一声|问)?|再一个|对了)(?!没有|吗|伐|没|货|几|多)"
)
_BREAK = re.compile(rf"[。！!，,]+|(?<=[一-鿿]{{3}}) +(?=[一-鿿]{{3}})|{_NEXT_WISH.pattern}")
_WHAT_I = r"(?:我们?|阿拉)?(?:[问讲说去要办住打用]|要问)的?是"
_CORRECTION = re.compile(
    r"(?:不对|勿对|错了|[弄讲说打写]错了|哦|噢|啊|[，, ])*(?:我(?:问的|讲的|说的)?)?(?:不是|勿是|伐是)(?:问|说|讲|要)?(?!吗|伐|说|有|会)[^，,。 ？?]{1,14}[，,。 ]+"
    rf"(?:{_WHAT_I}|我?是|我?(?:要|问|讲|说)(?!不))(?P<meant>[^，,]{{2,}}.*)$"
    rf"|.{{0,20}}(?:[搞弄讲说打写记][错岔混]|不对|勿对)了?[，,。 ]+{_WHAT_I}(?P<else>.{{2,}})$"
)
COMPLETE_WITHOUT_NAME = {"handoff", "report_repair", "ask_medicine_advice"}


@dataclass
class Turn:
    """What came of one message. replies: {"text", "buttons"}; facts: {"kind", "id"}; understanding: one a wish."""

    replies: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, str]] = field(default_factory=list)
    handoff: str | None = None
    urgent: bool = False
    understanding: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Ear:
    """What Rasa understands of texts, each heard once in a turn."""

    def __init__(self, agent: Agent) -> None:
        self._processor = agent.processor
        self._heard: dict[tuple[str, bool], dict[str, Any]] = {}

    async def parse(self, text: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
        """Rasa's parse of a text; `before` is what the resident said last (the same all through a turn)."""
        key = (text, before is not None)
        if key not in self._heard:
            # In a thread: Rasa parses on the event loop, and what the model computes there holds up the other residents.
            await asyncio.to_thread(meaning.of_message, heard(plain(text)))
            self._heard[key] = await self._processor.parse_message(UserMessage(text, metadata={BEFORE: before}))
        return self._heard[key]


async def take_turn(agent: Agent, sender: str, text: str, message_id: str) -> Turn:
    """Answer `text`. A `message_id` that was answered before gives what was said then."""
    processor = agent.processor
    async with agent.lock_store.lock(sender):
        tracker = await processor.get_tracker(sender)
        done = _parts_done(tracker.events, message_id)
        before = _asked_before(tracker.events, message_id)
        ear = Ear(agent)
        wishes = await split_wishes(ear, text, before)
        for part, wish in enumerate(wishes):
            if part not in done:
                leaning = before if len(wishes) == 1 else None
                metadata = {MESSAGE_ID: message_id, PART: part, BEFORE: leaning}
                parsed = await ear.parse(wish, leaning)
                message = UserMessage(wish, CollectingOutputChannel(), sender, parsed, input_channel="community", metadata=metadata)
                await _take_part(processor, tracker, message)
        return turn_of(tracker.events, message_id)


async def _take_part(processor: MessageProcessor, tracker: DialogueStateTracker, message: UserMessage) -> None:
    """Rasa's MessageProcessor.handle_message (3.6.21) on a tracker that is at hand: its own reads it anew for each wish."""
    await processor._update_tracker_session(tracker, message.output_channel, message.metadata)
    await processor._handle_message_with_tracker(message, tracker)
    await processor.run_action_extract_slots(message.output_channel, tracker)
    await processor._run_prediction_loop(message.output_channel, tracker)
    await processor.save_tracker(tracker)


def _asked_before(events: Sequence[Event], message_id: str) -> dict[str, Any] | None:
    """The resident's last message and its intent: what is said next may lean on it (bot/retrieval.py)."""
    asked = next((e for e in reversed(events) if isinstance(e, UserUttered) and not _of_message(e, message_id)), None)
    return {"text": str(asked.text), "intent": (asked.parse_data["intent"] or {}).get("name")} if asked else None


async def listen(agent: Agent, text: str) -> Turn:
    """Only understand a message that a person answers; signs of an emergency are answered all the same."""
    understanding = _understanding(text, await agent.parse_message(_plain_text(text)))
    turn = Turn(understanding=[understanding])
    if understanding["intent"] == "emergency":
        kind = next(entity["id"] for entity in understanding["entities"] if entity["entity"] == "emergency_kind")
        turn.replies, turn.urgent = [{"text": _emergency_text(agent, kind), "buttons": []}], True
    return turn


def _emergency_text(agent: Agent, kind: str) -> str:
    """The variation of utter_emergency for a kind (the last one is for any)."""
    variations = agent.domain.responses["utter_emergency"]
    fits = (v for v in variations if any(c["value"] == kind for c in v.get("condition", [{"value": kind}])))
    return str(next(fits)["text"])


def _plain_text(text: str) -> str:
    """A resident's text is never a command: Rasa reads a leading "/" as an intent given outright.

    Of a correction ("不是二期，是4号地块") only what is meant is left, said to be one.
    """
    bare = text.lstrip("/ \t\n").strip() or "？"
    corrected = _CORRECTION.match(bare)
    return f"{CORRECTED}{corrected['meant'] or corrected['else']}" if corrected else bare


async def split_wishes(ear: Ear, text: str, before: dict[str, Any] | None = None) -> list[str]:
    """The wishes in a message, in order; the whole message where there is only one."""
    text = _plain_text(text)
    told_apart = [part.strip("，, 。") for part in _NEXT_WISH.split(text)]
    parts = [part for part in told_apart if len(part) > 1]
    if 2 <= len(parts) <= WISHES_AT_MOST:
        parsed = [await ear.parse(part) for part in parts]
        if all(_complete(one, SAID_APART) or _carried(one) for one in parsed):
            return [wish for part in parts for wish in await _wishes_within(ear, part, None)][:WISHES_AT_MOST]
    return await _wishes_within(ear, text, before)


async def _wishes_within(ear: Ear, text: str, before: dict[str, Any] | None) -> list[str]:
    """The wishes in what no mark or word tells apart."""
    pieces = [piece.strip() for piece in _BREAK.split(text) if piece and piece.strip()]
    if len(pieces) < 2 or len(pieces) > PIECES_AT_MOST:
        return [text]
    whole = await ear.parse(text, before)
    if whole["intent"]["name"] in ("emergency", "faq"):
        return [text]
    wishes: list[tuple[str, str]] = []  # (intent, text)
    waiting, carried = "", []
    for piece in pieces:
        parsed = await ear.parse(piece)
        intent = parsed["intent"]["name"]
        if intent == "emergency" and parsed["intent"]["confidence"] >= PLAIN_ALARM:
            return [piece]  # before anything else; who takes the chat over sees all of the message
        carried += [piece] if _carried(parsed) else []
        joined = f"{waiting}，{piece}" if waiting else piece
        again = bool(wishes) and wishes[-1][0] == intent and intent not in ABOUT
        if _complete(parsed) and not again:
            wishes.append((intent, joined))
            waiting = ""
        elif wishes and _carried(parsed) and wishes[-1][0] != intent:
            wishes.append((intent, piece))
        elif wishes:
            wishes[-1] = (wishes[-1][0], f"{wishes[-1][1]}，{piece}")
        else:
            waiting = joined
    if not wishes and len(carried) == 1 and whole["intent"]["name"] == "nlu_fallback":
        return carried  # "电话有伐 我腿脚不好": the rest is only why
    if len(wishes) == 1:
        return [wishes[0][1] if whole["intent"]["name"] in ("nlu_fallback", "out_of_scope", "greet", "thanks") else text]
    if {intent for intent, _ in wishes} == {"report_repair", "ask_phone"}:
        return [text]  # what is broken is only why a number is wanted
    if any(intent == "handoff" for intent, _ in wishes):  # what is near a question may only be why somebody wants a person
        wishes = [(intent, wish) for intent, wish in wishes if intent != "faq"]
    if len(wishes) > 1 and await _alarmed_in_part(ear, [wish for _, wish in wishes]):
        return [text]  # the whole of it did not sound like an emergency
    wishes.sort(key=lambda wish: wish[0] == "report_repair")  # its form asks on: what comes after would be taken for the answer
    return [wish for _, wish in wishes[:WISHES_AT_MOST]] or [text]


async def _alarmed_in_part(ear: Ear, wishes: list[str]) -> bool:
    """Whether a part, but not plainly, sounds like an emergency ("我爷瘫了，我去帮伊配药")."""
    heard = [(await ear.parse(wish))["intent"] for wish in wishes]
    return any(intent["name"] == "emergency" and intent["confidence"] < PLAIN_ALARM for intent in heard)


def _complete(parsed: dict[str, Any], faq_at_least: float = FAQ_ALONE) -> bool:
    """A piece that is a wish by itself: it names what it is about, or needs no name."""
    intent, kinds = parsed["intent"]["name"], {entity["entity"] for entity in parsed["entities"]}
    named = any(entity["entity"] in ("guide", "activity") and entity["extractor"] == "Gazetteer" for entity in parsed["entities"])
    if intent in ANSWERED_BY.values() and not named:
        return bool(parsed["intent"]["confidence"] >= faq_at_least)
    if intent == "ask_progress" and parsed["intent"]["confidence"] < CARRIED_SURE:
        return False  # "我住泗塘一村的": only where somebody lives
    return intent in COMPLETE_WITHOUT_NAME or bool(kinds & (ABOUT.get(intent, set()) - {"stage"}))


def _carried(parsed: dict[str, Any]) -> bool:
    """A piece that asks something new about what was just named ("电话多少")."""
    intent = parsed["intent"]
    unknown = any(entity["entity"] == "unknown" for entity in parsed["entities"])
    return intent["name"] in ABOUT and intent["confidence"] >= CARRIED_SURE and not unknown


def _of_message(event: Event, message_id: str) -> bool:
    return isinstance(event, UserUttered) and (event.metadata or {}).get(MESSAGE_ID) == message_id


def _parts_done(events: Sequence[Event], message_id: str) -> set[int]:
    """The parts that were answered: one that the bot heard, but had no answer to (an action failed), is tried again."""
    done: set[int] = set()
    part: int | None = None
    for event in events:
        if isinstance(event, UserUttered):
            part = event.metadata.get(PART, 0) if _of_message(event, message_id) else None
        elif part is not None and isinstance(event, BotUttered):
            done.add(part)
    return done


def turn_of(events: Sequence[Event], message_id: str) -> Turn:
    """What was said in answer to a message, read from the tracker."""
    turn, ours = Turn(), False
    understood: dict[int, dict[str, Any]] = {}
    for event in events:
        if isinstance(event, UserUttered):
            ours = _of_message(event, message_id)
            if ours:
                understood[event.metadata.get(PART, 0)] = _understanding(event.text or "", event.parse_data)
        elif ours and isinstance(event, BotUttered):
            _hear(turn, event)
    turn.understanding = list(understood.values())
    return turn


def _hear(turn: Turn, event: BotUttered) -> None:
    custom = event.data.get("custom") or {}
    if event.text:
        buttons = [{"title": b["title"], "payload": b.get("payload", b["title"])} for b in event.data.get("buttons") or []]
        turn.replies.append({"text": event.text, "buttons": buttons})
    turn.facts += [fact for fact in custom.get("facts", []) if fact not in turn.facts]
    turn.handoff = custom.get("handoff") or turn.handoff
    turn.urgent = turn.urgent or bool(custom.get("urgent"))


def _understanding(text: str, parsed: dict[str, Any]) -> dict[str, Any]:
    entities = [
        {
            "entity": entity["entity"],
            "value": text[entity["start"] : entity["end"]],
            "id": entity["value"],
            "start": entity["start"],
            "end": entity["end"],
        }
        for entity in parsed.get("entities", [])
    ]
    return {
        "text": text,
        "intent": parsed["intent"]["name"],
        "confidence": round(float(parsed["intent"]["confidence"] or 0.0), 4),
        "entities": entities,
        "matters": (parsed.get("matters") or [])[:3],
    }
