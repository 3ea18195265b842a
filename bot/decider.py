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
from bot.gazetteer import PARTS
from bot.normalizer import ORIGINS
from bot.retrieval import RANKING, asking_words
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
# What a name asks for when the words around it do not tell.
BY_NAME = (
    ("medicine", "ask_medicine_stock"), ("project", "ask_progress"), ("address", "ask_progress"), ("guide", "ask_guide"),
    ("activity", "ask_activity"), ("contact", "ask_phone"), ("service", "ask_hours"), ("place", "ask_place"),
)  # fmt: skip
SPEAKING = {"medicine", "project", "address", "guide", "activity"}  # a name of these kinds tells by itself what is wanted
SOCIAL = {"greet", "thanks", "goodbye", "affirm", "deny", "bot_challenge", "help", "repeat", "handoff", "complain", "report_repair"}
ELLIPSIS = re.compile(
    r"^(?:那么?|还有|噢|哦|啊)?[，, ]*(?:X|[，,、 的和跟a-z])*(?:呢|怎么样|怎么说|也是吗|也一样吗|啊|呀|吗)?[？?。！! ]*$"
)
HAVE_IT = re.compile(r"^(?:那么?)?X(?:有没有|有货|有)(?:货|的)?(?:吗|呢)?[？?。！! ]*$")
STOCK_WORDS = re.compile(r"有货|缺货|断货|到货|库存|配(?:得|不)(?:到|着)|(?:能|好|可以)配")
HANDOFF_WORDS = re.compile(r"(?:转|接|要|找|叫|寻|换|喊)(?:一?个|一下)?(?:人工|真人|活人)(?!智能|费|湖|耳蜗)|^人工(?:服务|客服)?$")
ASKS_WHEN = re.compile(r"几点|礼拜几|星期几|周几|什么时候|哪天|几号|报名|参加")
PHONE_WORDS = re.compile(r"电话|号码|热线|联系|打什么|打哪")
GUIDE_SURE = 0.75  # a guide may be meant, or an FAQ on the same matter: below this the nearer one wins
GUIDE_OR_FAQ = 0.33
LONG = 16  # a name of a place in a message longer than this may be only where something happens
SHORT = 7  # a message of so few characters leans on what was said before


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Decider(GraphComponent):
    """See the module."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """sure: of the classifier; advice_sure: of the classifier to refuse; faq_*: of the retrieval (0 to 1)."""
        return {
            "sure": 0.4, "advice_sure": 0.7, "faq_exact": 0.93, "faq_strong": 0.72, "faq_clear": 0.5, "faq_likely": 0.42,
            "faq_margin": 0.1, "faq_ask": 0.16,
        }  # fmt: skip

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
        learned = message.get(INTENT) or {"name": "nlu_fallback", "confidence": 0.0}
        name, confidence = learned["name"], float(learned["confidence"])
        named = bool(name in ABOUT and kinds & ABOUT[name])
        faqs = message.get(RANKING) or []
        top = faqs[0]["score"] if faqs else 0.0
        faq = ("faq", top, [_whole(text, "faq", faqs[0]["id"])]) if faqs else ("nlu_fallback", 0.0, [])
        if top >= config["faq_exact"] and not (named and confidence > 0.9):
            return faq
        if HANDOFF_WORDS.search(text):
            return "handoff", 1.0, []
        if self._wants_advice(text, name, confidence):
            return "ask_medicine_advice", 1.0, []
        if "guess" in kinds and not kinds & NAMES:
            return faq if top >= config["faq_strong"] else ("nlu_fallback", confidence, [])
        if _is_ellipsis(text, entities):
            return "follow_up", 1.0, []
        sure = confidence >= config["sure"]
        if not kinds & {"medicine", "category"} and STOCK_WORDS.search(text) and name != "ask_activity" and top < config["faq_strong"]:
            return "ask_medicine_stock", confidence, _unseen(message, entities)
        clear = top >= config["faq_clear"] and confidence < config["faq_strong"] and not kinds & SPEAKING
        clear = clear or (name == "ask_guide" and confidence < GUIDE_SURE and top >= GUIDE_OR_FAQ)
        if sure and top < config["faq_strong"] and not clear and (named or name in SOCIAL):
            return name, confidence, _service_part(message, entities, name)
        if sure and named and "time" in kinds:
            return name, confidence, []
        return self._without_a_sure_name(text, entities, message, faq)

    def _wants_advice(self, text: str, name: str, confidence: float) -> bool:
        if name == "ask_medicine_advice" and confidence >= self._config["advice_sure"]:
            return True
        unless = ("ask_hours", "ask_guide", "ask_activity", "ask_phone", "handoff", "complain")
        return safety.medical_advice(text) and name not in unless

    def _without_a_sure_name(
        self, text: str, entities: list[dict[str, Any]], message: Message, faq: tuple[str, float, list[dict[str, Any]]]
    ) -> tuple[str, float, list[dict[str, Any]]]:
        """The classifier is unsure, or is sure of an intent without a name of its kind in the message."""
        config, kinds = self._config, {entity["entity"] for entity in entities}
        learned = message.get(INTENT) or {"name": "nlu_fallback", "confidence": 0.0}
        name, confidence = learned["name"], float(learned["confidence"])
        faqs, top = message.get(RANKING) or [], faq[1]
        margin = top - (faqs[1]["score"] if len(faqs) > 1 else 0.0)
        sure_faq = "unknown" not in kinds and (
            top >= config["faq_clear"]
            or (top >= config["faq_likely"] and margin >= config["faq_margin"] / 2)
            # The classifier, too, hears an ordinary question about community life: then nearness decides.
            or (name == "faq" and confidence >= config["advice_sure"] and top >= config["faq_ask"] and margin >= config["faq_margin"] / 2)
        )
        unseen = _unseen(message, entities)
        part = _part(message, entities, name)
        leans_back = name in ABOUT and confidence >= config["sure"] and len(text) <= SHORT
        about_a_guide = "guide" in kinds and confidence < GUIDE_SURE and top >= GUIDE_OR_FAQ
        free = top >= config["faq_clear"] or about_a_guide or not kinds & SPEAKING
        if sure_faq and not part and not leans_back and free:
            return faq
        if part and not kinds & SPEAKING:
            kind = part[0]["entity"]
            fits = name in ABOUT and kind in ABOUT[name] and confidence >= config["sure"]
            return (name if fits else dict(BY_NAME)[kind]), confidence, part
        if name in ("faq", "out_of_scope") and confidence >= config["sure"]:
            kinds -= {"place", "service", "contact"}  # only mentioned
        if not PHONE_WORDS.search(text):
            kinds -= {"contact"}
        if len(fillers().sub("", text)) > LONG:
            kinds -= {"place"}
        by_name = next((intent for kind, intent in BY_NAME if kind in kinds), None)
        if by_name == "ask_place" and "time" in kinds:
            by_name = "ask_hours"
        if by_name and (kinds & (SPEAKING | {"contact"}) or top < config["faq_clear"]):
            return by_name, confidence, []
        if name in ABOUT and confidence >= config["sure"]:
            return ("nlu_fallback", top, unseen) if unseen and top >= config["faq_ask"] else (name, confidence, unseen)
        if top >= config["faq_ask"] or name in ("faq", "nlu_fallback", *ABOUT) or confidence < config["sure"]:
            return "nlu_fallback", max(top, confidence), unseen
        return name, confidence, []


def _service_part(message: Message, entities: list[dict[str, Any]], learned: str) -> list[dict[str, Any]]:
    """A part of a service's name beside the name of its place ("卫生站的全科医生看到几点")."""
    if learned != "ask_hours" or any(entity["entity"] == "service" for entity in entities):
        return []
    return [part for part in _part(message, entities, learned) if part["entity"] == "service"]


def _part(message: Message, entities: list[dict[str, Any]], learned: str) -> list[dict[str, Any]]:
    """A word of one name alone that is no ordinary word of the training data, as an entity of its kind; or ()."""
    unseen = message.get("unseen_words") or []
    stretches = [(start, start + len(word)) for word, start in unseen]
    for part in message.get(PARTS) or []:
        inside = part["rare"] and any(a <= part["start"] and part["end"] <= b for a, b in stretches)
        when = part["entity"] == "activity" and ASKS_WHEN.search(message.get(TEXT) or "")
        fits = bool(when) or (learned in ABOUT and part["entity"] in ABOUT[learned])
        free = not any(e["start"] < part["end"] and part["start"] < e["end"] for e in entities)
        if free and (inside or fits):
            return [{key: value for key, value in part.items() if key != "rare"}]
    return []


def _is_ellipsis(text: str, entities: list[dict[str, Any]]) -> bool:
    """ "那明天呢", "泗塘一村的呢", "拜新同": names and times with nothing but particles around them."""
    rest = text
    for entity in sorted(entities, key=lambda e: -e["start"]):
        if entity["entity"] not in ("guess", "unknown") and "X" not in rest[entity["start"] : entity["end"]]:
            rest = rest[: entity["start"]] + "X" + rest[entity["end"] :]
    rest = fillers().sub("", rest).strip()
    only_places = {entity["entity"] for entity in entities} <= {"place", "unknown"}
    return "X" in rest and bool(ELLIPSIS.match(rest) or (only_places and HAVE_IT.match(rest)))


def _unseen(message: Message, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first stretch of words that training never showed: perhaps the name of a thing that is not in the tables."""
    if any(entity["entity"] == "unknown" for entity in entities):
        return []
    stretch, end = "", -1
    for word, start in message.get("unseen_words") or []:
        if word in asking_words():
            continue
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
