"""Pipeline component: words of the community that are written by their sound ("居主证", "shebaoka") become those words.

The words are those of the matters (community/matters.py), read live. Three syllables or more count when they sound the same; Latin letters when they spell a word out. Names of rows are found by sound anyway (bot/name_index.py); this is for
what only stands within a question or a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pypinyin import Style, lazy_pinyin
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy.orm import Session

from bot.live import Live
from bot.name_index import NUMERALS, sounds
from bot.normalizer import NORMALIZED, ORIGINS, plain
from bot.segmenter import asking_words, no_names, segmenter
from community import catalog, clock
from community.matters import matters

SHORTEST = 3  # characters of a word that is known by its sound alone
LONGEST = 6
JOINING = set("是的了吗呢吧啊我你您他她在有要不都和就也还到个包")
SHORTEST_IN_LATIN = 5  # letters
_LATIN = re.compile(r"[a-z]+(?: [a-z]+)*")
_CHINESE = re.compile(r"[一-鿿]+")


class Words:
    """An immutable list of words by sound: those in texts, and names, each with its row. A sound that several share is left alone."""

    def __init__(self, texts: list[str], names: dict[str, str]) -> None:
        words = {word for text in texts for run in _CHINESE.findall(text) for word in segmenter().cut(run) if len(word) > 1}
        heard = (word for word in words - no_names() if SHORTEST <= len(word) <= LONGEST and not any(ask in word for ask in asking_words()))
        self._by_sound = _alone((sounds(word), word, word) for word in heard)
        also = {word: word for word in words | asking_words()} | names
        spelled = ((_in_latin(word), word, owner) for word, owner in also.items() if len(word) > 1 and _CHINESE.fullmatch(word))
        self._in_latin = _alone((latin, word, owner) for latin, word, owner in spelled if len(latin) >= SHORTEST_IN_LATIN)

    def meant(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, word) of what is to be written otherwise in a normalised text, left to right."""
        return sorted([*self._heard(text), *self._spelled_out(text)])

    def _heard(self, text: str) -> list[tuple[int, int, str]]:
        heard, found, last = sounds(text), [], 0
        bounds = [0, *(end for _, _, end in segmenter().tokenize(text, HMM=False))]
        for start in bounds:
            for end in (end for end in reversed(bounds) if start + SHORTEST <= end <= start + LONGEST and start >= last):
                word, written = self._by_sound.get(heard[start:end]), text[start:end]
                if word and _may_stand_for(written, word):
                    found.append((start, end, word))
                    last = end
                    break
        return found

    def _spelled_out(self, text: str) -> list[tuple[int, int, str]]:
        found = []
        for run in _LATIN.finditer(text):
            places = [n for n in range(*run.span()) if text[n] != " "]
            whole = " " in run.group()  # who writes spaces sets words or syllables apart: none is cut
            start = 0
            while start < len(places):
                for end in range(len(places), start + SHORTEST_IN_LATIN - 1, -1):
                    word = self._in_latin.get("".join(text[n] for n in places[start:end]))
                    if word and not (whole and (_within(text, places[start]) or _within(text, places[end - 1] + 1))):
                        found.append((places[start], places[end - 1] + 1, word))
                        start = end - 1
                        break
                start += 1
        return found


def _may_stand_for(written: str, word: str) -> bool:
    """Whether a stretch that sounds like a word may be that word: no word itself, one character in three wrong at most, and that one
    neither a numeral nor one that only joins words ("洗澡是" is not 洗澡时)."""
    wrong = [char for char, meant in zip(written, word, strict=False) if char != meant]
    if not wrong or len(wrong) * 3 > len(written) or written in segmenter().FREQ:
        return False
    return not any(char in JOINING or char in NUMERALS or char in asking_words() for char in wrong)


def _within(text: str, place: int) -> bool:
    """Whether a place is between two letters."""
    return 0 < place < len(text) and bool(_LATIN.fullmatch(text[place - 1 : place + 1])) and " " not in text[place - 1 : place + 1]


def _in_latin(word: str) -> str:
    return "".join(lazy_pinyin(word, style=Style.NORMAL))


def _alone(spelled: Iterable[tuple[Any, str, str]]) -> dict[Any, str]:
    """A word of each key, if all its words are of one owner."""
    found: dict[Any, dict[str, str]] = {}
    for key, word, owner in spelled:
        found.setdefault(key, {}).setdefault(owner, word)
    return {key: next(iter(words.values())) for key, words in found.items() if len(words) == 1}


class LiveWords(Live):
    """The words of the running community."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Words([], {})

    def read(self, session: Session) -> bool:
        spellings = [plain(text) for matter in matters(session, clock.today()) for text in matter.spellings]
        self.words = Words(spellings, {plain(name.text): f"{name.kind}:{name.id}" for name in catalog.names(session)})
        return True


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Speller(GraphComponent):
    """See the module."""

    def __init__(self) -> None:
        self._live = LiveWords()
        self._live.refresh()

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> Speller:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        self._live.refresh()
        for message in messages:
            text, origins = message.get(TEXT) or "", message.get(ORIGINS) or []
            for start, end, word in reversed(self._live.words.meant(text)):
                text = text[:start] + word + text[end:]
                origins = [*origins[:start], *(origins[min(start + n, end - 1)] for n in range(len(word))), *origins[end:]]
            message.set(TEXT, text)
            message.set(NORMALIZED, text, add_to_output=True)
            message.set(ORIGINS, origins)
        return messages
