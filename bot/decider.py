"""Pipeline component: the one place that decides between intent, matter (FAQ, procedure, activity), asking back and not understanding.

Order: plain signs of an emergency, a wish for a person, an emergency by meaning, the very words of a matter, medical advice, a
bare name or ellipsis, then the likelier of what the classifier and the retrieval say.
"""

from __future__ import annotations

import math
import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import safety
from bot.alarm import ALARM
from bot.gazetteer import PARTS
from bot.normalizer import ORIGINS
from bot.retrieval import BEFORE, RANKING, TOGETHER
from bot.segmenter import segmenter
from bot.tokenizer import fillers
from bot.word_index import asking_words
from community.catalog import DOSAGE_FORMS

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
NAMES = set().union(*ABOUT.values())
# What a name asks for when the words around it do not tell.
BY_NAME = (
    ("medicine", "ask_medicine_stock"), ("project", "ask_progress"), ("address", "ask_progress"), ("house", "ask_progress"), ("guide", "ask_guide"),
    ("activity", "ask_activity"), ("contact", "ask_phone"), ("service", "ask_hours"), ("place", "ask_place"),
)  # fmt: skip
SPEAKING = {"medicine", "project", "address", "house", "guide", "activity"}  # a name of these kinds tells by itself what is wanted
SOCIAL = {"greet", "thanks", "goodbye", "affirm", "deny", "bot_challenge", "help", "repeat", "handoff", "complain", "report_repair"}
CLEAR = {"thanks", "goodbye", "affirm", "deny", "bot_challenge", "repeat", "complain"}  # never lean on a question before
NEEDED = {"report_repair": 0.65, "complain": 0.6, "handoff": 0.5}  # what starts something must be heard clearly
ELLIPSIS = re.compile(
    r"^(?:那么?|还有|噢|哦|啊)?[，, ]*(?:X|[，,、 的和跟a-z])*(?:呢|怎么样|怎么说|也是吗|也一样吗|啊|呀|吗)?[，, ]*(?:也?是?一样的?吗)?[？?。！! ]*$"
)
# What a question may ask without saying of what; the other words of such a question are those of question_words.txt.
BARE = {"钱", "多少钱", "收钱", "免费", "收费", "费用", "在", "哪", "哪里", "哪儿", "地址", "几楼", "楼", "几天", "多久", "多长时间", "材料", "证件",
        "带", "办", "电话", "号码", "地方", "几点", "时候", "什么时候"}  # fmt: skip
FORM_ALONE = re.compile(
    rf"^(?:那么?)?(?:有没有)?(?:{'|'.join([*DOSAGE_FORMS, '片剂', '药水', '针', '冲剂', '药膏'])})(?:的)?(?:有没有|有货|有)?(?:吗|呢)[？?。！! ]*$"
)
ASKS_PROGRESS = re.compile(r"\d期.{0,8}(?:搬|拆|造|盖|签|动工|开工|完工|进度|到哪|怎么样了)")
ELSEWHERE = re.compile(
    r"^那么?[一-鿿\d]{2,6}(?:那边|那里|的|那个|一个|那家)*呢[？?]?$|^[一-鿿\d]{2,6}(?:那边|那里)?(?:那个|一个|那家)呢[？?]?$"
)
CORRECTED = "我问的是"  # what turn.py puts before what a correction leaves
CORRECTS = re.compile(r"^我(?:问|讲|说|指)的?(?:就|其实)?是")
ASKS = re.compile(r"几|什么|怎么|多少|哪|吗|能不能|可以|有没有|电话|地址|号码|要不要|收不收|开不开")
OPEN_WORDS = re.compile(r"开|关|休息|放假|上班|下班|营业|几点|时间|有人|在不在|办公|值班|做到|到几|来得及|来不来")
TIME_ALONE = re.compile(r"^(?:那么?)?X(?:也|还|都|是|可以|能|好)*[开测量配办有来去做抽打看理修]{0,2}(?:的|得)?(?:吗|不)[？?。！! ]*$")
HAVE_IT = re.compile(r"^(?:那么?)?X(?:那边|那里|这边)?(?:有没有|有货|有)(?:货|的)?(?:吗|呢)?[？?。！! ]*$")
WHEN_OR_WHERE = re.compile(r"几号|哪天|什么时候(?:到|有|来)|哪里有|哪个站|有没有(?!副作用|影响|关系)|到货|来拿|配得到")
STOCK_WORDS = re.compile(r"有货|缺货|断货|到货|库存|配(?:得|不)(?:到|着)|(?:能|好|可以)配")
HANDOFF_WORDS = re.compile(
    r"(?:转|接|要|找|叫|寻|换|喊)(?:一?个|一下)?(?:人工|真人|活人)(?!智能|费|湖|耳蜗)|^人工(?:服务|客服)?$|(?:叫|让|请|找|派)(?:一?个|您?们)*(?:工作人员|同志|人)(?:来|再)?(?:打|回|给|联系)(?:个|一个)?(?:电话)?(?:给)?我"
)
ASKS_WHEN = re.compile(r"几点|礼拜几|星期几|周几|什么时候|哪天|几号|报名|参加")
ASKS_NUMBER = re.compile(
    r"(?:电话|热线|号码)(?:号码)?(?:是)?(?:多少|几号|几|有吗|呢)|打(?:什么|哪个|几号)(?:电话|号码|热线)?|(?:什么|哪个)(?:电话|号码|热线)"
)
PART_ALONE = 14  # characters of a question about a part of the procedure before it
ASKS_PART = re.compile(
    r"带|材料|证件|多少钱|收费|免费|费用|要钱|几天|多久|多长时间|哪里办|在哪|去哪|窗口|手续|流程|代办|代我|帮我办|谁能办"
)
ASKS_WHERE = re.compile(
    r"(?:在|开在?了?|开到|搬到?了?|设在)(?:什么地方|哪里|哪条路|什么路)(?![办领交配换买登借])|[在几]?[几哪](?:楼|层|号楼)(?!上|下)|门牌|怎么走|的?地址(?:$|是|在|呢|多少|发|给)"
)
FORMALITIES = re.compile(r"带什么|要带|带点|带些|证件|材料|手续|登记|申请|要准备|几个工作日|大概几天|多久(?:给|能|好|办)|哪个窗口|什么窗口")
SAME_THING = 0.3  # how near the procedure must be, beside the FAQ
NEAR_IT = re.compile(r"离.{1,14}(?:最近|不远|近的|多远)")  # the place is only where something else is looked for
PHONE_WORDS = re.compile(r"电话|号码|热线|联系|打什么|打哪")
ANSWERED_BY = {"faq": "faq", "guide": "ask_guide", "activity": "ask_activity"}  # the intent that a matter answers
# Whose names may be filled in from the nearest matter when a message names none.
FILLED = {"ask_medicine_stock": ("category",), "ask_medicine_info": ("category",), "ask_hours": ("service", "place"),
          "ask_location": ("place", "service"), "ask_phone": ("contact", "place"), "ask_place": ("place", "service"),
          "ask_guide": ("guide",), "ask_activity": ("activity",)}  # fmt: skip
ADVICE_AT_LEAST = 0.05  # of the classifier, for a pattern of advice to count: "用几天轮椅" is none
NO_NAME = re.compile(r"[我你您他她们的了吗呢吧啊是]")  # in a word that the segmenter made up ("们愿")
HOURS_AT_LEAST = 0.15  # of the classifier, for a service and a time to be a question about hours: "理发店昨天关门了" is none
LONG = 16  # a name of a place in a message longer than this may be only where something happens
SHORT = 7  # a message of so few characters leans on what was said before
# Logistic weights of the signs for and against the nearest matter (fitted as docs/understanding.md tells).
LIKELY = {"score": 0.77, "own": 1.13, "structured": -0.89, "named": -1.01, "social": -0.75, "out_of_scope": -0.87, "surest": -1.94,
          "time": -0.9, "speaking": -3.32, "unknown": -0.65, "place": 0.9, "other": -0.27, "length": 1.19, "bias": -2.78}  # fmt: skip
NO_MATTER: dict[str, Any] = {"kind": "faq", "id": "", "title": "", "score": 0.0}
Decision = tuple[str, float, list[dict[str, Any]]]  # intent, confidence, further entities


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Decider(GraphComponent):
    """See the module."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """sure, surer: of the classifier; advice_sure: of the classifier to refuse; answer: of a matter to be the answer; strong: to be it
        beside a name that is nearly ours; leaning: of what a message and the question before it are both near to; same: of a procedure or activity where the classifier heard a question about one; fill: of a place, service or phone to be the one that a message does not name;
        alarm, alarm_sure: of an emergency that no pattern foresees, among other talk and beside an ordinary wish."""
        return {
            "sure": 0.4,
            "surer": 0.75,
            "advice_sure": 0.7,
            "answer": 0.4,
            "strong": 0.6,
            "fill": 0.3,
            "same": 0.15,
            "leaning": 0.15,
            "alarm": 0.4,
            "alarm_sure": 0.8,
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
        kinds = {entity["entity"] for entity in entities}
        alarm = safety.emergency(text)
        if alarm:
            return "emergency", 1.0, [_whole(text, "emergency_kind", alarm)]
        if HANDOFF_WORDS.search(text):
            return "handoff", 1.0, []
        name, confidence = _learned(message)
        matter = next((row for row in message.get(RANKING) or [] if row["kind"] in ANSWERED_BY), NO_MATTER)
        heard = message.get(ALARM) or {"kind": "medical", "score": 0.0}
        ordinary = _likely(matter, message, kinds) >= config["strong"] or (name in FILLED and confidence >= config["surer"])
        if heard["score"] >= (config["alarm_sure"] if ordinary else config["alarm"]):
            return "emergency", heard["score"], [_whole(text, "emergency_kind", heard["kind"])]
        if matter["score"] == 1.0 and not kinds & {"medicine", "project", "address"}:
            return _matter(text, matter, entities)
        leaning = next((row for row in message.get(TOGETHER) or [] if row["kind"] in ANSWERED_BY), NO_MATTER)
        before = (message.get("metadata") or {}).get(BEFORE) or {}
        if (
            before.get("guide")
            and len(text) <= PART_ALONE
            and not kinds & NAMES
            and ASKS_PART.search(text)
            and matter["score"] < config["strong"]
        ):
            return "follow_up", 1.0, []
        if not kinds - {"unknown", "guess"} and name not in CLEAR and leaning["score"] >= config["leaning"]:
            return _matter(text, leaning, entities, leaning["score"])
        if self._wants_advice(text, name, confidence, message):
            return "ask_medicine_advice", 1.0, []
        if "guess" in kinds and not kinds & NAMES:
            return _matter(text, matter, entities) if matter["score"] >= config["strong"] else ("nlu_fallback", confidence, [])
        if _is_ellipsis(text, entities) or FORM_ALONE.match(text) or (not entities and ELSEWHERE.match(text)):
            return "follow_up", 1.0, []
        if (
            not kinds & {"medicine", "category"}
            and not ("time" in kinds and kinds & {"service", "place"})
            and STOCK_WORDS.search(text)
            and name != "ask_activity"
            and matter["score"] < config["strong"]
        ):
            return "ask_medicine_stock", confidence, _unseen(message, entities)
        return self._weigh(text, entities, message, matter)

    def _wants_advice(self, text: str, name: str, confidence: float, message: Message) -> bool:
        if name == "ask_medicine_advice" and confidence >= self._config["advice_sure"]:
            return True
        unless = ("ask_hours", "ask_guide", "ask_activity", "ask_phone", "handoff", "complain")
        if {entity["entity"] for entity in message.get(ENTITIES) or []} & {"medicine"} and WHEN_OR_WHERE.search(text):
            return False
        return safety.medical_advice(text) and name not in unless and _heard(message).get("ask_medicine_advice", 0.0) >= ADVICE_AT_LEAST

    def _weigh(self, text: str, entities: list[dict[str, Any]], message: Message, matter: dict[str, Any]) -> Decision:
        """What the classifier heard against the nearest matter."""
        config, kinds = self._config, {entity["entity"] for entity in entities}
        name, confidence = _learned(message)
        if "place" in kinds and "unknown" not in kinds and ASKS_WHERE.search(text) and not FORMALITIES.search(text):
            return "ask_location", confidence, []
        if name in FILLED and confidence >= config["surer"] and kinds & ABOUT[name] and "unknown" not in kinds:
            return name, confidence, _service_part(message, entities, name)
        asks_hours = _heard(message).get("ask_hours", 0.0) >= HOURS_AT_LEAST
        if asks_hours and kinds >= {"service", "time"} and not kinds & (SPEAKING | {"activity"}) and name != "complain":
            return "ask_hours", confidence, []  # "元旦那天降压药吃完了，卫生站还能配药吗"
        if ASKS_NUMBER.search(text) and not kinds & (ABOUT["ask_phone"] | {"unknown"}) and len(text) > SHORT:
            contact = next((row for row in message.get(RANKING) or [] if row["kind"] == "contact"), NO_MATTER)
            if contact["score"] >= config["fill"]:
                return "ask_phone", confidence, [_whole(text, "contact", contact["id"])]
        if _bare(text):
            return (name, confidence, []) if name in ABOUT and confidence >= config["sure"] else ("follow_up", confidence, [])
        if ANSWERED_BY[matter["kind"]] == name != "faq" and confidence >= config["sure"] and matter["score"] >= config["same"]:
            return _matter(text, matter, entities, matter["score"])
        likely = _likely(matter, message, kinds)
        if name in NEEDED and confidence >= NEEDED[name] and likely < config["strong"]:
            return name, confidence, []
        if likely >= (config["strong"] if "unknown" in kinds else config["answer"]):
            return _matter(text, _procedure(text, matter, message), entities, likely)
        if name in SOCIAL and confidence >= NEEDED.get(name, config["sure"]):
            return name, confidence, []
        return self._by_name(text, entities, message, likely)

    def _by_name(self, text: str, entities: list[dict[str, Any]], message: Message, score: float) -> Decision:
        """No matter is near enough: names, whole or in part or near, and the intent that they fit."""
        config, kinds = self._config, {entity["entity"] for entity in entities}
        name, confidence = _learned(message)
        sure = confidence >= config["sure"]
        if name in ABOUT and sure and kinds & ABOUT[name] and not NEAR_IT.search(text):
            return name, confidence, _service_part(message, entities, name)
        if NEAR_IT.search(text):
            return "nlu_fallback", confidence, _unseen(message, entities)
        part = _part(message, entities, name)
        if part and not kinds & SPEAKING:
            kind = part[0]["entity"]
            fits = name in ABOUT and kind in ABOUT[name] and sure
            return (name if fits else dict(BY_NAME)[kind]), confidence, part
        if name in FILLED and sure and "unknown" not in kinds and len(text) > SHORT:
            near = next((row for row in message.get(RANKING) or [] if row["kind"] in FILLED[name]), NO_MATTER)
            if near["score"] >= config["fill"]:
                return name, confidence, [_whole(text, near["kind"], near["id"])]
        if name in ("faq", "out_of_scope") and sure and "time" not in kinds:
            kinds -= {"place", "service", "contact"}  # only mentioned
        if not PHONE_WORDS.search(text):
            kinds -= {"contact"}
        if len(fillers().sub("", text)) > LONG and "time" not in kinds:
            kinds -= {"place"}
        by_name = next((intent for kind, intent in BY_NAME if kind in kinds), None)
        if by_name == "ask_place" and "time" in kinds:
            by_name = "ask_hours"
        if by_name:
            return by_name, confidence, []
        unseen = _unseen(message, entities)
        if name == "ask_hours" and not OPEN_WORDS.search(text):
            return "nlu_fallback", confidence, unseen  # "明天会下雨吗"
        if name in ABOUT and sure:
            return ("nlu_fallback", score, unseen) if unseen and score >= config["answer"] / 2 else (name, confidence, unseen)
        if name in SOCIAL and confidence >= NEEDED.get(name, config["sure"]):
            return name, confidence, []
        return "nlu_fallback", max(score, confidence), unseen


def _procedure(text: str, matter: dict[str, Any], message: Message) -> dict[str, Any]:
    """The procedure on the same thing as the nearest FAQ, when papers, fees or days are asked about: its row has them."""
    if matter["kind"] != "faq" or not FORMALITIES.search(text):
        return matter
    guide = next((row for row in message.get(RANKING) or [] if row["kind"] == "guide"), NO_MATTER)
    return guide if guide["score"] >= matter["score"] * SAME_THING else matter


def _learned(message: Message) -> tuple[str, float]:
    """The classifier's first choice."""
    learned = message.get(INTENT) or {"name": "nlu_fallback", "confidence": 0.0}
    return learned["name"], float(learned["confidence"])


def _heard(message: Message) -> dict[str, float]:
    """The classifier's confidence by intent."""
    return {row["name"]: float(row["confidence"]) for row in message.get("intent_ranking") or []}


def _likely(matter: dict[str, Any], message: Message, kinds: set[str]) -> float:
    """The chance that a matter answers a message, from its own score, what the classifier heard and what is named."""
    heard = _heard(message)
    asks = {name: heard.get(name, 0.0) for name in ABOUT if name not in ANSWERED_BY.values()}
    other = max((row["score"] for row in message.get(RANKING) or [] if row["kind"] not in ANSWERED_BY), default=0.0)
    signs = {
        "score": _log_odds(matter["score"]),
        "own": heard.get(ANSWERED_BY[matter["kind"]], 0.0) + (heard.get("faq", 0.0) / 2 if matter["kind"] == "guide" else 0.0),
        "structured": sum(asks.values()),
        "named": max((share for name, share in asks.items() if kinds & ABOUT[name]), default=0.0),
        "social": sum(heard.get(name, 0.0) for name in SOCIAL),
        "out_of_scope": heard.get("out_of_scope", 0.0),
        "surest": max(heard.values(), default=0.0),
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
        when = part["entity"] == "activity" and ASKS_WHEN.search(message.get(TEXT) or "")
        fits = bool(when) or (learned in ABOUT and part["entity"] in ABOUT[learned])
        free = not any(e["start"] < part["end"] and part["start"] < e["end"] for e in entities)
        if free and (inside or fits):
            return [{key: value for key, value in part.items() if key != "rare"}]
    return []


def _bare(text: str) -> bool:
    """A question without anything it is about ("要钱吗", "在哪里啊"): what was said before tells."""
    words = [word for word in segmenter().cut(fillers().sub("", text), HMM=False) if word.isalnum()]
    return bool(words) and all(word in asking_words() or word in BARE for word in words) and any(word in BARE for word in words)


def _phase(message: Message, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A part of a project's name alone ("二期"), where progress is asked about."""
    asks = _learned(message)[0] == "ask_progress" or ASKS_PROGRESS.search(message.get(TEXT) or "")
    if not asks or any(entity["entity"] in ("project", "address") for entity in entities):
        return []
    return [part for part in _part(message, entities, "ask_progress") if part["entity"] == "project"]


def _is_ellipsis(text: str, entities: list[dict[str, Any]]) -> bool:
    """ "那明天呢", "泗塘一村的呢", "拜新同": names and times with nothing but particles around them."""
    if CORRECTS.match(text) and not ASKS.search(text) and {entity["entity"] for entity in entities} & NAMES:
        return True
    rest = text
    for entity in sorted(entities, key=lambda e: -e["start"]):
        if entity["entity"] not in ("guess", "unknown") and "X" not in rest[entity["start"] : entity["end"]]:
            rest = rest[: entity["start"]] + "X" + rest[entity["end"] :]
    rest = fillers().sub("", rest).strip()
    if {entity["entity"] for entity in entities} == {"time"} and TIME_ALONE.match(rest):
        return True
    only_places = {entity["entity"] for entity in entities} <= {"place", "unknown", "address"}
    return "X" in rest and bool(ELLIPSIS.match(rest) or (only_places and HAVE_IT.match(rest)))


def _unseen(message: Message, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first stretch of words that training never showed: perhaps the name of a thing that is not in the tables."""
    if any(entity["entity"] == "unknown" for entity in entities):
        return []
    stretch, end = "", -1
    for word, start in message.get("unseen_words") or []:
        if word in asking_words():
            continue
        if (stretch and start != end) or NO_NAME.search(word):
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
