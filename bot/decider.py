"""Pipeline component: the one place that decides between intent, matter (FAQ, procedure, activity), asking back and not understanding.

Order: plain signs of an emergency, a wish for a person, an emergency by meaning, the very words of a matter, medical advice, a
bare name or ellipsis, then the likelier of what the classifier and the retrieval say.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import safety, wording
from bot.alarm import ALARM
from bot.gazetteer import PARTS
from bot.likelihood import ABOUT, NO_MATTER, SOCIAL, answers, confidences, first_choice
from bot.normalizer import ORIGINS
from bot.retrieval import ANSWERED_BY, BEFORE, RANKING, TOGETHER
from bot.segmenter import asking_words
from bot.tokenizer import fillers

NAMES = set().union(*ABOUT.values())
# What a name asks for when the words around it do not tell.
BY_NAME = (
    ("medicine", "ask_medicine_stock"), ("project", "ask_progress"), ("address", "ask_progress"), ("house", "ask_progress"), ("guide", "ask_guide"),
    ("activity", "ask_activity"), ("contact", "ask_phone"), ("service", "ask_hours"), ("place", "ask_place"),
)  # fmt: skip
SPEAKING = {"medicine", "project", "address", "house", "guide", "activity"}  # a name of these kinds tells by itself what is wanted
CLEAR = {"thanks", "goodbye", "affirm", "deny", "bot_challenge", "repeat", "simplify", "complain"}  # never lean on a question before
NEEDED = {"report_repair": 0.65, "complain": 0.75, "handoff": 0.5}  # what starts something must be heard clearly
SAME_THING = 0.1  # how near the procedure must be, beside the FAQ
# Whose names may be filled in from the nearest matter when a message names none.
FILLED = {"ask_medicine_stock": ("category",), "ask_medicine_info": ("category",), "ask_hours": ("service", "place"),
          "ask_location": ("place", "service"), "ask_phone": ("contact", "place"), "ask_place": ("place", "service"),
          "ask_guide": ("guide",), "ask_activity": ("activity",)}  # fmt: skip
ADVICE_AT_LEAST = 0.05  # of the classifier, for a pattern of advice to count: "用几天轮椅" is none
HOURS_AT_LEAST = 0.15  # of the classifier, for a service and a time to be a question about hours: "理发店昨天关门了" is none
LONG = 16  # a name of a place in a message longer than this may be only where something happens
SHORT = 7  # a message of so few characters leans on what was said before
Decision = tuple[str, float, list[dict[str, Any]]]  # intent, confidence, further entities


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Decider(GraphComponent):
    """See the module."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """sure, surer: of the classifier; advice_sure: of the classifier to refuse; mending: of the classifier that something is to be
        mended, which no alarm is; answer: of a matter to be the answer; strong: to be it beside a name that is nearly ours; leaning: of
        what a message and the question before it are both near to; same: of a procedure or activity where the classifier heard a
        question about one; fill: of a place, service or phone to be the one that a message does not name; alarm, alarm_sure: of an
        emergency that no pattern foresees, among other talk and beside an ordinary wish; alarm_ruled_out: below it a pattern is none."""
        return {
            "sure": 0.4,
            "surer": 0.75,
            "advice_sure": 0.7,
            "answer": 0.4,
            "strong": 0.6,
            "fill": 0.3,
            "mending": 0.9,
            "same": 0.15,
            "leaning": 0.15,
            "alarm": 0.35,
            "alarm_sure": 0.7,
            "alarm_ruled_out": 0.02,
        }

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

    def _decide(self, text: str, entities: list[dict[str, Any]], message: Message) -> Decision:
        """(intent, confidence, further entities)."""
        config = self._config
        entities += _phase(message, entities)
        entities += _meal(text)
        kinds = {entity["entity"] for entity in entities}
        heard = message.get(ALARM)
        alarm = safety.emergency(text)
        if alarm and heard["score"] >= config["alarm_ruled_out"]:
            return "emergency", 1.0, [_whole(text, "emergency_kind", alarm)]
        if wording.HANDOFF_WORDS.search(text):
            return "handoff", 1.0, []
        name, confidence = first_choice(message)
        matter = next((row for row in message.get(RANKING) or [] if row["kind"] in ANSWERED_BY), NO_MATTER)
        likely = answers(matter, message, kinds)
        advice = self._wants_advice(text, name, confidence, message)
        mending = name == "report_repair" and confidence >= config["mending"]
        ordinary = advice or mending or likely >= config["strong"] or (name in FILLED and confidence >= config["surer"])
        if heard["score"] >= (config["alarm_sure"] if ordinary else config["alarm"]):
            return "emergency", heard["score"], [_whole(text, "emergency_kind", heard["kind"])]
        if matter["score"] == 1.0 and not kinds & {"medicine", "project", "address"}:
            return _matter(text, matter, entities)
        leaning = next((row for row in message.get(TOGETHER) or [] if row["kind"] in ANSWERED_BY), NO_MATTER)
        before = _intent_before(message)
        if (
            before == "ask_guide"
            and len(text) <= wording.PART_ALONE
            and not kinds & NAMES
            and wording.ASKS_PART.search(text)
            and matter["score"] < config["strong"]
        ):
            return "follow_up", 1.0, []
        leans = before in ANSWERED_BY.values() and not kinds - {"unknown", "guess"} and name not in CLEAR
        if leans and leaning["score"] >= (config["strong"] if advice else config["leaning"]):
            return _matter(text, leaning, entities, leaning["score"])
        if advice:
            return "ask_medicine_advice", 1.0, []
        if "guess" in kinds and not kinds & NAMES:
            return _matter(text, matter, entities) if matter["score"] >= config["strong"] else ("nlu_fallback", confidence, [])
        elsewhere = not entities and wording.ELSEWHERE.match(text) and (wording.THAT_ONE.search(text) or matter["score"] < config["strong"])
        if wording.is_ellipsis(text, entities, NAMES) or wording.FORM_ALONE.match(text) or elsewhere:
            return "follow_up", 1.0, []
        if (
            not kinds & {"medicine", "category"}
            and not ("time" in kinds and kinds & {"service", "place"})
            and wording.STOCK_WORDS.search(text)
            and name != "ask_activity"
            and matter["score"] < config["strong"]
        ):
            return "ask_medicine_stock", confidence, _unseen(message, entities)
        return self._weigh(text, entities, message, matter, likely)

    def _wants_advice(self, text: str, name: str, confidence: float, message: Message) -> bool:
        if name == "ask_medicine_advice" and confidence >= self._config["advice_sure"]:
            return True
        unless = ("ask_hours", "ask_guide", "ask_activity", "ask_phone", "handoff", "complain")
        if {entity["entity"] for entity in message.get(ENTITIES) or []} & {"medicine"} and wording.WHEN_OR_WHERE.search(text):
            return False
        return (
            safety.medical_advice(text) and name not in unless and confidences(message).get("ask_medicine_advice", 0.0) >= ADVICE_AT_LEAST
        )

    def _weigh(self, text: str, entities: list[dict[str, Any]], message: Message, matter: dict[str, Any], likely: float) -> Decision:
        """What the classifier heard against the nearest matter."""
        config, kinds = self._config, {entity["entity"] for entity in entities}
        name, confidence = first_choice(message)
        _nearer_place(text, message, entities, config["strong"])
        if "place" in kinds and "unknown" not in kinds and wording.ASKS_WHERE.search(text) and not wording.FORMALITIES.search(text):
            return "ask_location", confidence, []
        plain_wish = confidence >= config["surer"] and not (name == "ask_place" and likely >= config["strong"])
        if name in FILLED and plain_wish and kinds & ABOUT[name] and "unknown" not in kinds:
            return name, confidence, _service_part(message, entities, name)
        asks_hours = (
            confidences(message).get("ask_hours", 0.0) >= HOURS_AT_LEAST and name != "complain" and not kinds & (SPEAKING | {"activity"})
        )
        if asks_hours and (kinds >= {"service", "time"} or (kinds & {"service", "place"} and wording.ASKS_SPAN.search(text))):
            return "ask_hours", confidence, _service_part(message, entities, "ask_hours")  # "元旦那天降压药吃完了，卫生站还能配药吗"
        if wording.ASKS_NUMBER.search(text) and "unknown" not in kinds:
            named = bool(kinds & ABOUT["ask_phone"])
            contact = _contact(text, message, entities, config["fill" if named else "same"])
            if named or contact:
                sure = confidence if named or not contact else min(confidence, 2 * contact["score"])
                return "ask_phone", sure, [_whole(text, "contact", contact["id"])] if contact else []
        if wording.is_bare(text):
            return (name, confidence, []) if name in ABOUT and confidence >= config["sure"] else ("follow_up", confidence, [])
        if ANSWERED_BY[matter["kind"]] == name != "faq" and confidence >= config["sure"] and matter["score"] >= config["same"]:
            return _matter(text, matter, entities, matter["score"])
        asked_for = config["answer" if name == "report_repair" and wording.ASKS.search(text) else "strong"]
        if name in NEEDED and confidence >= NEEDED[name] and likely < asked_for and "guide" not in kinds:
            return name, confidence, []
        if likely >= (config["strong"] if "unknown" in kinds else config["answer"]):
            return _matter(text, _procedure(text, matter, message), entities, likely)
        if name in SOCIAL and confidence >= NEEDED.get(name, config["sure"]):
            return name, confidence, []
        return self._by_name(text, entities, message, likely)

    def _by_name(self, text: str, entities: list[dict[str, Any]], message: Message, score: float) -> Decision:
        """No matter is near enough: names, whole or in part or near, and the intent that they fit."""
        config, kinds = self._config, {entity["entity"] for entity in entities}
        name, confidence = first_choice(message)
        sure = confidence >= config["sure"]
        if name in ABOUT and sure and kinds & ABOUT[name] and not wording.NEAR_IT.search(text):
            return name, confidence, _service_part(message, entities, name)
        if wording.NEAR_IT.search(text):
            return "nlu_fallback", confidence, _unseen(message, entities)
        part = _part(message, entities, name)
        if part and not kinds & SPEAKING:
            kind = part[0]["entity"]
            fits = name in ABOUT and kind in ABOUT[name] and sure
            return (name if fits else dict(BY_NAME)[kind]), confidence, part
        if name in FILLED and sure and "unknown" not in kinds and len(text) > SHORT:
            near = next((row for row in message.get(RANKING) or [] if row["kind"] in FILLED[name]), NO_MATTER)
            if near["score"] >= config["same" if name == "ask_location" else "fill"]:
                return name, min(confidence, 2 * near["score"]), [_whole(text, near["kind"], near["id"])]
        if name in ("faq", "out_of_scope") and sure and "time" not in kinds:
            kinds -= {"place", "service", "contact"}  # only mentioned
        if not wording.PHONE_WORDS.search(text):
            kinds -= {"contact"}
        if len(fillers().sub("", text)) > LONG and "time" not in kinds:
            kinds -= {"place"}
        by_name = next((intent for kind, intent in BY_NAME if kind in kinds), None)
        if by_name == "ask_place" and "time" in kinds:
            by_name = "ask_hours"
        if by_name:
            return by_name, confidence, []
        unseen = _unseen(message, entities)
        if name == "ask_hours" and not wording.OPEN_WORDS.search(text):
            return "nlu_fallback", confidence, unseen  # "明天会下雨吗"
        before = _intent_before(message)
        about_it = name in ("ask_guide", "ask_activity") or (before == "ask_activity" and name in ("ask_hours", "ask_location"))
        if before and about_it and not kinds & NAMES and len(text) <= wording.PART_ALONE:
            return "follow_up", confidence, unseen  # "要先报名吗" after an activity
        if name in ABOUT and sure:
            return ("nlu_fallback", score, unseen) if unseen and score >= config["answer"] / 2 else (name, confidence, unseen)
        if name in SOCIAL and confidence >= NEEDED.get(name, config["sure"]):
            return name, confidence, []
        return "nlu_fallback", max(score, confidence), unseen


def _procedure(text: str, matter: dict[str, Any], message: Message) -> dict[str, Any]:
    """The procedure on the same thing as the nearest FAQ, when papers, fees or days are asked about: its row has them."""
    if matter["kind"] != "faq" or not wording.FORMALITIES.search(text):
        return matter
    guide = next((row for row in message.get(RANKING) or [] if row["kind"] == "guide"), NO_MATTER)
    return guide if guide["score"] >= matter["score"] * SAME_THING else matter


def _intent_before(message: Message) -> str | None:
    """The intent of the resident's last message."""
    return ((message.get("metadata") or {}).get(BEFORE) or {}).get("intent")


def _nearer_place(text: str, message: Message, entities: list[dict[str, Any]], at_least: float) -> None:
    """The place that all of a message is near to, instead of one that it only names in passing ("广场那个厕所": not the square)."""
    near = next((row for row in message.get(RANKING) or [] if row["kind"] == "place"), NO_MATTER)
    named = [entity for entity in entities if entity["entity"] == "place"]
    if near["score"] >= at_least and named and not any(near["id"] in entity["value"].split("|") for entity in named):
        entities[:] = [entity for entity in entities if entity not in named] + [_whole(text, "place", near["id"])]


def _contact(text: str, message: Message, entities: list[dict[str, Any]], at_least: float) -> dict[str, Any] | None:
    """The nearest phone number, if a message that names none, or another, tells something of it ("夜里水管坏了打什么电话")."""
    tells = len(wording.PHONE_TALK.sub("", fillers().sub("", text))) > 1
    rows = message.get(RANKING) or [] if tells else []
    near = max((row for row in rows if row["kind"] == "contact"), key=lambda row: row["score"], default=NO_MATTER)
    named = any(entity["entity"] == "contact" and near["id"] in entity["value"].split("|") for entity in entities)
    return near if near["score"] >= at_least and not named else None


def _matter(text: str, matter: dict[str, Any], entities: list[dict[str, Any]], likely: float = 1.0) -> Decision:
    """A matter as the answer: its intent, and its id as an entity if the message does not name it already."""
    kind, ident = matter["kind"], matter["id"]
    said = any(entity["entity"] == kind and ident in entity["value"].split("|") for entity in entities)
    if kind != "faq":
        entities[:] = [entity for entity in entities if entity["entity"] != kind or entity["value"] == ident]
        said = any(entity["entity"] == kind for entity in entities)
    return ANSWERED_BY[kind], likely, [] if said else [_whole(text, kind, ident)]


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
        when = part["entity"] == "activity" and wording.ASKS_WHEN.search(message.get(TEXT) or "")
        fits = bool(when) or (learned in ABOUT and part["entity"] in ABOUT[learned])
        free = not any(e["start"] < part["end"] and part["start"] < e["end"] for e in entities)
        if free and (inside or fits):
            return [{key: value for key, value in part.items() if key != "rare"}]
    return []


def _phase(message: Message, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A part of a project's name alone ("二期"), where progress is asked about; after such a question "4号" is no day."""
    before = _intent_before(message) == "ask_progress"
    asks = before or first_choice(message)[0] == "ask_progress" or wording.ASKS_PROGRESS.search(message.get(TEXT) or "")
    if not asks or any(entity["entity"] in ("project", "address") for entity in entities):
        return []
    others = [entity for entity in entities if not (before and entity["entity"] == "time")]
    found = [part for part in _part(message, others, "ask_progress") if part["entity"] == "project"]
    entities[:] = [e for e in entities if not any(e["start"] < part["end"] and part["start"] < e["end"] for part in found)]
    return found


def _meal(text: str) -> list[dict[str, Any]]:
    """ "中饭呢": the hours of the day, which tell those of each meal."""
    meal = wording.MEAL_ALONE.match(text)
    return [{**_whole(text, "time", "今天"), "start": meal.start("meal"), "end": meal.end("meal")}] if meal else []


def _unseen(message: Message, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first stretch of words that training never showed: perhaps the name of a thing that is not in the tables."""
    if any(entity["entity"] == "unknown" for entity in entities):
        return []
    stretch, end = "", -1
    for word, start in message.get("unseen_words") or []:
        if word in asking_words():
            continue
        no_name = wording.NO_NAME.search(word)
        if stretch and (start != end or no_name):
            break
        if no_name:
            continue
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
