"""Pipeline component: words of the community that are written by their sound ("居主证", "shebaoka") become those words.

The words are those of the matters (community/matters.py), read live. Three syllables or more count when they sound the same and are no
word themselves; Latin letters when they spell a word out. Names of rows are found by sound anyway (bot/name_index.py); this is for
what only stands within a question or a title.
"""

from __future__ import annotations

import re
import time
from typing import Any

from pypinyin import Style, lazy_pinyin
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy.exc import SQLAlchemyError

from bot.gazetteer import LOOK_AGAIN_SECONDS
from bot.name_index import sounds
from bot.normalizer import NORMALIZED, ORIGINS, plain
from bot.segmenter import asking_words, segmenter
from community import catalog, clock
from community.database import reading
from community.matters import matters

SHORTEST = 3  # characters of a word that is known by its sound alone
LONGEST = 6
SHORTEST_IN_LATIN = 5  # letters
_LATIN = re.compile(r"[a-z]+(?: [a-z]+)*")
_CHINESE = re.compile(r"[一-鿿]+")


class Words:
    """An immutable list of words by sound. A sound that several words share is left alone."""

    def __init__(self, texts: list[str]) -> None:
        words = {word for text in texts for run in _CHINESE.findall(text) for word in segmenter().cut(run) if len(word) > 1}
        self._by_sound = _alone((sounds(word), word) for word in words if SHORTEST <= len(word) <= LONGEST)
        spelled = ((_in_latin(word), word) for word in {*words, *(w for w in asking_words() if _CHINESE.fullmatch(w) and len(w) > 1)})
        self._in_latin = _alone((latin, word) for latin, word in spelled if len(latin) >= SHORTEST_IN_LATIN)

    def meant(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, word) of what is to be written otherwise in a normalised text, left to right."""
        return sorted([*self._heard(text), *self._spelled_out(text)])

    def _heard(self, text: str) -> list[tuple[int, int, str]]:
        found, start, heard = [], 0, sounds(text)
        while start <= len(text) - SHORTEST:
            for end in range(min(start + LONGEST, len(text)), start + SHORTEST - 1, -1):
                word, written = self._by_sound.get(heard[start:end]), text[start:end]
                if word and word != written and written not in segmenter().FREQ and _CHINESE.fullmatch(written):
                    found.append((start, end, word))
                    start = end - 1
                    break
            start += 1
        return found

    def _spelled_out(self, text: str) -> list[tuple[int, int, str]]:
        found = []
        for run in _LATIN.finditer(text):
            places = [n for n in range(*run.span()) if text[n] != " "]
            start = 0
            while start < len(places):
                for end in range(len(places), start + SHORTEST_IN_LATIN - 1, -1):
                    word = self._in_latin.get("".join(text[n] for n in places[start:end]))
                    if word:
                        found.append((places[start], places[end - 1] + 1, word))
                        start = end - 1
                        break
                start += 1
        return found


def _in_latin(word: str) -> str:
    return "".join(lazy_pinyin(word, style=Style.NORMAL))


def _alone(pairs: Any) -> dict[Any, str]:
    """The word of each key that only one word has."""
    found: dict[Any, set[str]] = {}
    for key, word in pairs:
        found.setdefault(key, set()).add(word)
    return {key: next(iter(words)) for key, words in found.items() if len(words) == 1}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Speller(GraphComponent):
    """See the module."""

    def __init__(self) -> None:
        self._words = Words([])
        self._version = -1
        self._looked = 0.0

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> Speller:
        component = cls()
        component.refresh()
        return component

    def refresh(self) -> None:
        """Read the words anew if the content changed. Without a database the last known ones stay."""
        if time.monotonic() - self._looked < LOOK_AGAIN_SECONDS:
            return
        try:
            with reading() as session:
                version = catalog.version(session)
                if version != self._version:
                    self._words = Words([plain(text) for matter in matters(session, clock.today()) for text in matter.spellings])
                    self._version = version
        except SQLAlchemyError:
            pass
        self._looked = time.monotonic()

    def process(self, messages: list[Message]) -> list[Message]:
        self.refresh()
        for message in messages:
            text, origins = message.get(TEXT) or "", message.get(ORIGINS) or []
            for start, end, word in reversed(self._words.meant(text)):
                text = text[:start] + word + text[end:]
                origins = [*origins[:start], *(origins[min(start + n, end - 1)] for n in range(len(word))), *origins[end:]]
            message.set(TEXT, text)
            message.set(NORMALIZED, text, add_to_output=True)
            message.set(ORIGINS, origins)
        return messages
