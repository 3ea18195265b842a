"""Brings a message into one spelling: script, width, case, emoji, repeated marks, Shanghainese words.

The words are data (data/lexicon/shanghainese.csv). Every step keeps, for each character, where it came from, so that
names found in the result can be shown in what the resident wrote.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import lru_cache
from typing import Any

from opencc import OpenCC
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from community.settings import ROOT

LEXICON = ROOT / "data" / "lexicon"
ORIGINS = "origins"
NORMALIZED = "normalized"  # in the parse result, for actions that look for words

_to_simplified = OpenCC("t2s").convert
_REPEATED = re.compile(r"([^\w\s])\1+|\s+|([一-鿿])\2{3,}")

Aligned = tuple[str, list[int]]


@lru_cache(maxsize=1)
def dialect() -> list[tuple[re.Pattern[str], str]]:
    """(pattern, standard) in the order of the file: one alternation would lose the look-arounds."""
    with (LEXICON / "shanghainese.csv").open(encoding="utf-8", newline="") as file:
        return [(re.compile(row["dialect"]), row["standard"]) for row in csv.DictReader(file)]


def _characters(text: str) -> Aligned:
    """Full width to half, lower case, emoji and control characters gone."""
    out: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(text):
        for plain in unicodedata.normalize("NFKC", char).lower():
            category = unicodedata.category(plain)
            if category in ("So", "Sk", "Cs", "Co", "Cn", "Mn", "Me") or (category in ("Cf", "Cc") and not plain.isspace()):
                continue
            out.append(" " if plain.isspace() else plain)
            origins.append(index)
    return "".join(out), origins


def _simplified(aligned: Aligned) -> Aligned:
    text, origins = aligned
    whole = _to_simplified(text)
    if len(whole) != len(text):  # a phrase of another length: character by character keeps the places
        whole = "".join(_to_simplified(char)[:1] or char for char in text)
    return whole, origins


def _replace(aligned: Aligned, pattern: re.Pattern[str], new: Any) -> Aligned:
    text, origins = aligned
    out: list[str] = []
    places: list[int] = []
    last = 0
    for match in pattern.finditer(text):
        put = match.expand(new) if isinstance(new, str) else new(match)
        out.append(text[last : match.start()] + put)
        places += origins[last : match.start()]
        places += [origins[min(match.start() + i, match.end() - 1)] for i in range(len(put))]
        last = match.end()
    return "".join(out) + text[last:], places + origins[last:]


def _once(match: re.Match[str]) -> str:
    return match[1] or match[2] or " "


_HOUSE_NUMBER = re.compile(r"([一二两三四五六七八九十百零〇]{1,5})(?=号(?!召|称)|弄|村|期(?!间|望|待|限)|栋|幢|室)")
_ONES = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def _digits(match: re.Match[str]) -> str:
    """House numbers in digits, as signs have them: 三十二号 → 32号, 两百弄 → 200弄, 四村 → 4村."""
    total, ones = 0, 0
    for char in match[1]:
        if char in "十百":
            total += (ones or 1) * (10 if char == "十" else 100)
            ones = 0
        else:
            ones = ones * 10 + _ONES[char] if ones and match[1].isalpha() and not set(match[1]) & set("十百") else _ONES[char]
    return str(total + ones)


def normalize(text: str) -> Aligned:
    """The one spelling of `text`, and for each of its characters the index in `text` it came from."""
    aligned = _simplified(_characters(text))
    aligned = _replace(aligned, _REPEATED, _once)
    for pattern, standard in dialect():
        if pattern.search(aligned[0]):
            aligned = _replace(aligned, pattern, standard)
    return _replace(aligned, _HOUSE_NUMBER, _digits)


def plain(text: str) -> str:
    """`normalize` without the places, for names and training text."""
    return normalize(text)[0].strip()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Normalizer(GraphComponent):
    """Pipeline component: puts the normalised text in place of the message's."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> Normalizer:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text, origins = normalize(message.get(TEXT) or "")
            message.set(TEXT, text)
            message.set(NORMALIZED, text, add_to_output=True)
            message.set(ORIGINS, origins)
        return messages
