"""Pipeline component: the one place that decides between intent, FAQ, asking back and not understanding.

Order: emergency, an exact FAQ, medical advice, then the better of classifier and retrieval; a name alone or an ellipsis
is a follow-up. Thresholds stand in config.yml.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import safety
from bot.normalizer import ORIGINS
from bot.retrieval import RANKING
from bot.tokenizer import fillers

# Which kinds of names an intent is about: with one of them in the message, the intent is the likelier one.
ABOUT: dict[str, set[str]] = {
    "ask_hours": {"place", "service"},
    "ask_location": {"place", "service", "contact"},
    "ask_phone": {"place", "contact", "project", "service"},
    "ask_place": {"place", "service"},
    "ask_medicine_stock": {"medicine", "category"},
    "ask_medicine_info": {"medicine"},
    "ask_progress": {"project", "address", "stage"},
    "ask_guide": {"guide"},
    "ask_activity": {"activity"},
}
NAMES = set().union(*ABOUT.values())
# Intents whose answer needs no name, and that a near FAQ must not take over.
SOCIAL = {"greet", "thanks", "goodbye", "affirm", "deny", "bot_challenge", "help", "repeat", "handoff", "complain", "report_repair"}
ELLIPSIS = re.compile(r"^(?:那么?|还有|噢|哦|啊)?[，, ]*(?:X|[，,、 的和跟])*(?:呢|怎么样|怎么说|也是吗|也一样吗|啊|呀|吗)?[？?。！! ]*$")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Decider(GraphComponent):
    """See the module."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"sure": 0.45, "faq_exact": 0.93, "faq_sure": 0.56, "faq_strong": 0.72, "faq_margin": 0.05, "faq_ask": 0.36}

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> Decider:
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text: str = message.get(TEXT) or ""
            if message.get(ORIGINS) is None:  # an intent given outright ("/greet"), by Rasa's own tools only
                continue
            entities = list(message.get(ENTITIES) or [])
            intent, confidence, more = self._decide(text, entities, message)
            entities += more
            message.set(INTENT, {"name": intent, "confidence": round(confidence, 4)}, add_to_output=True)
            message.set(ENTITIES, [_original(entity, message.get(ORIGINS)) for entity in entities], add_to_output=True)
        return messages

    def _decide(self, text: str, entities: list[dict[str, Any]], message: Message) -> tuple[str, float, list[dict[str, Any]]]:
        """(intent, confidence, further entities)."""
        config, kinds = self._config, {entity["entity"] for entity in entities}
        alarm = safety.emergency(text)
        if alarm:
            return "emergency", 1.0, [_whole(text, "emergency_kind", alarm)]
        faqs = message.get(RANKING) or []
        top = faqs[0]["score"] if faqs else 0.0
        learned = message.get(INTENT) or {"name": "nlu_fallback", "confidence": 0.0}
        name, confidence = learned["name"], float(learned["confidence"])
        if top >= config["faq_exact"] and not (name in ABOUT and confidence > 0.9 and kinds & ABOUT[name]):
            return "faq", top, [_whole(text, "faq", faqs[0]["id"])]
        if name == "ask_medicine_advice" and confidence >= config["sure"]:
            return name, confidence, []
        if safety.medical_advice(text) and name not in ("ask_hours", "ask_guide", "ask_activity", "handoff", "complain"):
            return "ask_medicine_advice", 1.0, []
        if "guess" in kinds and not kinds & NAMES:
            if top >= config["faq_strong"]:
                return "faq", top, [_whole(text, "faq", faqs[0]["id"])]
            return "nlu_fallback", confidence, []
        if _is_ellipsis(text, entities):
            return "follow_up", 1.0, []
        margin = top - (faqs[1]["score"] if len(faqs) > 1 else 0.0)
        named = bool(name in ABOUT and kinds & ABOUT[name])
        if name in SOCIAL and confidence >= config["sure"] and top < config["faq_strong"]:
            return name, confidence, []
        if named and confidence >= config["sure"] and top < config["faq_strong"]:
            return name, confidence, []
        if top >= config["faq_sure"] and (margin >= config["faq_margin"] or top >= config["faq_strong"]):
            return "faq", top, [_whole(text, "faq", faqs[0]["id"])]
        unseen = _unseen(message, entities)
        if name in ABOUT and confidence >= config["sure"]:
            if not kinds & NAMES and top >= config["faq_ask"] and unseen:
                return "nlu_fallback", top, []
            return name, confidence, unseen if not named else []
        if top >= config["faq_ask"]:
            return "nlu_fallback", top, []
        if name not in ("faq", "nlu_fallback") and name not in ABOUT and confidence >= config["sure"]:
            return name, confidence, []
        return "nlu_fallback", confidence, unseen


def _is_ellipsis(text: str, entities: list[dict[str, Any]]) -> bool:
    """"那明天呢", "泗塘一村的呢", "拜新同": names and times with nothing but particles around them."""
    rest = text
    for entity in sorted(entities, key=lambda e: -e["start"]):
        if entity["entity"] not in ("guess", "unknown") and "X" not in rest[entity["start"] : entity["end"]]:
            rest = rest[: entity["start"]] + "X" + rest[entity["end"] :]
    rest = fillers().sub("", rest).strip()
    return "X" in rest and bool(ELLIPSIS.match(rest))


def _unseen(message: Message, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first stretch of words that training never showed: perhaps the name of a thing that is not in the tables."""
    if any(entity["entity"] == "unknown" for entity in entities):
        return []
    stretch, end = "", -1
    for word, start in message.get("unseen_words") or []:
        if stretch and start != end:
            break
        if not stretch:
            first = start
        stretch, end = stretch + word, start + len(word)
    if len(stretch) < 2:
        return []
    return [{"entity": "unknown", "value": stretch, "start": first, "end": end, "extractor": "Decider"}]


def _whole(text: str, kind: str, value: str) -> dict[str, Any]:
    return {"entity": kind, "value": value, "start": 0, "end": len(text), "extractor": "Decider"}


def _original(entity: dict[str, Any], origins: list[int]) -> dict[str, Any]:
    """Places in the normalised text as places in what the resident wrote."""
    if not origins:
        return {**entity, "start": 0, "end": 0}
    start, last = min(entity["start"], len(origins) - 1), min(max(entity["end"] - 1, 0), len(origins) - 1)
    return {**entity, "start": origins[start], "end": origins[last] + 1}


