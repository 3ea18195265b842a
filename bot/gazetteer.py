"""Pipeline component: names, addresses and times in a message, read live from the tables.

An entity's `value` is the id of the row; a name that several rows share has their ids joined by "|". A stretch that
looks like a name of ours but is not quite one becomes `guess` (value "kind:id|id"), a place or project of another
neighbourhood ("通河八村卫生站") becomes `unknown`.
"""

from __future__ import annotations

import csv
import re
from itertools import takewhile
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy.orm import Session

from bot.live import Live
from bot.name_index import Found, NameIndex
from bot.normalizer import LEXICON, plain
from bot.segmenter import asking_words, no_names, segmenter
from community import catalog, lookups, time_phrases
from community.catalog import Name
from community.models import Faq

# The first kind of a stretch that names several kinds of things stands for it in the features.
KINDS = ("medicine", "project", "estate", "place", "guide", "service", "activity", "contact", "category", "stage")
# Kinds of which a word may stand for the whole name, if the word belongs to no other.
KINDS_BY_PART = ("activity", "guide", "service", "contact", "project")
# Kinds of which a slip in a name is only a guess: two medicines may differ in one character. The others are answered, by their names.
KINDS_GUESSED = ("medicine", "project", "estate", "category", "stage", "service")
PARTS = "parts_of_names"

_NUM = r"(?:\d{1,4}|[一二三四五六七八九十百]{1,4})"
_HOUSE = re.compile(
    rf"\s*(?:的)?\s*(?:(?P<lane>{_NUM})弄)?\s*第?(?P<building>{_NUM})\s*(?:号楼|号(?!地|线)|栋|幢|楼)(?:\s*\d{{2,4}}\s*室?)?"
)
_HOUSE_ALONE = re.compile(r"门牌(?:号码?)?(?:[应该就其实]{0,2}是)?(\d{1,3})号?(?!\d)")
_ESTATE_END = re.compile(r"(?:\d+村|新村|小区|花园|公寓|家园)$")
_LANE = re.compile(r"\d+弄$")
_OVER_THERE = re.compile(r"那边|那里|的?呢|$")
_ELSEWHERE = re.compile(r"([一-鿿]{1,6}?(?:\d{1,3}村|新村|小区|街道|镇|路|区|医院|公园))(?:的|那边的?|附近的?)?$")

# An estate or a large place by its usual ending; one that is in no table is not ours.
_OTHER_PLACE = re.compile(
    r"[一-鿿]{2,4}\d{1,2}村(?:[一-鿿]{1,6}?(?:站|点|所|室|会|厅|院|中心|食堂))|[一-鿿]{2}(?P<kind>新村|小区|公园|体育馆|体育场|游泳馆|图书馆|火车站)"
)


class LiveNames(Live):
    """The index of the running community's names, and what else tells a name."""

    def __init__(self) -> None:
        super().__init__()
        self.index = NameIndex([])
        self.names_text = ""
        self.parts: dict[str, set[tuple[str, str]]] = {}
        self.estates: dict[str, str] = {}  # by what residents say for them ("泗塘" for 泗塘一村)
        self.ordinary = ""  # the text of the FAQs: a word in it is no sign of a name

    def read(self, session: Session) -> bool:
        names = catalog.names(session)
        self.index = NameIndex([*names, *_said_otherwise(names)])
        self.names_text = "\n".join(plain(name.text) for name in names)
        self.parts = _parts(names)
        self.estates = _estates(names)
        self.ordinary = "\n".join(plain(" ".join((f.question, *f.similar, f.answer))) for f in lookups.everything(session, Faq))
        return True


def _said_otherwise(names: list[Name]) -> list[Name]:
    """What residents call the services (data/lexicon/services.csv: the word in a service's name, and another for it)."""
    with (LEXICON / "services.csv").open(encoding="utf-8-sig", newline="") as file:
        words = [(row["service"], row["also"]) for row in csv.DictReader(file)]
    return [Name(also, "service", name.id) for name in names if name.kind == "service" for word, also in words if word in name.text]


def _estates(names: list[Name]) -> dict[str, str]:
    """The short form of each estate's or lane's name ("泗塘", "220弄") that no other shares, with its `estate#lane`."""
    found: dict[str, list[str]] = {}
    for name in names:
        lane = _LANE.search(plain(name.text))
        short = lane.group() if lane else _ESTATE_END.sub("", plain(name.text))
        if name.kind == "estate" and len(short) >= 2:
            found.setdefault(short, []).append(name.id)
    return {short: estates[0] for short, estates in found.items() if len(estates) == 1}


def _parts(names: list[Name]) -> dict[str, set[tuple[str, str]]]:
    """Words of names that belong to one row alone ("太极拳" of "太极拳晨练"): word → {(kind, id)}."""
    words: dict[str, set[tuple[str, str]]] = {}
    for name in names:
        if name.kind in KINDS_BY_PART:
            text = plain(name.text)
            halves = [text[:2], text[2:]] if len(text) == 4 and name.kind == "service" else []
            phases = re.findall(r"\d+[期号]", text) if name.kind == "project" else []  # jieba cuts the number off
            for word in {*segmenter().cut(text), *halves, *phases}:
                if len(word) >= 2 and word != text and not word.isascii():
                    words.setdefault(word, set()).add((name.kind, name.id))
    return {word: owners for word, owners in words.items() if len(owners) == 1}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Gazetteer(GraphComponent):
    """See the module."""

    def __init__(self) -> None:
        self._live = LiveNames()

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> Gazetteer:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        self._live.refresh()
        for message in messages:
            text = message.get(TEXT) or ""
            message.set(ENTITIES, self.entities(text), add_to_output=True)
            message.set(PARTS, self.parts(text))
        return messages

    def entities(self, text: str) -> list[dict[str, Any]]:
        """The entities of a normalised text, left to right."""
        entities: list[dict[str, Any]] = []
        covered: list[tuple[int, int]] = []
        for found in self._live.index.find(text):
            if any(a < found.end and found.start < b for a, b in covered):
                continue
            entities += self._named(text, found, covered)
        for match in _OTHER_PLACE.finditer(text):
            ours = match.group() in self._live.names_text or match.group() in self._live.ordinary
            if (
                not ours
                and not (match["kind"] and _ends_in_no_name(text[: match.start("kind")]))
                and not any(a < match.end() and match.start() < b for a, b in covered)
            ):
                covered.append(match.span())
                entities.append(_entity("unknown", *match.span(), match.group()))
        for match in _HOUSE_ALONE.finditer(text):
            if not any(a < match.end() and match.start() < b for a, b in covered):
                covered.append(match.span())
                entities.append(_entity("house", *match.span(), match[1]))
        entities += self._by_short_names(text, covered)
        for start, end in time_phrases.find(text):
            if not any(a < end and start < b for a, b in covered):
                entities.append(_entity("time", start, end, text[start:end]))
        return sorted(entities, key=lambda entity: (entity["start"], -entity["end"]))

    def _by_short_names(self, text: str, covered: list[tuple[int, int]]) -> list[dict[str, Any]]:
        """Estates by their short forms: stretches are looked up, so that finding does not grow with their number."""
        entities = []
        for start in range(len(text)):
            for end in range(len(text), start + 1, -1):
                short = text[start:end]
                if short not in self._live.estates or (start and text[start - 1].isdigit()):
                    continue
                fits = short.endswith("弄") or _OVER_THERE.match(text, end)
                if fits and not any(a < end and start < b for a, b in covered):
                    entities.append(self._house(text, start, end, self._live.estates[short], covered))
        return entities

    def parts(self, text: str) -> list[dict[str, Any]]:
        """Words in `text` that belong to one name alone, as entities; the decider may use them where no name is whole."""
        found = []
        for start in range(len(text)):
            for end in range(start + 2, min(start + 7, len(text) + 1)):
                for kind, ident in self._live.parts.get(text[start:end], ()):
                    rare = text[start:end] not in self._live.ordinary
                    found.append({**_entity(kind, start, end, ident), "rare": rare})
        return sorted(found, key=lambda entity: entity["start"] - entity["end"])

    def _named(self, text: str, found: Found, covered: list[tuple[int, int]]) -> list[dict[str, Any]]:
        by_kind: dict[str, list[str]] = {}
        for name in found.names:
            by_kind.setdefault(name.kind, []).append(name.id)
        kinds = [kind for kind in KINDS if kind in by_kind]
        elsewhere = _ELSEWHERE.search(text[: found.start])
        if elsewhere and {"place", "project", "contact"} & set(kinds) and elsewhere[1] not in self._live.names_text:
            start = elsewhere.start(1) + _length_of_asking(elsewhere[1])
            covered.append((start, found.end))
            return [_entity("unknown", start, found.end, text[start : found.end])]
        if found.how == "slip" and kinds[0] == "guide":
            return []  # procedures are found by what the whole message means
        if found.how == "slip" and kinds[0] in KINDS_GUESSED:
            covered.append((found.start, found.end))
            return [_entity("guess", found.start, found.end, f"{kinds[0]}:{'|'.join(dict.fromkeys(by_kind[kinds[0]]))}")]
        if kinds == ["estate"]:
            return [self._address(text, found, covered)]
        covered.append((found.start, found.end))
        return [_entity(kind, found.start, found.end, "|".join(dict.fromkeys(by_kind[kind]))) for kind in kinds]

    def _address(self, text: str, found: Found, covered: list[tuple[int, int]]) -> dict[str, Any]:
        return self._house(text, found.start, found.end, found.names[0].id, covered)

    def _house(self, text: str, start: int, end: int, ident: str, covered: list[tuple[int, int]]) -> dict[str, Any]:
        """An estate, with lane and building if they follow: value `estate#lane#building`."""
        estate, _, lane = ident.partition("#")
        house = _HOUSE.match(text, end)
        end = house.end() if house else end
        if house and house["lane"] and not lane:
            lane = house["lane"] + "弄"
        building = str(_number(house["building"])) if house else ""
        covered.append((start, end))
        return _entity("address", start, end, f"{estate}#{lane}#{building}")


def _ends_in_no_name(text: str) -> bool:
    """Whether what stands before "小区" is no name ("回到小区", "还是小区")."""
    return bool(text) and segmenter().lcut(text[-6:])[-1] in no_names()


def _length_of_asking(text: str) -> int:
    """The characters of the asking words that begin a text ("什么时候通河八村")."""
    asking = takewhile(asking_words().__contains__, segmenter().cut(text))
    return sum(map(len, asking))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else time_phrases.number(text.replace("百", ""))


def _entity(kind: str, start: int, end: int, value: str) -> dict[str, Any]:
    return {"entity": kind, "start": start, "end": end, "value": value, "extractor": "Gazetteer"}
